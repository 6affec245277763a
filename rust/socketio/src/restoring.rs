//! Row 9: clients that come back, on the hub's side.

use std::sync::Arc;

use engineio::{CloseReason, SessionKey, Sid, Time};

use crate::conn::Conn;
use crate::event::{DisconnectReason, Event, SocketKey};
use crate::front::Admission;
use crate::hub::Hub;
use crate::missed::Missed;
use crate::recovery::Wish;

/// What handlers are told of a connection that was believed to live.
const CAME_BACK: &str = "its client came back over another connection";

impl Hub {
    /// A client asks for a namespace. Where it wants to come back to a socket that is believed to live, that one's connection is closed first.
    pub(crate) fn admit(
        &mut self,
        conn: &Arc<Conn>,
        name: &str,
        auth: Option<&Arc<str>>,
        wish: Option<Wish>,
        now: Time,
    ) -> Admission {
        let admission = self.front.admit(conn, name, auth, wish, now);
        let Admission::Living(session) = admission else { return admission };
        self.sessions.abort(session, CloseReason::ForcedClose, Some(CAME_BACK));
        self.settle(now);
        match self.front.admit(conn, name, auth, wish, now) {
            // It has not ended, for whatever cause.
            Admission::Living(_) => self.front.admit(conn, name, auth, None, now),
            admission => admission,
        }
    }

    /// A socket can't come back after all: its client has a new one, whose middlewares are asked.
    pub(crate) fn renew(
        &mut self,
        session: SessionKey,
        socket: SocketKey,
        new: SocketKey,
        now: Time,
    ) {
        self.rooms.remove(socket);
        let client = self.clients.get_mut(session);
        let mut joined = client.into_iter().flat_map(|client| &mut client.sockets);
        let found = joined.find(|joined| joined.socket == socket);
        let (Some(joined), Some((namespace, ..))) = (found, self.front.namespace_of(new)) else {
            // It has left meanwhile: nobody has heard of the new one.
            self.front.ended(new, DisconnectReason::TransportClose);
            return;
        };
        joined.socket = new;
        self.rooms.add(new, session, namespace);
        self.tell(session, |conn| Event::Authorize { socket: new, conn }, now);
    }

    /// A socket comes back: what it has missed precedes its CONNECT packet, as in the reference. The bytes that it has got in this batch.
    pub(crate) fn restore(
        &mut self,
        session: SessionKey,
        socket: SocketKey,
        missed: &[Missed],
        now: Time,
    ) -> usize {
        if self.rooms.session(socket).is_none() {
            return 0;
        }
        let mut share = 0;
        for Missed { number, packet } in missed {
            let arena = self.sessions.arena();
            let mut copy = || {
                let start = position(arena);
                arena.extend_from_slice(packet);
                start..position(arena)
            };
            let range = match number {
                Some(number) => self.missed.entry(*number).or_insert_with(copy).clone(),
                None => copy(),
            };
            share = self.sessions.enqueue(session, range);
        }
        self.accept(session, socket, now);
        share
    }

    /// The secret for a connected socket's client, where it may come back.
    pub(crate) fn pid(&self, socket: SocketKey) -> Option<Sid> {
        self.config.recovery.and_then(|_| self.front.pid(socket))
    }

    /// Tells the language side of those that can't come back any more.
    pub(crate) fn tell_lost(&mut self) {
        if self.config.recovery.is_some() {
            self.batch.events.extend(self.front.take_lost().into_iter().map(Event::Lost));
        }
    }

    /// There may be something to drop one day.
    pub(crate) fn arm_sweep(&mut self, now: Time) {
        if let (Some(options), None) = (self.config.recovery, self.sweep_at) {
            self.sweep_at = Some(now + options.sweep_interval());
        }
    }

    /// Drops what is too old to come back, when that is due.
    pub(crate) fn sweep(&mut self, now: Time) {
        if self.sweep_at.is_none_or(|at| at > now) {
            return;
        }
        self.sweep_at = None;
        if self.front.sweep(now) || !self.sessions.is_empty() {
            self.arm_sweep(now);
        }
        self.tell_lost();
    }
}

fn position(arena: &[u8]) -> u32 {
    u32::try_from(arena.len()).expect("a batch stays below 4 GiB")
}
