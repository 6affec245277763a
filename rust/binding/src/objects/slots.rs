//! What the loop's side keeps of each socket.

use std::collections::VecDeque;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyWeakrefReference;
use socketio::{Attachments, SocketInfo, SocketKey};

use super::{PySocket, Verdict};
use crate::handler::Listeners;
use crate::phase::{Leave, Phase};
use crate::reply::Group;

/// The sockets, each at the place of its key.
#[derive(Default)]
pub(crate) struct Sockets {
    pub(crate) slots: Vec<Option<Slot>>,
    /// Those whose object was made in this pass: it is kept to the end of it, for many events of one socket.
    pub(crate) recent: Vec<SocketKey>,
}

/// What the loop's side keeps of a socket.
pub(crate) struct Slot {
    pub(crate) generation: u32,
    pub(crate) info: SocketInfo,
    pub(crate) phase: Phase,
    pub(crate) object: Object,
    /// The object is kept to the end: it has listeners or data.
    pub(crate) pinned: bool,
    /// Handlers that go on.
    pub(crate) running: u32,
    /// The context in which its middlewares ran, unless they changed nothing.
    pub(crate) context: Option<Py<PyAny>>,
    pub(crate) extra: Option<Box<Extra>>,
}

/// What few sockets have.
#[derive(Default)]
pub(crate) struct Extra {
    /// Events that wait because too many handlers run, for one that is handled alone, or behind such.
    pub(crate) waiting: VecDeque<Kept>,
    /// Handlers that go on of an event that is handled alone.
    pub(crate) alone: u32,
    /// The event for which packet middlewares run.
    pub(crate) intercepted: Option<Intercepted>,
    /// Events that found no handler while `connection` handlers run.
    pub(crate) held: VecDeque<Kept>,
    /// One that found no room there was dropped, and the log says so.
    pub(crate) overflowed: bool,
    /// To be cancelled when the socket leaves.
    pub(crate) cancellable: Vec<Py<PyAny>>,
    /// It has, and handlers hear of it behind those events that wait.
    pub(crate) left: Option<Leave>,
}

/// The `Socket` of a slot.
pub(crate) enum Object {
    None,
    Weak(Py<PyWeakrefReference>),
    Strong(Py<PySocket>),
}

/// An event that has not started.
pub(crate) struct Kept {
    pub(crate) ack: Option<u64>,
    pub(crate) data: Box<[u8]>,
    pub(crate) attachments: Attachments,
    /// What the socket's catch-alls and middlewares left of it, if they have seen it.
    pub(crate) seen: Option<Arc<Seen>>,
}

/// An event that catch-alls have seen, and middlewares unless they are still to run.
pub(crate) struct Seen {
    pub(crate) name: Arc<str>,
    pub(crate) args: Vec<Py<PyAny>>,
    pub(crate) group: Arc<Group>,
    /// Catch-alls were among them: it needs no other handler.
    pub(crate) is_caught: bool,
}

/// An event for which packet middlewares run, and what became of them.
pub(crate) struct Intercepted {
    pub(crate) event: Kept,
    pub(crate) middlewares: Arc<Listeners>,
    pub(crate) verdict: Option<Verdict>,
}
