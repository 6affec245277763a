//! Row 7: lines of the log that clients can cause as often as they like: each kind comes some times a second, no more.

use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use parking_lot::Mutex;

/// Each kind has so many lines in this time.
const LINES: u32 = 10;
const INTERVAL: Duration = Duration::from_secs(1);

/// So many kinds are told apart, with names of so many bytes; all others are one kind.
const KINDS: usize = 100;
const NAME_BYTES: usize = 100;

/// The lines of a kind since a time, and how many it has left out since then.
struct Kind {
    since: Instant,
    told: u32,
    left_out: u32,
}

/// The kinds, by names of the server or the application, or of events that clients choose where catch-alls take them.
#[derive(Default)]
pub(crate) struct Sparing {
    kinds: Mutex<HashMap<Box<str>, Kind, RandomState>>,
}

impl Sparing {
    /// How many lines of this kind were left out since its last one; none: this one is left out too.
    #[cold]
    pub(crate) fn left_out(&self, kind: &str) -> Option<u32> {
        let now = Instant::now();
        let kinds = &mut *self.kinds.lock();
        let is_new = || kinds.len() < KINDS && kind.len() <= NAME_BYTES;
        let kind = if kinds.contains_key(kind) || is_new() { kind } else { "" };
        if let Some(known) = kinds.get_mut(kind) {
            if now.duration_since(known.since) >= INTERVAL {
                let left_out = known.left_out;
                *known = Kind { since: now, told: 1, left_out: 0 };
                return Some(left_out);
            }
            if known.told == LINES {
                known.left_out = known.left_out.saturating_add(1);
                return None;
            }
            known.told += 1;
            return Some(0);
        }
        kinds.insert(kind.into(), Kind { since: now, told: 1, left_out: 0 });
        Some(0)
    }

    /// The line, unless its kind has had enough of them.
    pub(crate) fn line(&self, kind: &str, text: impl FnOnce() -> String) -> Option<String> {
        Some(match self.left_out(kind)? {
            0 => text(),
            count => format!("{} (and {count} times since the last such line)", text()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_too_long_or_too_many_are_of_one_kind() {
        let sparing = Sparing::default();
        for number in 0..2 * KINDS {
            sparing.left_out(&format!("{number}{}", "x".repeat(NAME_BYTES)));
        }
        assert_eq!(sparing.kinds.lock().len(), 1);
        for number in 0..2 * KINDS {
            sparing.left_out(&number.to_string());
        }
        assert_eq!(sparing.kinds.lock().len(), KINDS);
    }
}
