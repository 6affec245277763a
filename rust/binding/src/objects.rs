//! The objects of a server and who holds whom.
//!
//! ```text
//! Server ──► NamespaceCore ──► Handler           each NamespaceCore, Socket and callback holds its Server
//!   │ state ──► Socket, while a pass goes on, or it has listeners or data; by a weak reference while others hold it
//!   └ front, cork ──► the I/O thread              plain Rust
//! ```
//! What a mutex here guards is only looked at and moved: no Python code runs meanwhile, so what is taken out is dropped after it is unlocked.
//! Every object that holds others shows them to the garbage collector, each reference from one side alone.

mod slots;
mod state;

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};
use std::sync::{Arc, OnceLock};

use docstrings::documented;
use engineio::TransportName;
use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use socketio::{Conn, Front, NamespaceId, SocketInfo, SocketKey, Targets};

use crate::cork::Cork;
use crate::fork::Birth;
use crate::gatherings::Question;
use crate::handler::{Handler, Listeners};
use crate::phase::Tick;
use crate::reply::Group;
use crate::sparing::Sparing;
use crate::stopwatch::Stopwatch;

pub(crate) use self::slots::{Extra, Intercepted, Kept, Object, Seen, Slot, Sockets};
pub(crate) use self::state::{
    Answer, Answers, Callback, Handed, Job, Purpose, Serving, State, Waiter, Work,
};

/// `_core.Server`: the front and, while it is served, the bridge to one loop.
#[pyclass(frozen, name = "Server", module = "socketio_rs._core")]
pub(crate) struct PyServer {
    pub(crate) config: socketio::Config,
    pub(crate) max_running_handlers: u32,
    /// The usual of its namespaces.
    pub(crate) serial: bool,
    /// They are told what a handler raised, in whichever namespace.
    pub(crate) failures: Mutex<Arc<Listeners>>,
    /// Makes sockets' `data`.
    pub(crate) data: Py<PyAny>,
    /// Gives what stands for values that have no form in JSON.
    pub(crate) json_default: Option<Py<PyAny>>,
    /// Allows sessions, if somebody is to be asked.
    pub(crate) allow_request: Option<Py<Handler>>,
    pub(crate) stopwatch: Arc<Stopwatch>,
    pub(crate) sparing: Sparing,
    /// Seconds that a middleware may take.
    pub(crate) hook_timeout: f64,
    pub(crate) birth: Birth,
    pub(crate) front: Arc<Front>,
    pub(crate) cork: Arc<Cork>,
    pub(crate) waker: Arc<net::Waker>,
    /// By the places of their numbers.
    pub(crate) namespaces: Mutex<Vec<Option<Py<PyNamespace>>>>,
    /// Finds namespaces that there are not, once there are parents.
    pub(crate) parents: Mutex<Option<Py<PyAny>>>,
    /// Children of which all sockets have gone are forgotten.
    pub(crate) forgets_empty: bool,
    /// How many sockets have listeners of what they are sent.
    pub(crate) watched: AtomicUsize,
    /// Somebody is told what becomes of rooms.
    pub(crate) watches_rooms: AtomicBool,
    /// They are being told: what becomes of rooms meanwhile is told behind that.
    pub(crate) tells_of_rooms: AtomicBool,
    /// Its namespaces have adapters written in Python: these.
    pub(crate) is_adapted: AtomicBool,
    pub(crate) adapters: Mutex<Option<Py<PyAny>>>,
    pub(crate) state: Mutex<State>,
}

/// What the loop calls: the readable descriptor, and what was scheduled.
#[pyclass(frozen, name = "Ticker", module = "socketio_rs._core")]
pub(crate) struct Ticker {
    pub(crate) server: Py<PyServer>,
    pub(crate) tick: Tick,
}

/// `_core.NamespaceCore`.
#[pyclass(frozen, name = "NamespaceCore", module = "socketio_rs._core")]
pub(crate) struct PyNamespace {
    pub(crate) server: Py<PyServer>,
    pub(crate) id: NamespaceId,
    pub(crate) name: Py<PyString>,
    /// A socket's next event waits for the end of the one before.
    pub(crate) serial: AtomicBool,
    pub(crate) table: Mutex<Table>,
}

/// A namespace's handlers.
pub(crate) struct Table {
    pub(crate) owner: Option<Py<PyAny>>,
    /// It keeps what sockets may come back to, where the server does not.
    pub(crate) sessions: Option<Py<PyAny>>,
    /// By the name's UTF-8; the keys are the application's own.
    pub(crate) events: HashMap<Box<[u8]>, Arc<Listeners>, RandomState>,
    pub(crate) connection: Arc<Listeners>,
    pub(crate) disconnecting: Arc<Listeners>,
    pub(crate) disconnect: Arc<Listeners>,
    pub(crate) middlewares: Arc<Listeners>,
    /// They are told what a handler raised.
    pub(crate) failures: Arc<Listeners>,
    /// Names of events that nobody handled, of which the log was told; a parent's are its children's.
    pub(crate) unheard: Arc<Mutex<HashSet<Box<[u8]>, RandomState>>>,
    pub(crate) making: Making,
}

/// How far a namespace is made, maybe by another thread: until then its middlewares may not be known.
pub(crate) enum Making {
    /// These sockets came meanwhile.
    Begun(Vec<SocketKey>),
    Done,
    /// It could not be made.
    Failed,
}

/// `Socket`: one object per socket at a time.
#[documented("Socket")]
#[pyclass(frozen, weakref, generic, name = "Socket", module = "socketio_rs")]
pub(crate) struct PySocket {
    pub(crate) server: Py<PyServer>,
    pub(crate) namespace: Py<PyNamespace>,
    pub(crate) key: SocketKey,
    pub(crate) info: SocketInfo,
    pub(crate) id: PyOnceLock<Py<PyString>>,
    /// It has listeners of what it is sent.
    pub(crate) is_watched: AtomicBool,
    pub(crate) parts: Mutex<Parts>,
}

/// What a socket is given, or makes at first use.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) data: Option<Py<PyAny>>,
    pub(crate) handshake: Option<Py<PyAny>>,
    pub(crate) request: Option<Py<PyAny>>,
    pub(crate) conn: Option<Py<PyEngineSocket>>,
    pub(crate) listeners: Vec<Arc<Listeners>>,
    /// Catch-alls and middlewares, if it has any.
    pub(crate) hooks: Option<Arc<Hooks>>,
    /// Listeners of what it is sent.
    pub(crate) outgoing: Option<Arc<Listeners>>,
}

/// What sees a socket's events before its handlers do.
#[derive(Clone)]
pub(crate) struct Hooks {
    pub(crate) any: Arc<Listeners>,
    pub(crate) middlewares: Arc<Listeners>,
}

/// `EngineSocket`: one object per session at a time.
#[documented("EngineSocket")]
#[pyclass(frozen, weakref, name = "EngineSocket", module = "socketio_rs")]
pub(crate) struct PyEngineSocket {
    pub(crate) server: Py<PyServer>,
    pub(crate) conn: Arc<Conn>,
    /// Where the engine is alone: what its handlers belong to.
    pub(crate) socket: Option<Py<PySocket>>,
    pub(crate) upgrade: Mutex<Option<Arc<Listeners>>>,
}

/// `Transport`.
#[documented("Transport")]
#[pyclass(frozen, name = "Transport", module = "socketio_rs")]
pub(crate) struct PyTransport(pub(crate) TransportName);

/// `BroadcastOperator`.
#[documented("BroadcastOperator")]
#[pyclass(frozen, name = "BroadcastOperator", module = "socketio_rs")]
pub(crate) struct PyBroadcast {
    pub(crate) server: Py<PyServer>,
    pub(crate) targets: Targets,
    /// Those of how; `targets` has `volatile` too, as the front wants it.
    pub(crate) flags: Flags,
    /// What it does is done here, whatever adapter there is.
    pub(crate) is_direct: bool,
    /// Of a parent, which has no sockets.
    pub(crate) is_parent: bool,
}

/// `_core.AdapterCore`: what an adapter does to this server's sockets of a namespace.
#[pyclass(frozen, name = "AdapterCore", module = "socketio_rs._core")]
pub(crate) struct PyAdapter(pub(crate) Py<PyNamespace>);

/// `SocketOperator`.
#[documented("SocketOperator")]
#[pyclass(frozen, name = "SocketOperator", module = "socketio_rs")]
pub(crate) struct PySocketOperator {
    pub(crate) socket: Py<PySocket>,
    pub(crate) flags: Flags,
}

/// How an event is sent.
#[derive(Clone, Copy, Default)]
pub(crate) struct Flags {
    pub(crate) volatile: bool,
    /// To this server's sockets alone.
    pub(crate) local: bool,
    /// Whether it may be compressed, where that was said.
    pub(crate) compress: Option<bool>,
    /// Seconds for the answers.
    pub(crate) timeout: Option<f64>,
}

/// `_core.ListenerCore`.
#[pyclass(frozen, name = "ListenerCore", module = "socketio_rs._core")]
pub(crate) struct PyListener {
    pub(crate) listener: net::Listener,
    pub(crate) birth: Birth,
}

/// What an emit returns when there is nothing to wait for; there is one.
#[pyclass(frozen, name = "Sent", module = "socketio_rs._core")]
pub(crate) struct Sent {
    /// How often it was awaited.
    pub(crate) awaited: AtomicU32,
}

/// What is awaited: an answer, or room for more to be sent.
#[pyclass(frozen, name = "Pending", module = "socketio_rs._core")]
pub(crate) struct Pending {
    pub(crate) server: Py<PyServer>,
    pub(crate) what: Awaited,
    pub(crate) outcome: Mutex<Outcome>,
}

/// What a [`Pending`] waits for.
pub(crate) enum Awaited {
    /// The send queue of this connection falls below its mark.
    Drain(Arc<Conn>),
    /// The hub takes what is in its inbox.
    Inbox,
    /// The answer with this id, once the event is sent.
    Answer(SocketKey, OnceLock<u64>),
    /// The answers to a broadcast, once it is sent.
    Answers(OnceLock<Question>),
    /// Nothing: the result is there.
    Nothing,
}

/// What has become of a [`Pending`].
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) result: Option<Verdict>,
    /// What the one who waits is woken by.
    pub(crate) future: Option<Py<PyAny>>,
}

/// A value, or an exception.
pub(crate) type Verdict = Result<Py<PyAny>, Py<PyAny>>;

/// `Ack`: answers an event early or by hand.
#[documented("Ack")]
#[pyclass(frozen, name = "Ack", module = "socketio_rs")]
pub(crate) struct PyAck {
    pub(crate) socket: Py<PySocket>,
    pub(crate) name: Arc<str>,
    pub(crate) group: Arc<Group>,
}
