//! Deadlines: the heartbeats, the upgrades, the closes that wait for a GET.

use std::ops::Range;
use std::time::Duration;

use crate::exchange::{CloseReason, SessionKey};
use crate::heartbeat::Beat;
use crate::packet;
use crate::time::Time;
use crate::wheel;

use super::Sessions;
use super::closing::Unsent;

impl Sessions {
    /// When [`Self::handle_timeout`] is to be called next; `None` while there are no sessions.
    pub fn next_timeout(&self) -> Option<Time> {
        self.wheel.next_timeout()
    }

    /// Does what is due. Deadlines are met up to 100 ms late, never early.
    ///
    /// When it is called more than a second late the process was stopped, and nothing was read meanwhile: pongs that are missing get their time again, once.
    pub fn handle_timeout(&mut self, now: Time) {
        let is_late = self.next_timeout().is_some_and(|due| now.since(due) > STALL);
        let mut round = Round { now, is_late, ping: None };
        while let Some((tick, keys)) = self.wheel.pop(now) {
            for key in keys {
                match self.table.get_mut(key) {
                    Some(session) if session.tick == tick => session.tick = wheel::NEVER,
                    _ => continue,
                }
                self.isolate(key, |sessions| sessions.fire(key, &mut round));
                self.schedule(key);
            }
        }
    }

    /// Stops or resumes the wait for pongs, as the driver stops or resumes reading from the client. On resuming, a pong that is waited for gets its whole time again.
    pub fn set_paused(&mut self, session: SessionKey, paused: bool, now: Time) {
        if let Some(state) = self.table.get_mut(session) {
            state.heartbeat.set_paused(paused, &self.config, now);
            self.schedule(session);
        }
    }

    /// Enters the session into the wheel, unless an entry comes soon enough.
    pub(super) fn schedule(&mut self, key: SessionKey) {
        let Some(session) = self.table.get_mut(key) else { return };
        let Some(deadline) = session.deadline() else { return };
        let tick = self.wheel.tick_of(deadline);
        if tick < session.tick {
            session.tick = tick;
            self.wheel.insert(tick, key);
        }
    }

    /// Does what is due for one session.
    fn fire(&mut self, key: SessionKey, round: &mut Round) {
        let Some(session) = self.table.get_mut(key) else { return };
        match session.heartbeat.beat(&self.config, round.now) {
            Beat::Nothing => {}
            Beat::Ping => {
                let range = round.ping.take().unwrap_or_else(|| {
                    self.append(|out| packet::write_text(out, packet::PING, ""))
                });
                round.ping = Some(range.clone());
                self.enqueue(key, range);
            }
            Beat::Expired if round.is_late && session.heartbeat.excuse(&self.config, round.now) => {
            }
            Beat::Expired => {
                self.end(key, CloseReason::PingTimeout, None, Unsent::Dropped);
                return;
            }
        }
        self.fire_probe(key, round.now);
        let closing = self.polling_mut(key).and_then(|polling| polling.closing);
        if let Some(closing) = closing.filter(|closing| closing.until <= round.now) {
            self.end(key, closing.reason, None, Unsent::Sent);
        }
    }
}

/// How late timeouts may be looked at before that tells of a process that was stopped.
const STALL: Duration = Duration::from_secs(1);

/// One call of [`Sessions::handle_timeout`].
struct Round {
    now: Time,
    is_late: bool,
    /// All pings of a round share their bytes.
    ping: Option<Range<u32>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::exchange::{ConnectionId, Frame, Upgrade};
    use crate::request::Request;
    use crate::table::Key;

    #[test]
    fn v19_a_flood_of_pongs_leaves_one_timer() {
        let mut sessions = Sessions::new(Config::default());
        let headers: [(&str, &[u8]); 3] = [
            ("Upgrade", b"websocket"),
            ("Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", b"13"),
        ];
        let target = "/socket.io/?EIO=4&transport=websocket";
        let request = Request::new("GET", target, "", false, headers);
        let connection = ConnectionId(Key { index: 0, generation: 0 });
        let upgrade = sessions.handle_upgrade(&request, connection, Time(0));
        let Ok((Upgrade::Opened(session), _)) = upgrade else { panic!("{upgrade:?}") };
        for millis in 0..20_000 {
            sessions.receive_frame(session, connection, Frame::Text("3"), Time(millis));
        }
        let timers = std::iter::from_fn(|| sessions.wheel.pop(Time(100_000)));
        assert_eq!(timers.map(|(_, keys)| keys.len()).sum::<usize>(), 1);
    }
}
