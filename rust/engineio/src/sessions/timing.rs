//! Deadlines: the heartbeats, the upgrades, the closes that wait for a GET.

use std::ops::Range;

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
    pub fn handle_timeout(&mut self, now: Time) {
        let mut ping = None;
        while let Some((tick, keys)) = self.wheel.pop(now) {
            for key in keys {
                match self.table.get_mut(key) {
                    Some(session) if session.tick == tick => session.tick = wheel::NEVER,
                    _ => continue,
                }
                self.fire(key, &mut ping, now);
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

    /// Does what is due for one session. All pings of a round share their bytes.
    fn fire(&mut self, key: SessionKey, ping: &mut Option<Range<u32>>, now: Time) {
        let Some(session) = self.table.get_mut(key) else { return };
        match session.heartbeat.beat(&self.config, now) {
            Beat::Nothing => {}
            Beat::Ping => {
                let range = ping.take().unwrap_or_else(|| {
                    self.append(|out| packet::write_text(out, packet::PING, ""))
                });
                *ping = Some(range.clone());
                self.enqueue(key, range);
            }
            Beat::Expired => {
                self.end(key, CloseReason::PingTimeout, None, Unsent::Dropped);
                return;
            }
        }
        self.fire_probe(key, now);
        let closing = self.polling_mut(key).and_then(|polling| polling.closing);
        if let Some(closing) = closing.filter(|closing| closing.until <= now) {
            self.end(key, closing.reason, None, Unsent::Sent);
        }
    }
}
