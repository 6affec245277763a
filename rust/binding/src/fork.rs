//! What a process is to its forked child: another one, whose threads do not exist there.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// How many forks lie between this process and the first. No lock: after a fork any may be held for ever.
static GENERATION: AtomicU32 = AtomicU32::new(1);

/// In which process something was started.
pub(crate) struct Birth(AtomicU32);

const UNBORN: u32 = 0;

impl Birth {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(UNBORN))
    }

    /// Started here.
    pub(crate) fn begin(&self) {
        self.0.store(GENERATION.load(Relaxed), Relaxed);
    }

    /// Ended in order: nothing of it would be missed in a child.
    pub(crate) fn end(&self) {
        self.0.store(UNBORN, Relaxed);
    }

    /// # Errors
    /// `RuntimeError` in a forked child: the I/O thread does not exist there, and any lock may be held for ever.
    #[inline]
    pub(crate) fn check(&self) -> PyResult<()> {
        if self.is_foreign() {
            return Err(PyRuntimeError::new_err(
                "the server was started before fork: a child process needs a server of its own",
            ));
        }
        Ok(())
    }

    /// Started in a process that this one was forked from.
    #[inline]
    pub(crate) fn is_foreign(&self) -> bool {
        let birth = self.0.load(Relaxed);
        birth != UNBORN && birth != GENERATION.load(Relaxed)
    }
}

/// To be called in a forked child.
pub(crate) fn forked() {
    GENERATION.fetch_add(1, Relaxed);
}
