//! The heartbeat of a session: the server pings, the client answers.

use crate::config::Config;
use crate::time::Time;

/// When the next ping is due, or the pong of the last one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heartbeat {
    due: Time,
    phase: Phase,
    paused: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing is ever due.
    Never,
    /// The next ping is due.
    Resting,
    /// A pong is due; another packet that comes first gives it more time, once, and so does a server that was late itself.
    Waiting { extended: bool, excused: bool },
}

/// What a heartbeat that is due asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Beat {
    Nothing,
    Ping,
    Expired,
}

impl Heartbeat {
    pub(crate) fn new(config: &Config, now: Time) -> Self {
        Self { due: now + config.ping_interval, phase: Phase::Resting, paused: false }
    }

    /// That of a client with whom another keeps in touch.
    pub(crate) fn never() -> Self {
        Self { due: Time(0), phase: Phase::Never, paused: false }
    }

    /// Tells what is due; a ping is then counted as sent.
    pub(crate) fn beat(&mut self, config: &Config, now: Time) -> Beat {
        match self.deadline() {
            Some(due) if due <= now => {}
            _ => return Beat::Nothing,
        }
        if self.phase != Phase::Resting {
            return Beat::Expired;
        }
        self.phase = Phase::Waiting { extended: false, excused: false };
        self.due = now + config.ping_timeout;
        Beat::Ping
    }

    /// A pong came, asked for or not: the interval starts anew.
    pub(crate) fn pong(&mut self, config: &Config, now: Time) {
        self.phase = Phase::Resting;
        self.due = now + config.ping_interval;
    }

    /// Another packet came.
    pub(crate) fn packet(&mut self, config: &Config, now: Time) {
        if let Phase::Waiting { extended: extended @ false, .. } = &mut self.phase {
            *extended = true;
            self.due = now + config.ping_timeout;
        }
    }

    /// The server was stopped when the pong should have come, so it may lie unread: it gets its whole time again, once. Whether it does.
    pub(crate) fn excuse(&mut self, config: &Config, now: Time) -> bool {
        let Phase::Waiting { excused: excused @ false, .. } = &mut self.phase else { return false };
        *excused = true;
        self.due = now + config.ping_timeout;
        true
    }

    /// The transport changed: a pong that is waited for gets its whole time again. (The reference stops waiting for it, and such a session never ends.)
    pub(crate) fn rearm(&mut self, config: &Config, now: Time) {
        if self.phase != Phase::Resting {
            self.due = now + config.ping_timeout;
        }
    }

    /// Nothing is read from the client while paused, so a missing pong says nothing.
    pub(crate) fn set_paused(&mut self, paused: bool, config: &Config, now: Time) {
        if self.paused && !paused {
            self.rearm(config, now);
        }
        self.paused = paused;
    }

    /// A paused client has hung up: it has the time of a pong to come back.
    pub(crate) fn hung_up(&mut self, config: &Config, now: Time) {
        if std::mem::take(&mut self.paused) {
            self.phase = Phase::Waiting { extended: false, excused: false };
            self.due = now + config.ping_timeout;
        }
    }

    pub(crate) fn deadline(&self) -> Option<Time> {
        match self.phase {
            Phase::Never => None,
            Phase::Waiting { .. } if self.paused => None,
            Phase::Resting | Phase::Waiting { .. } => Some(self.due),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: u64 = 25_000;
    const LIMIT: u64 = 45_000;

    fn waiting() -> (Config, Heartbeat) {
        let config = Config::default();
        let mut heartbeat = Heartbeat::new(&config, Time(0));
        assert_eq!(heartbeat.beat(&config, Time(PING - 1)), Beat::Nothing);
        assert_eq!(heartbeat.beat(&config, Time(PING)), Beat::Ping);
        (config, heartbeat)
    }

    #[test]
    fn a_late_pong_expires_the_heartbeat() {
        let (config, mut heartbeat) = waiting();
        assert_eq!(heartbeat.beat(&config, Time(LIMIT - 1)), Beat::Nothing);
        assert_eq!(heartbeat.beat(&config, Time(LIMIT)), Beat::Expired);
    }

    #[test]
    fn a_pong_restarts_the_interval_asked_for_or_not() {
        let (config, mut heartbeat) = waiting();
        heartbeat.pong(&config, Time(26_000));
        assert_eq!(heartbeat.deadline(), Some(Time(51_000)));
        heartbeat.pong(&config, Time(30_000));
        assert_eq!(heartbeat.deadline(), Some(Time(55_000)));
        assert_eq!(heartbeat.beat(&config, Time(55_000)), Beat::Ping);
    }

    #[test]
    fn another_packet_extends_the_wait_once_per_ping() {
        let (config, mut heartbeat) = waiting();
        heartbeat.packet(&config, Time(30_000));
        assert_eq!(heartbeat.deadline(), Some(Time(50_000)));
        heartbeat.packet(&config, Time(40_000));
        assert_eq!(heartbeat.deadline(), Some(Time(50_000)));
        heartbeat.pong(&config, Time(45_000));
        heartbeat.packet(&config, Time(46_000));
        assert_eq!(heartbeat.deadline(), Some(Time(70_000)));
        assert_eq!(heartbeat.beat(&config, Time(70_000)), Beat::Ping);
        heartbeat.packet(&config, Time(80_000));
        assert_eq!(heartbeat.deadline(), Some(Time(100_000)));
    }

    #[test]
    fn a_server_that_was_late_excuses_a_missing_pong_once_per_ping() {
        let (config, mut heartbeat) = waiting();
        assert!(heartbeat.excuse(&config, Time(60_000)));
        assert_eq!(heartbeat.deadline(), Some(Time(80_000)));
        assert!(!heartbeat.excuse(&config, Time(90_000)));
        heartbeat.pong(&config, Time(90_000));
        assert!(!heartbeat.excuse(&config, Time(90_000)), "no pong is awaited");
    }

    #[test]
    fn an_upgrade_gives_an_awaited_pong_its_time_again() {
        let (config, mut heartbeat) = waiting();
        heartbeat.rearm(&config, Time(40_000));
        assert_eq!(heartbeat.deadline(), Some(Time(60_000)));
        let mut resting = Heartbeat::new(&config, Time(0));
        resting.rearm(&config, Time(10_000));
        assert_eq!(resting.deadline(), Some(Time(PING)));
    }

    #[test]
    fn a_pause_suspends_the_wait_for_a_pong_but_not_the_pings() {
        let (config, mut heartbeat) = waiting();
        heartbeat.set_paused(true, &config, Time(26_000));
        assert_eq!(heartbeat.deadline(), None);
        assert_eq!(heartbeat.beat(&config, Time(100_000)), Beat::Nothing);
        heartbeat.set_paused(false, &config, Time(100_000));
        assert_eq!(heartbeat.deadline(), Some(Time(120_000)));
        let mut resting = Heartbeat::new(&config, Time(0));
        resting.set_paused(true, &config, Time(0));
        assert_eq!(resting.beat(&config, Time(PING)), Beat::Ping);
    }

    #[test]
    fn a_paused_client_that_has_hung_up_has_the_time_of_a_pong() {
        let config = Config::default();
        let mut heartbeat = Heartbeat::new(&config, Time(0));
        heartbeat.hung_up(&config, Time(1_000));
        assert_eq!(heartbeat.deadline(), Some(Time(PING)), "it is not paused");
        heartbeat.set_paused(true, &config, Time(2_000));
        heartbeat.hung_up(&config, Time(10_000));
        assert_eq!(heartbeat.deadline(), Some(Time(30_000)));
        heartbeat.set_paused(false, &config, Time(20_000));
        assert_eq!(heartbeat.beat(&config, Time(30_000)), Beat::Expired);
    }
}
