//! Row 6: how much the loop's other callbacks wait for at a time.

use std::time::{Duration, Instant};

/// One tick may take so many events, or so long.
const EVENTS: u32 = 64;
const TIME: Duration = Duration::from_micros(500);

/// What is left of a tick's share.
pub(crate) struct Budget {
    events: u32,
    end: Instant,
}

impl Default for Budget {
    fn default() -> Self {
        Self { events: EVENTS, end: Instant::now() + TIME }
    }
}

impl Budget {
    /// Takes one event of it; false: it is used up.
    pub(crate) fn spend(&mut self) -> bool {
        if self.events.is_multiple_of(4) && Instant::now() >= self.end {
            self.events = 0;
        }
        let is_left = self.is_left();
        self.events = self.events.saturating_sub(1);
        is_left
    }

    pub(crate) fn is_left(&self) -> bool {
        self.events > 0
    }
}
