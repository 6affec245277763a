//! Row 6: batches of events on their way from the I/O thread to the loop's.

use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use parking_lot::Mutex;
use socketio::{Batch, EventSink};

use crate::wake::Bell;

/// Buffers above this are given back once they have been emptied.
const KEPT_BYTES: usize = 1024 * 1024;
const KEPT_EVENTS: usize = 16 * 1024;

/// One queue per served loop. The bell is rung once per sleep of the loop.
pub(crate) struct Queue {
    shared: Mutex<Shared>,
    bell: Bell,
    /// The I/O thread has ended.
    ended: AtomicBool,
}

struct Shared {
    batch: Batch,
    /// The loop has seen the queue empty: whoever pushes next rings.
    armed: bool,
}

impl Queue {
    pub(crate) fn new() -> io::Result<Self> {
        let shared = Mutex::new(Shared { batch: Batch::default(), armed: true });
        Ok(Self { shared, bell: Bell::new()?, ended: AtomicBool::new(false) })
    }

    pub(crate) fn descriptor(&self) -> RawFd {
        self.bell.descriptor()
    }

    /// To be called before [`take`](Self::take) when the descriptor was readable: the other way round a ring would be lost.
    pub(crate) fn silence(&self) {
        self.bell.silence();
    }

    /// Swaps what has come with `batch`, which must be used up. False: nothing has, and the next push rings.
    pub(crate) fn take(&self, batch: &mut Batch) -> bool {
        batch.events.clear();
        batch.bytes.clear();
        batch.events.shrink_to(KEPT_EVENTS);
        batch.bytes.shrink_to(KEPT_BYTES);
        let mut shared = self.shared.lock();
        shared.armed = shared.batch.events.is_empty();
        if shared.armed {
            return false;
        }
        std::mem::swap(&mut shared.batch, batch);
        true
    }

    /// The I/O thread has ended; the loop is woken to see to what follows.
    pub(crate) fn end(&self) {
        self.ended.store(true, SeqCst);
        self.bell.ring();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(SeqCst)
    }
}

impl EventSink for Queue {
    fn push(&self, batch: &mut Batch) {
        if batch.events.is_empty() {
            return;
        }
        let mut shared = self.shared.lock();
        if shared.batch.events.is_empty() {
            std::mem::swap(&mut shared.batch, batch);
        } else {
            shared.batch.append(batch);
        }
        let armed = std::mem::take(&mut shared.armed);
        drop(shared);
        if armed {
            self.bell.ring();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use socketio::Event;

    fn push(queue: &Queue, text: &str) {
        let mut batch = Batch::default();
        let data = batch.keep(text);
        let socket = socketio::SocketKey { index: 0, generation: 0 };
        batch.events.push(Event::Packet { socket, ack: None, data, attachments: None });
        queue.push(&mut batch);
        assert!(batch.events.is_empty());
    }

    fn texts(batch: &Batch) -> Vec<&str> {
        let text = |event: &Event| match event {
            Event::Packet { data, .. } => {
                std::str::from_utf8(&batch.bytes[data.start as usize..data.end as usize]).unwrap()
            }
            _ => "",
        };
        batch.events.iter().map(text).collect()
    }

    #[test]
    fn batches_are_joined_in_their_order() {
        let queue = Queue::new().unwrap();
        let mut batch = Batch::default();
        assert!(!queue.take(&mut batch));
        push(&queue, "a");
        push(&queue, "bc");
        assert!(queue.take(&mut batch));
        assert_eq!(texts(&batch), ["a", "bc"]);
        push(&queue, "d");
        assert!(queue.take(&mut batch));
        assert_eq!(texts(&batch), ["d"]);
        assert!(!queue.take(&mut batch));
    }

    #[test]
    fn the_bell_is_rung_once_per_sleep() {
        let queue = Queue::new().unwrap();
        assert!(queue.shared.lock().armed);
        push(&queue, "a");
        assert!(!queue.shared.lock().armed);
        push(&queue, "b");
        let mut batch = Batch::default();
        assert!(queue.take(&mut batch));
        assert!(!queue.shared.lock().armed);
        assert!(!queue.take(&mut batch));
        assert!(queue.shared.lock().armed);
    }
}
