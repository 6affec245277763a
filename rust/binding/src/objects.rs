//! The objects of a server and who holds whom.
//!
//! ```text
//! Server ──► NamespaceCore ──► Handler           each NamespaceCore, Socket and callback holds its Server
//!   │ state ──► Socket, while a pass goes on, or it has listeners or data; by a weak reference while others hold it
//!   └ front, cork ──► the I/O thread              plain Rust
//! ```
//! What a mutex here guards is only looked at and moved: no Python code runs meanwhile, so what is taken out is dropped after it is unlocked.
//! Every object that holds others shows them to the garbage collector, each reference from one side alone.

use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};
use std::sync::{Arc, OnceLock};

use docstrings::documented;
use engineio::{RequestId, SessionKey, Sid, TransportName};
use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyWeakrefReference};
use socketio::{
    Attachments, Batch, CarriedId, Carrier, Conn, Front, NamespaceId, SocketInfo, SocketKey,
    Targets,
};

use crate::acks::{Acks, Moment};
use crate::budget::Budget;
use crate::cork::Cork;
use crate::fork::Birth;
use crate::gatherings::{Gatherings, Question};
use crate::handler::{Handler, Listeners};
use crate::phase::{Phase, Stop, Tick, Turn};
use crate::queue::Queue;
use crate::reply::{Group, Reply};
use crate::sparing::Sparing;
use crate::stopwatch::Stopwatch;

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

/// What changes while a server is served.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) serving: Option<Arc<Serving>>,
    pub(crate) listeners: Vec<Py<PyListener>>,
    /// What is to be done next.
    pub(crate) work: Work,
    /// Passes go on, or begin in the next tick.
    pub(crate) draining: bool,
    /// The loop was asked for a tick for passes.
    pub(crate) scheduled: bool,
    pub(crate) turns: VecDeque<Turn>,
    /// Acks' callbacks that the loop is to tell that their socket had left.
    pub(crate) unsent: usize,
    pub(crate) sockets: Sockets,
    /// Those that have listeners of what they are sent.
    pub(crate) watched: Vec<SocketKey>,
    /// Those that have ended and may come back, by their ids.
    pub(crate) away: HashMap<Sid, Py<PySocket>, RandomState>,
    pub(crate) sessions: HashMap<SessionKey, Session, RandomState>,
    /// Where the engine is alone: sessions that were handed over.
    pub(crate) handed: HashMap<SessionKey, Arc<Handed>, RandomState>,
    /// The connections that were handed over to this server.
    pub(crate) guests: HashMap<CarriedId, Py<PyEngineSocket>, RandomState>,
    pub(crate) acks: Acks<Waiter>,
    pub(crate) gatherings: Gatherings<Answers>,
    /// The timer for the earliest deadline of an ack.
    pub(crate) timer: Option<(Moment, Py<PyAny>)>,
    /// Handlers that go on, by address: the loop itself knows its tasks only weakly.
    pub(crate) tasks: HashMap<usize, Py<PyAny>, RandomState>,
    pub(crate) inbox_waiters: Vec<Py<Pending>>,
    pub(crate) stop: Option<Stop>,
}

/// The loop on which a server is served.
pub(crate) struct Serving {
    pub(crate) event_loop: Py<PyAny>,
    pub(crate) call_soon: Py<PyAny>,
    /// `{context}`: the one in which the server was started; handlers run in copies of it, or of their socket's.
    pub(crate) base_kwargs: Py<PyDict>,
    pub(crate) base: Py<PyAny>,
    /// The type of coroutines.
    pub(crate) coroutine: Py<PyAny>,
    /// Makes a task, and its constant keywords.
    pub(crate) create_task: Py<PyAny>,
    pub(crate) task_kwargs: Py<PyDict>,
    pub(crate) stopwatch: Arc<Stopwatch>,
    /// Tasks begin at once (from 3.12 on).
    pub(crate) eager: bool,
    pub(crate) queue: Arc<Queue>,
    /// Seconds since 1970 when the hub's clock was at zero.
    pub(crate) epoch: f64,
    /// Never dropped by itself: in a forked child it is nobody's.
    pub(crate) thread: Mutex<Option<ManuallyDrop<net::Thread>>>,
}

/// What passes work on; each takes it and gives back what is left.
#[derive(Default)]
pub(crate) struct Work {
    /// Events, of which those up to `at` are done.
    pub(crate) batch: Batch,
    pub(crate) at: usize,
    /// The queue was seen empty: what comes rings.
    pub(crate) is_empty: bool,
    /// Handlers of the event before, which could not begin in the task of a pass that was not free any more.
    pub(crate) jobs: VecDeque<Job>,
    pub(crate) budget: Budget,
}

impl Work {
    /// There is more to do, now.
    pub(crate) fn is_left(&self) -> bool {
        !self.jobs.is_empty() || (!self.is_empty && self.budget.is_left())
    }

    /// There is nothing more to do until something comes.
    pub(crate) fn is_done(&self) -> bool {
        self.is_empty && self.jobs.is_empty()
    }
}

/// What a handler runs for.
pub(crate) enum Purpose {
    /// A client's event; with `serial` its socket's next one starts when it has ended.
    Event { socket: Py<PySocket>, name: Arc<str>, reply: Reply, serial: bool },
    /// The packet middlewares of a socket, for an event that waits for them.
    Intercept(Py<PySocket>),
    /// The event `connection`.
    Connection(Py<PySocket>),
    /// A step of a socket's leave: the event of this name.
    Leave(Py<PySocket>, &'static str),
    /// The middlewares of a socket that asks for its namespace, in this context.
    Authorize(Py<PySocket>, Py<PyAny>),
    /// Whether the session that this request asks for may be opened.
    Allow(RequestId),
    /// The namespace of this name, for a socket that waits for it.
    Find(SocketKey, Arc<str>),
    /// What a socket was that asks to come back.
    Recall(SocketKey),
    /// Nothing that anything depends on; in words for the log.
    Aside(String),
}

/// A handler that is to begin in the next task.
pub(crate) struct Job {
    pub(crate) handler: Py<Handler>,
    pub(crate) args: Vec<Py<PyAny>>,
    pub(crate) kwargs: Option<Py<PyDict>>,
    pub(crate) context: Option<Py<PyAny>>,
    pub(crate) purpose: Purpose,
}

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

/// What is known of a session beside its sockets, where somebody asked.
#[derive(Default)]
pub(crate) struct Session {
    pub(crate) engine: Option<Py<PyEngineSocket>>,
    /// They wait for its send queue.
    pub(crate) waiters: Vec<Py<Pending>>,
}

/// Whom a session of an engine alone was handed to.
pub(crate) struct Handed {
    pub(crate) server: Py<PyServer>,
    pub(crate) id: CarriedId,
    pub(crate) carrier: Arc<dyn Carrier>,
}

/// Who waits for an answer.
pub(crate) struct Waiter {
    pub(crate) conn: Arc<Conn>,
    pub(crate) answer: Answer,
}

/// What is done with an answer.
pub(crate) enum Answer {
    Awaited { pending: Py<Pending>, all_args: bool },
    Callback(Callback),
}

/// What is done with the answers to a broadcast.
pub(crate) enum Answers {
    /// With `partial`, also those of a part of the sockets are a result.
    Awaited {
        pending: Py<Pending>,
        partial: bool,
    },
    Callback(Callback),
    /// Each goes to `answered` when it comes.
    Each {
        pending: Py<Pending>,
        answered: Py<PyAny>,
    },
}

/// An ack's callback, and the context in which it was given.
pub(crate) struct Callback {
    pub(crate) function: Py<PyAny>,
    pub(crate) context: Py<PyAny>,
    pub(crate) event: Arc<str>,
    /// It gets an error, or None, in front of the answers.
    pub(crate) takes_error: bool,
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
