//! Row 7: handlers that hold the loop for long are told of, by a clock so cheap that each call can be measured.

use std::time::Duration;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use parking_lot::Mutex;
use pyo3::intern;
use pyo3::prelude::*;

use crate::python::{Level, log_line};

/// Each handler is told of once in this time.
const AGAIN: Duration = Duration::from_secs(60);

/// Measures how long handlers hold the loop.
pub(crate) struct Stopwatch {
    /// How long a handler may, if that is of interest.
    limit: Option<Duration>,
    /// When the log was told of a handler, by its name.
    told: Mutex<HashMap<String, Duration, RandomState>>,
}

impl Stopwatch {
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        Self { limit, told: Mutex::default() }
    }

    /// A handler is called; none: nobody wants to know.
    pub(crate) fn start(&self) -> Option<Duration> {
        self.limit.map(|_| now())
    }

    /// It has come back.
    pub(crate) fn stop(&self, started: Option<Duration>, handler: &Bound<'_, PyAny>) {
        if let (Some(started), Some(limit)) = (started, self.limit) {
            let now = now();
            let held = now.saturating_sub(started);
            if held > limit {
                self.tell(handler, held, now);
            }
        }
    }

    #[cold]
    fn tell(&self, handler: &Bound<'_, PyAny>, held: Duration, now: Duration) {
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
             an await, or register it with thread=True (slow_handler)",
            held.as_secs_f64()
        );
        log_line(py, Level::Warning, &text);
    }
}

/// The time, right to some milliseconds.
#[cfg(target_os = "linux")]
fn now() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The time.
#[cfg(not(target_os = "linux"))]
fn now() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;

    static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGINNING.elapsed()
}
