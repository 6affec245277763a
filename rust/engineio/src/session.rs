//! One session: its transport, its heartbeat, what it has not sent.

use crate::config::{Config, TransportName};
use crate::exchange::ConnectionId;
use crate::heartbeat::Heartbeat;
use crate::outgoing::Outgoing;
use crate::polling::Polling;
use crate::sid::Sid;
use crate::time::Time;
use crate::wheel;

/// A session. An idle one on a WebSocket owns no memory beside this.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) sid: Sid,
    pub(crate) transport: Transport,
    pub(crate) heartbeat: Heartbeat,
    pub(crate) outgoing: Outgoing,
    /// Which of its entries in the wheel counts.
    pub(crate) tick: u64,
}

#[derive(Debug)]
pub(crate) enum Transport {
    WebSocket(ConnectionId),
    Polling(Box<Polling>),
}

impl Session {
    pub(crate) fn new(sid: Sid, transport: Transport, config: &Config, now: Time) -> Self {
        Self {
            sid,
            transport,
            heartbeat: Heartbeat::new(config, now),
            outgoing: Outgoing::default(),
            tick: wheel::NEVER,
        }
    }

    pub(crate) fn polling_mut(&mut self) -> Option<&mut Polling> {
        match &mut self.transport {
            Transport::Polling(polling) => Some(polling),
            Transport::WebSocket(_) => None,
        }
    }

    pub(crate) fn polling(&self) -> Option<&Polling> {
        match &self.transport {
            Transport::Polling(polling) => Some(polling),
            Transport::WebSocket(_) => None,
        }
    }

    pub(crate) fn transport_name(&self) -> TransportName {
        match self.transport {
            Transport::Polling(_) => TransportName::Polling,
            Transport::WebSocket(_) => TransportName::WebSocket,
        }
    }

    /// Whether packets are taken from and for the client; not while a close waits to be told.
    pub(crate) fn is_open(&self) -> bool {
        self.polling().is_none_or(|polling| polling.closing.is_none())
    }

    /// Whether a packet would leave with this batch.
    pub(crate) fn is_writable(&self) -> bool {
        match &self.transport {
            Transport::WebSocket(_) => !self.outgoing.is_blocked(),
            Transport::Polling(polling) => polling.get.is_some() && polling.closing.is_none(),
        }
    }

    /// The connection on which an upgrade is being tried.
    pub(crate) fn is_probed_by(&self, connection: ConnectionId) -> bool {
        let probe = self.polling().and_then(|polling| polling.probe.as_ref());
        probe.is_some_and(|probe| probe.connection == connection)
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        let polling = self.polling().and_then(Polling::deadline);
        self.heartbeat.deadline().into_iter().chain(polling).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_small() {
        assert!(size_of::<Session>() <= 160, "{}", size_of::<Session>());
    }
}
