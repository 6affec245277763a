//! Events that were queued and have not started, and the pause of reading that they cause: the hub's thread counts up and pauses, the loop's counts
//! down and resumes.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use crate::limits::Load;

impl Load {
    /// Whether reads have to pause when this is the bound.
    pub(crate) fn reaches(self, bound: Self) -> bool {
        self.events >= bound.events || self.bytes >= bound.bytes
    }

    /// What each of so many may have of this bound.
    pub(crate) fn share(self, among: usize) -> Self {
        let share = |whole: usize| (whole / among.max(1)).max(1);
        Self { events: share(self.events), bytes: share(self.bytes) }
    }

    /// Whether paused reads may go on when this is the bound.
    fn is_below_half_of(self, bound: Self) -> bool {
        self.events <= bound.events / 2 && self.bytes <= bound.bytes / 2
    }
}

/// How many events wait, and their bytes.
#[derive(Debug, Default)]
pub(crate) struct Count {
    events: AtomicUsize,
    bytes: AtomicUsize,
}

impl Count {
    /// An event was queued; the load with it.
    pub(crate) fn queued(&self, bytes: usize) -> Load {
        let events = self.events.fetch_add(1, SeqCst) + 1;
        Load { events, bytes: self.bytes.fetch_add(bytes, SeqCst) + bytes }
    }

    /// A queued event has started, or was dropped; the load without it.
    pub(crate) fn started(&self, bytes: usize) -> Load {
        let events = self.events.fetch_sub(1, SeqCst) - 1;
        Load { events, bytes: self.bytes.fetch_sub(bytes, SeqCst) - bytes }
    }

    pub(crate) fn load(&self) -> Load {
        Load { events: self.events.load(SeqCst), bytes: self.bytes.load(SeqCst) }
    }
}

/// The count of one connection, and its pause.
///
/// All accesses are sequentially consistent: of a pause and a last event that starts at the same time, one sees the other.
#[derive(Debug, Default)]
pub(crate) struct Gauge {
    count: Count,
    paused: AtomicBool,
    /// The bound for which it pauses.
    bound: Count,
}

impl Gauge {
    pub(crate) fn queued(&self, bytes: usize) -> Load {
        self.count.queued(bytes)
    }

    /// A queued event has started, or was dropped; whether a pause ends by it.
    pub(crate) fn started(&self, bytes: usize) -> bool {
        let load = self.count.started(bytes);
        self.paused.load(SeqCst) && load.is_below_half_of(self.bound.load()) && self.resume()
    }

    pub(crate) fn load(&self) -> Load {
        self.count.load()
    }

    /// Asks for [`Self::started`] to tell when reads may go on; false when they may already, and nobody would tell.
    pub(crate) fn pause(&self, bound: Load) -> bool {
        self.bound.events.store(bound.events, SeqCst);
        self.bound.bytes.store(bound.bytes, SeqCst);
        self.paused.store(true, SeqCst);
        !(self.load().is_below_half_of(bound) && self.resume())
    }

    /// Takes the pause back; whether there was one.
    fn resume(&self) -> bool {
        self.paused.swap(false, SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Load = Load { events: 4, bytes: 100 };

    #[test]
    fn a_pause_ends_with_the_event_that_brings_both_counts_to_half() {
        for (bytes, last) in [(1, 2), (50, 1)] {
            let gauge = Gauge::default();
            for _ in 0..4 {
                gauge.queued(bytes);
            }
            assert!(gauge.load().reaches(BOUND));
            assert!(gauge.pause(BOUND));
            for left in (last + 1..4).rev() {
                assert!(!gauge.started(bytes), "{left} events of {bytes} are left");
            }
            assert!(gauge.started(bytes));
            assert!(!gauge.started(bytes), "it has ended");
        }
    }

    #[test]
    fn a_pause_that_comes_after_the_last_event_has_started_is_none() {
        let gauge = Gauge::default();
        assert!(!gauge.pause(BOUND));
        gauge.queued(1);
        assert!(!gauge.started(1));
    }
}
