//! What wakes the I/O thread from another one.

use std::task;

use parking_lot::Mutex;
use socketio::Wake;

/// Wakes the thread that drives the hub. It is made before the front, outlives threads, and does nothing while none runs.
#[derive(Debug, Default)]
pub struct Waker {
    tail: Mutex<Option<task::Waker>>,
}

impl Waker {
    /// A waker that no thread listens to yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on it wakes this task, or none.
    pub(crate) fn connect(&self, tail: Option<task::Waker>) {
        *self.tail.lock() = tail;
    }
}

impl Wake for Waker {
    fn wake(&self) {
        let tail = self.tail.lock().clone();
        if let Some(tail) = tail {
            tail.wake();
        }
    }
}
