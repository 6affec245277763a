//! Row 9: broadcasts whose receivers are to answer.

use std::ops::Range;

use engineio::{SessionKey, Time};

use crate::command::BroadcastWithAck;
use crate::event::SocketKey;
use crate::hub::Hub;

impl Hub {
    /// The most bytes that it has made one client's share of this batch.
    pub(super) fn broadcast_with_ack(&mut self, broadcast: &BroadcastWithAck, now: Time) -> usize {
        let BroadcastWithAck { receivers, range, volatile } = broadcast;
        let mut most = 0;
        for &(session, socket) in receivers {
            let ask = |hub: &mut Self| hub.ask_one(session, socket, range.clone(), *volatile, now);
            most = most.max(self.isolate(session, now, ask));
        }
        most
    }

    fn ask_one(
        &mut self,
        session: SessionKey,
        socket: SocketKey,
        range: Range<u32>,
        volatile: bool,
        now: Time,
    ) -> usize {
        if self.rooms.session(socket).is_none() {
            return 0;
        }
        let Some(client) = self.clients.get_mut(session) else { return 0 };
        // As in `send`: the answer would never be read.
        if client.paused && client.conn.acks_awaited() > 0 {
            self.resume(session, now);
        }
        self.deliver(session, range, volatile, now)
    }
}
