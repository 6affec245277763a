//! Row 7: handlers that hold the loop for long are told of, by a clock so cheap that each call can be measured.

use std::time::Duration;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use parking_lot::Mutex;
use pyo3::intern;
use pyo3::prelude::*;

use crate::python::{Level, log_line};

/// Each handler is told of once in this time.
const AGAIN: Nanoseconds = 60 * SECOND;
const SECOND: Nanoseconds = 1_000_000_000;

/// A time, or how long something took: a plain number, as it is looked at for each call.
type Nanoseconds = u64;

/// Measures how long handlers hold the loop.
pub(crate) struct Stopwatch {
    /// How long a handler may, if that is of interest.
    limit: Option<Nanoseconds>,
    /// When the log was told of a handler, by its name.
    told: Mutex<HashMap<String, Nanoseconds, RandomState>>,
}

impl Stopwatch {
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        let limit =
            limit.map(|it| Nanoseconds::try_from(it.as_nanos()).unwrap_or(Nanoseconds::MAX));
        Self { limit, told: Mutex::default() }
    }

    /// A handler is called; none: nobody wants to know.
    pub(crate) fn start(&self) -> Option<Nanoseconds> {
        self.limit.map(|_| now())
    }

    /// Whether it has taken too long by now.
    pub(crate) fn is_over(&self, started: Option<Nanoseconds>) -> bool {
        let (Some(started), Some(limit)) = (started, self.limit) else { return false };
        now().saturating_sub(started) > limit
    }

    /// It has come back.
    pub(crate) fn stop(&self, started: Option<Nanoseconds>, handler: &Bound<'_, PyAny>) {
        if let (Some(started), Some(limit)) = (started, self.limit) {
            let now = now();
            let held = now.saturating_sub(started);
            if held > limit {
                self.tell(handler, held, now);
            }
        }
    }

    #[cold]
    fn tell(&self, handler: &Bound<'_, PyAny>, held: Nanoseconds, now: Nanoseconds) {
        let py = handler.py();
        let name = handler
            .getattr(intern!(py, "__qualname__"))
            .or_else(|_| Ok(handler.repr()?.into_any()));
        let name = name.map_or_else(|_: PyErr| "?".to_owned(), |name| name.to_string());
        let mut told = self.told.lock();
        if told.get(&name).is_some_and(|told| now.saturating_sub(*told) < AGAIN) {
            return;
        }
        told.insert(name.clone(), now);
        drop(told);
        let text = format!(
            "the handler {name} held the loop for {:.2} s, and all clients with it: make what takes long \
             an await (asyncio.to_thread), or register a handler with thread=True (slow_handler)",
            Duration::from_nanos(held).as_secs_f64()
        );
        log_line(py, Level::Warning, &text);
    }
}

/// The time, right to some milliseconds.
#[cfg(target_os = "linux")]
fn now() -> Nanoseconds {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
    time.tv_sec.unsigned_abs() * SECOND + time.tv_nsec.unsigned_abs()
}

/// The time.
#[cfg(not(target_os = "linux"))]
fn now() -> Nanoseconds {
    use std::sync::LazyLock;
    use std::time::Instant;

    static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
    Nanoseconds::try_from(BEGINNING.elapsed().as_nanos()).unwrap_or(Nanoseconds::MAX)
}
