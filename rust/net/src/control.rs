//! Row 2: how many control frames a peer may send.

use std::cell::Cell;

use engineio::Time;

const SECOND: u64 = 1_000_000_000;
/// What a peer may send at once: its share of so much time.
const BURST: u64 = 4 * SECOND;

/// The control frames of one connection. Each uses up its share of a second.
#[derive(Debug, Default)]
pub(crate) struct ControlFrames {
    /// Until when the frames so far have used up the time, in nanoseconds.
    used: Cell<u64>,
}

impl ControlFrames {
    /// Counts one; whether it is one too many.
    pub(crate) fn exceed(&self, per_second: usize, now: Time) -> bool {
        let now = now.0 * (SECOND / 1000);
        let used = self.used.get().max(now) + SECOND / per_second as u64;
        self.used.set(used);
        used - now > BURST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_the_rate() {
        let (frames, start) = (ControlFrames::default(), Time(5_000));
        assert!((0..200).all(|_| !frames.exceed(50, start)));
        assert!(frames.exceed(50, start));
        let frames = ControlFrames::default();
        assert!((0..200).all(|_| !frames.exceed(50, start)));
        for tick in 1..100 {
            assert!(!frames.exceed(50, Time(start.0 + 20 * tick)), "{tick}");
        }
        assert!(frames.exceed(50, Time(start.0 + 20 * 99)));
    }
}
