//! The timers of all sessions: one hashed wheel of 100 ms buckets, re-checked lazily.
//!
//! A session has one entry that counts, not later than its next deadline. When a deadline moves back nothing is done; the entry finds that out when its time comes. When it moves forward a second entry is made, and the session remembers which one counts.

use crate::exchange::SessionKey;
use crate::time::Time;

const BUCKETS: u64 = 64 * WORDS as u64;
const WORDS: usize = 8;
const TICK_MILLIS: u64 = 100;
/// No tick: the session has no entry.
pub(crate) const NEVER: u64 = u64::MAX;

#[derive(Debug)]
pub(crate) struct Wheel {
    buckets: Vec<Vec<SessionKey>>,
    /// One bit per bucket that holds anything.
    occupied: [u64; WORDS],
    /// The first tick that has not come. All entries lie within one turn from here.
    next: u64,
}

impl Wheel {
    pub(crate) fn new() -> Self {
        let buckets = (0..BUCKETS).map(|_| Vec::new()).collect();
        Self { buckets, occupied: [0; WORDS], next: 0 }
    }

    /// The tick at which a deadline is looked at: the first one that is not before it, within one turn.
    pub(crate) fn tick_of(&self, deadline: Time) -> u64 {
        deadline.0.div_ceil(TICK_MILLIS).clamp(self.next, self.next + BUCKETS - 1)
    }

    /// Enters a session at what [`Self::tick_of`] gave.
    pub(crate) fn insert(&mut self, tick: u64, session: SessionKey) {
        let index = tick % BUCKETS;
        self.buckets[index as usize].push(session);
        self.occupied[(index / 64) as usize] |= 1 << (index % 64);
    }

    /// Takes the entries of the first tick that has any and has come.
    pub(crate) fn pop(&mut self, now: Time) -> Option<(u64, Vec<SessionKey>)> {
        let first = self.first().filter(|tick| tick * TICK_MILLIS <= now.0);
        let Some(tick) = first else {
            self.next = self.next.max(now.0 / TICK_MILLIS + 1);
            return None;
        };
        let index = tick % BUCKETS;
        self.occupied[(index / 64) as usize] &= !(1 << (index % 64));
        self.next = tick + 1;
        Some((tick, std::mem::take(&mut self.buckets[index as usize])))
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        Some(Time(self.first()? * TICK_MILLIS))
    }

    /// The first tick that has entries.
    fn first(&self) -> Option<u64> {
        let start = self.next % BUCKETS;
        // One word more than there are: the first is looked at from its bit `start` on, then at last once more whole.
        (0..=BUCKETS / 64).find_map(|step| {
            let word = start / 64 + step;
            let mask = if step == 0 { u64::MAX << (start % 64) } else { u64::MAX };
            let bits = self.occupied[(word % (BUCKETS / 64)) as usize] & mask;
            if bits == 0 {
                return None;
            }
            let index = word * 64 + u64::from(bits.trailing_zeros());
            Some(self.next + index - start)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(index: u32) -> SessionKey {
        SessionKey { index, generation: 0 }
    }

    fn enter(wheel: &mut Wheel, deadline: u64, index: u32) -> u64 {
        let tick = wheel.tick_of(Time(deadline));
        wheel.insert(tick, key(index));
        tick
    }

    #[test]
    fn entries_come_in_order_and_never_early() {
        let mut wheel = Wheel::new();
        assert_eq!(wheel.next_timeout(), None);
        assert_eq!(enter(&mut wheel, 25_000, 1), 250);
        assert_eq!(enter(&mut wheel, 101, 2), 2);
        assert_eq!(enter(&mut wheel, 100, 3), 1);
        assert_eq!(enter(&mut wheel, 200, 4), 2);
        assert_eq!(wheel.next_timeout(), Some(Time(100)));
        assert!(wheel.pop(Time(99)).is_none());
        assert_eq!(wheel.pop(Time(250)), Some((1, vec![key(3)])));
        assert_eq!(wheel.pop(Time(250)), Some((2, vec![key(2), key(4)])));
        assert_eq!(wheel.pop(Time(250)), None);
        assert_eq!(wheel.next_timeout(), Some(Time(25_000)));
        assert_eq!(wheel.pop(Time(99_999)), Some((250, vec![key(1)])));
        assert_eq!(wheel.next_timeout(), None);
    }

    #[test]
    fn a_deadline_in_the_past_is_looked_at_with_the_next_tick() {
        let mut wheel = Wheel::new();
        assert_eq!(wheel.pop(Time(12_345)), None);
        assert_eq!(enter(&mut wheel, 0, 1), 124);
    }

    #[test]
    fn a_deadline_beyond_a_turn_is_looked_at_when_the_turn_ends() {
        let mut wheel = Wheel::new();
        assert_eq!(wheel.pop(Time(1_000_000)), None);
        assert_eq!(enter(&mut wheel, 9_000_000, 1), 10_001 + 511);
        assert_eq!(enter(&mut wheel, 1_000_001, 2), 10_001);
        assert_eq!(wheel.next_timeout(), Some(Time(1_000_100)));
        assert_eq!(wheel.pop(Time(u64::MAX / 2)), Some((10_001, vec![key(2)])));
        assert_eq!(wheel.pop(Time(u64::MAX / 2)), Some((10_512, vec![key(1)])));
        assert_eq!(wheel.pop(Time(u64::MAX / 2)), None);
    }

    #[test]
    fn every_bucket_is_found_from_every_start() {
        for start in [0, 1, 63, 64, 65, 500, 511] {
            let mut wheel = Wheel::new();
            assert_eq!(wheel.pop(Time(start * 100)), None);
            for distance in 0..BUCKETS {
                let tick = start + 1 + distance;
                assert_eq!(enter(&mut wheel, tick * 100, 7), tick);
                assert_eq!(wheel.next_timeout(), Some(Time(tick * 100)));
                wheel.buckets[(tick % BUCKETS) as usize].clear();
                wheel.occupied = [0; 8];
            }
        }
    }
}
