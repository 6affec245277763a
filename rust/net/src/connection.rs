//! Rows 1 and 10: one WebSocket connection: what is to be written to it, and how it ends.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::task::{Context, Poll, Waker, ready};

use engineio::{ConnectionId, SessionKey};
use smallvec::SmallVec;
use socketio::Hub;
use websocket::Reader;

use crate::control::ControlFrames;
use crate::stream::Stream;

/// A WebSocket connection. An idle one owns no buffer.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    /// None before it is attached, and after the end.
    pub(crate) stream: RefCell<Option<Stream>>,
    pub(crate) reader: RefCell<Reader>,
    pub(crate) control_frames: ControlFrames,
    /// The session that its messages are for.
    session: Cell<Option<SessionKey>>,
    state: Cell<State>,
    /// The system took less than was to be written: the task waits until it takes more.
    blocked: Cell<bool>,
    paused: Cell<bool>,
    /// Bytes that go out before the session's.
    pending: RefCell<Vec<u8>>,
    /// Bytes that were read and wait for the end of a pause.
    unread: RefCell<Vec<u8>>,
    task: RefCell<Option<Waker>>,
}

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Messages come and go.
    Open,
    /// What is pending is the last; then this is waited for.
    Closing(Awaited),
    /// A write has failed: the session has to be told.
    Lost,
    /// Nothing is left to do.
    Gone,
}

/// What a closing connection waits for once all is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// The peer's close frame.
    CloseFrame,
    /// The end of the peer's stream, so that its unread bytes do not destroy the last words on their way.
    End,
    /// Nothing.
    Nothing,
}

impl Connection {
    /// One whose stream comes by [`attach`](Self::attach).
    pub(crate) fn new(id: ConnectionId, session: Option<SessionKey>) -> Self {
        Self {
            id,
            stream: RefCell::new(None),
            reader: RefCell::default(),
            control_frames: ControlFrames::default(),
            session: Cell::new(session),
            state: Cell::new(State::Open),
            blocked: Cell::new(false),
            paused: Cell::new(false),
            pending: RefCell::default(),
            unread: RefCell::default(),
            task: RefCell::new(None),
        }
    }

    pub(crate) fn attach(&self, stream: Stream) {
        *self.stream.borrow_mut() = Some(stream);
    }

    pub(crate) fn session(&self) -> Option<SessionKey> {
        self.session.get()
    }

    pub(crate) fn state(&self) -> State {
        self.state.get()
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.get()
    }

    /// Whether the system took less than was to be written, a frame in part maybe.
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked.get()
    }

    /// Whether something has to be written before more may be read.
    pub(crate) fn must_write_first(&self) -> bool {
        self.blocked.get() && !self.pending.borrow().is_empty()
    }

    /// From now on [`wake`](Self::wake) wakes the task that polls with `cx`.
    pub(crate) fn note_task(&self, cx: &Context<'_>) {
        let mut task = self.task.borrow_mut();
        if !task.as_ref().is_some_and(|task| task.will_wake(cx.waker())) {
            *task = Some(cx.waker().clone());
        }
    }

    /// Has the connection's task look at it.
    pub(crate) fn wake(&self) {
        if let Some(task) = &*self.task.borrow() {
            task.wake_by_ref();
        }
    }

    /// Stops feeding; `unread` is what is left of the last read.
    pub(crate) fn pause(&self, unread: &[u8]) {
        self.paused.set(true);
        self.keep_unread(unread.to_vec());
    }

    /// To be fed before more is read.
    pub(crate) fn keep_unread(&self, bytes: Vec<u8>) {
        *self.unread.borrow_mut() = bytes;
    }

    pub(crate) fn resume(&self) {
        self.paused.set(false);
        self.wake();
    }

    pub(crate) fn take_unread(&self) -> Vec<u8> {
        self.unread.take()
    }

    /// Queues bytes in front of all that the session has to send.
    pub(crate) fn push(&self, bytes: &[u8]) {
        self.pending.borrow_mut().extend_from_slice(bytes);
    }

    /// Puts the answer to the request for this connection in front of everything.
    pub(crate) fn answer(&self, response: &[u8]) {
        self.pending.borrow_mut().splice(..0, response.iter().copied());
    }

    /// The session has ended: `last` is written, then `awaited` waited for.
    pub(crate) fn close(&self, last: &[u8], awaited: Awaited) {
        if self.state.get() == State::Gone {
            return;
        }
        self.session.set(None);
        self.paused.set(false);
        self.unread.take();
        self.push(last);
        self.state.set(State::Closing(awaited));
        self.wake();
    }

    /// Ends the connection now; its task drops it.
    pub(crate) fn abort(&self) {
        self.session.set(None);
        self.state.set(State::Gone);
        self.pending.take();
        self.unread.take();
        if let Some(stream) = &*self.stream.borrow() {
            stream.shutdown(Shutdown::Both);
        }
        self.wake();
    }

    /// Forgets the task, which holds this in turn.
    pub(crate) fn forget_task(&self) {
        self.task.take();
    }

    /// Writes as much as the system takes; when it took less before, the task knows when another try is worth it.
    pub(crate) fn flush(&self, hub: &mut Hub) {
        while !self.blocked.get() && self.write(hub) {}
    }

    /// Writes what is pending; when blocked, once the system takes more. Pending: the task is woken then.
    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>, hub: &mut Hub) -> Poll<()> {
        loop {
            if self.blocked.get() {
                let ready = match &*self.stream.borrow() {
                    None => return Poll::Ready(()),
                    Some(stream) => ready!(stream.poll_write_ready(cx)),
                };
                if ready.is_err() {
                    self.lose();
                    return Poll::Ready(());
                }
                self.blocked.set(false);
            }
            self.flush(hub);
            if !self.blocked.get() {
                return Poll::Ready(());
            }
        }
    }

    /// Whether all is written that goes out before the end.
    pub(crate) fn is_flushed(&self) -> bool {
        !self.blocked.get() && self.pending.borrow().is_empty()
    }

    pub(crate) fn shutdown_write(&self) {
        if let Some(stream) = &*self.stream.borrow() {
            stream.shutdown(Shutdown::Write);
        }
    }

    /// One write; whether another is worth it.
    fn write(&self, hub: &mut Hub) -> bool {
        let stream = self.stream.borrow();
        let Some(stream) = &*stream else { return false };
        let pending = self.pending.borrow();
        let mut slices: SmallVec<[IoSlice<'_>; 8]> = SmallVec::new();
        if !pending.is_empty() {
            slices.push(IoSlice::new(&pending));
        }
        if let Some(session) = self.carried(hub) {
            hub.slices(session, &mut slices);
        }
        let offered: usize = slices.iter().map(|slice| slice.len()).sum();
        if offered == 0 {
            return false;
        }
        let written = match stream.try_write(&slices) {
            Ok(written) => written,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
            Err(_) => {
                self.lose();
                return false;
            }
        };
        drop(slices);
        drop(pending);
        self.wrote(hub, written);
        if written < offered {
            self.blocked.set(true);
            self.wake();
        }
        written == offered
    }

    /// So many bytes have left.
    fn wrote(&self, hub: &mut Hub, written: usize) {
        let mut pending = self.pending.borrow_mut();
        let own = written.min(pending.len());
        if own == pending.len() {
            *pending = Vec::new();
        } else {
            pending.drain(..own);
        }
        if let Some(session) = self.carried(hub) {
            hub.wrote(session, written - own);
        }
    }

    /// The session whose transport this is.
    fn carried(&self, hub: &Hub) -> Option<SessionKey> {
        self.session.get().filter(|&session| hub.carries(session, self.id))
    }

    /// A write has failed.
    fn lose(&self) {
        self.blocked.set(false);
        self.state.set(if self.state.get() == State::Open { State::Lost } else { State::Gone });
        self.wake();
    }
}
