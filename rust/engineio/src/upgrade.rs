//! The move of a session from polling to WebSocket, seen from the WebSocket that probes.

use std::time::Duration;

use crate::config::Config;
use crate::exchange::{ConnectionId, Frame};
use crate::packet::Packet;
use crate::time::Time;

/// How often a waiting GET is answered during an upgrade, so that the client finds an end of its polling.
const NOOP_INTERVAL: Duration = Duration::from_millis(100);

/// A WebSocket that may become the transport of a polling session.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) connection: ConnectionId,
    /// Until when the upgrade must be complete.
    pub(crate) until: Time,
    /// When a waiting GET is answered next; from the first `2probe` on.
    pub(crate) noop_at: Option<Time>,
}

/// What a message on the probing WebSocket asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Answer,
    Complete,
    Abandon,
}

impl Step {
    /// `2probe` may come any number of times or not at all, `5` completes, and anything else is the end of the probe.
    pub(crate) fn of(frame: Frame<'_>) -> Self {
        let Frame::Text(text) = frame else { return Self::Abandon };
        match Packet::decode(text) {
            Some(Packet::Ping("probe")) => Self::Answer,
            Some(Packet::Upgrade) => Self::Complete,
            _ => Self::Abandon,
        }
    }
}

impl Probe {
    pub(crate) fn new(connection: ConnectionId, config: &Config, now: Time) -> Self {
        Self { connection, until: now + config.upgrade_timeout, noop_at: None }
    }

    /// The probe is answered, or a noop sent: the next noop is due a while later.
    pub(crate) fn schedule_noop(&mut self, now: Time) {
        self.noop_at = Some(now + NOOP_INTERVAL);
    }

    pub(crate) fn deadline(&self) -> Time {
        self.noop_at.map_or(self.until, |noop_at| noop_at.min(self.until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_on_the_probe_answers_completes_or_abandons() {
        for (frame, step) in [
            (Frame::Text("2probe"), Step::Answer),
            (Frame::Text("5"), Step::Complete),
            (Frame::Text("5x"), Step::Complete),
            (Frame::Text("2"), Step::Abandon),
            (Frame::Text("2probes"), Step::Abandon),
            (Frame::Text("3probe"), Step::Abandon),
            (Frame::Text("4hello"), Step::Abandon),
            (Frame::Text("1"), Step::Abandon),
            (Frame::Text("6"), Step::Abandon),
            (Frame::Text(""), Step::Abandon),
            (Frame::Text("b"), Step::Abandon),
            (Frame::Binary(b"5"), Step::Abandon),
        ] {
            assert_eq!(Step::of(frame), step, "{frame:?}");
        }
    }
}
