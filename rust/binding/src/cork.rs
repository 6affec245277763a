//! Row 9: delays the wake-up of the I/O thread to the end of a pass, or of a tick of the loop; the commands themselves are never delayed.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use socketio::Wake;

/// So many commands, or bytes of packets, wake the I/O thread at once, so that it works beside a handler that emits much.
const COMMANDS: usize = 256;
const BYTES: usize = 64 * 1024;

/// The wake-up of the I/O thread. Commands given on the loop's thread only note that it is wanted.
pub(crate) struct Cork {
    waker: Arc<dyn Wake>,
    /// The thread of the loop, 0 while the server is not served.
    thread: AtomicUsize,
    /// A pass runs, and wakes at its end.
    held: AtomicBool,
    wanted: AtomicBool,
    /// The loop will call [`flush`](Self::flush) in its next tick.
    scheduled: AtomicBool,
    /// Since it is wanted.
    commands: AtomicUsize,
    bytes: AtomicUsize,
}

impl Cork {
    pub(crate) fn new(waker: Arc<dyn Wake>) -> Self {
        Self {
            waker,
            thread: AtomicUsize::new(0),
            held: AtomicBool::new(false),
            wanted: AtomicBool::new(false),
            scheduled: AtomicBool::new(false),
            commands: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
        }
    }

    /// From now on the calling thread is the loop's.
    pub(crate) fn adopt(&self) {
        self.thread.store(this_thread(), Relaxed);
    }

    /// No thread is the loop's any more.
    pub(crate) fn release_thread(&self) {
        self.thread.store(0, Relaxed);
        self.held.store(false, Relaxed);
        self.flush();
    }

    pub(crate) fn is_loop_thread(&self) -> bool {
        self.thread.load(Relaxed) == this_thread()
    }

    /// A pass begins.
    pub(crate) fn hold(&self) {
        self.adopt();
        self.held.store(true, Relaxed);
    }

    /// The pass ends.
    pub(crate) fn release(&self) {
        self.held.store(false, Relaxed);
        self.flush();
    }

    /// The loop was asked to flush in its next tick.
    pub(crate) fn schedule(&self) {
        self.scheduled.store(true, Relaxed);
    }

    /// Wakes the I/O thread if that is wanted.
    pub(crate) fn flush(&self) {
        self.scheduled.store(false, Relaxed);
        if self.wanted.load(Relaxed) && self.wanted.swap(false, Relaxed) {
            self.commands.store(0, Relaxed);
            self.bytes.store(0, Relaxed);
            self.waker.wake();
        }
    }

    /// A command with so many bytes was given. True: a wake-up is wanted, and neither a pass nor a tick will see to it.
    #[inline]
    pub(crate) fn is_loose(&self, bytes: usize) -> bool {
        if !self.wanted.load(Relaxed) {
            return false;
        }
        if !self.is_loop_thread() {
            // The loop's thread may be busy for long: what others send does not wait for it.
            self.flush();
            return false;
        }
        let commands = self.commands.fetch_add(1, Relaxed) + 1;
        let bytes = self.bytes.fetch_add(bytes, Relaxed) + bytes;
        if commands >= COMMANDS || bytes >= BYTES {
            self.flush();
            return false;
        }
        !self.held.load(Relaxed) && !self.scheduled.load(Relaxed)
    }
}

impl Wake for Cork {
    fn wake(&self) {
        if self.is_loop_thread() {
            self.wanted.store(true, Relaxed);
        } else {
            self.waker.wake();
        }
    }
}

/// A number that no other living thread has.
fn this_thread() -> usize {
    thread_local! {
        static MARK: Cell<u8> = const { Cell::new(0) };
    }
    MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(&self) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    fn corked() -> (Arc<Count>, Cork) {
        let count = Arc::new(Count::default());
        let cork = Cork::new(Arc::clone(&count) as Arc<dyn Wake>);
        (count, cork)
    }

    #[test]
    fn other_threads_wake_at_once() {
        let (count, cork) = corked();
        cork.wake();
        assert_eq!(count.0.load(Relaxed), 1);
        std::thread::scope(|scope| {
            scope.spawn(|| cork.adopt());
        });
        cork.wake();
        assert!(!cork.is_loose(1));
        assert_eq!(count.0.load(Relaxed), 2);
    }

    #[test]
    fn a_pass_wakes_once_at_its_end() {
        let (count, cork) = corked();
        cork.hold();
        cork.wake();
        assert!(!cork.is_loose(10));
        assert!(!cork.is_loose(10));
        assert_eq!(count.0.load(Relaxed), 0);
        cork.release();
        cork.release();
        assert_eq!(count.0.load(Relaxed), 1);
    }

    #[test]
    fn outside_a_pass_the_tick_has_to_wake() {
        let (count, cork) = corked();
        cork.adopt();
        assert!(!cork.is_loose(10));
        cork.wake();
        assert!(cork.is_loose(10));
        cork.schedule();
        assert!(!cork.is_loose(10));
        assert_eq!(count.0.load(Relaxed), 0);
        cork.flush();
        assert_eq!(count.0.load(Relaxed), 1);
        assert!(!cork.is_loose(10));
    }

    #[test]
    fn much_wakes_at_once() {
        let (count, cork) = corked();
        cork.hold();
        cork.wake();
        assert!(!cork.is_loose(BYTES));
        assert_eq!(count.0.load(Relaxed), 1);
        cork.wake();
        for _ in 0..COMMANDS {
            assert!(!cork.is_loose(1));
        }
        assert_eq!(count.0.load(Relaxed), 2);
    }
}
