//! Row 7: who answers an event that asks for it, when several may.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// The answer to one event.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Nobody asked for it.
    None,
    /// It is what this one handler returns.
    Returned(u64),
    /// It is the first that one of several handlers returns, or an `Ack` gives.
    Shared(Arc<Group>),
    /// As before, but of a handler that got an `Ack`: what it returns counts for nothing.
    ByHand(Arc<Group>),
    /// As before, but of one that only looks on: an empty answer does not wait for it.
    Aside(Arc<Group>),
}

impl Reply {
    /// The handler has failed: it answers nothing.
    pub(crate) fn fail(&self) {
        if let Self::Shared(group) | Self::ByHand(group) = self {
            group.silence();
            group.end_one();
        }
    }
}

/// The handlers that share one answer.
pub(crate) struct Group {
    /// The ack id; none when nobody asked.
    pub(crate) id: Option<u64>,
    answered: AtomicBool,
    /// Handlers that have not ended.
    open: AtomicUsize,
    /// One failed or answers by hand: no empty answer when the last ends.
    silent: AtomicBool,
}

impl Group {
    pub(crate) fn new(id: Option<u64>, handlers: usize) -> Arc<Self> {
        Arc::new(Self {
            id,
            answered: AtomicBool::new(false),
            open: AtomicUsize::new(handlers),
            silent: AtomicBool::new(false),
        })
    }

    /// So many handlers are to answer.
    pub(crate) fn expect(&self, handlers: usize) {
        self.open.store(handlers, Relaxed);
    }

    /// The first answer is about to be sent; none when there was one, or nobody asked.
    pub(crate) fn claim(&self) -> Option<u64> {
        self.id.filter(|_| !self.answered.swap(true, Relaxed))
    }

    /// There will be no empty answer.
    pub(crate) fn silence(&self) {
        self.silent.store(true, Relaxed);
    }

    /// A handler has ended without an answer; the id when it was the last and an empty one is due.
    pub(crate) fn end_one(&self) -> Option<u64> {
        let last = self.open.fetch_sub(1, Relaxed) == 1;
        if last && !self.silent.load(Relaxed) { self.claim() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_answer_wins() {
        let group = Group::new(Some(7), 2);
        assert_eq!(group.claim(), Some(7));
        assert_eq!(group.claim(), None);
        assert_eq!((group.end_one(), group.end_one()), (None, None));
    }

    #[test]
    fn the_last_handler_answers_empty_unless_one_failed() {
        let group = Group::new(Some(7), 2);
        assert_eq!((group.end_one(), group.end_one()), (None, Some(7)));
        let group = Group::new(Some(7), 2);
        group.silence();
        assert_eq!((group.end_one(), group.end_one()), (None, None));
    }

    #[test]
    fn nobody_asked() {
        let group = Group::new(None, 1);
        assert_eq!((group.claim(), group.end_one()), (None, None));
    }
}
