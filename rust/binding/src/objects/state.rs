//! What changes while a server is served, and what passes over the queue work on.

use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use engineio::{RequestId, SessionKey, Sid};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use socketio::{Batch, CarriedId, Carrier, Conn, SocketKey};

use super::slots::Sockets;
use super::{Pending, PyEngineSocket, PyListener, PyServer, PySocket};
use crate::acks::{Acks, Moment};
use crate::budget::Budget;
use crate::gatherings::Gatherings;
use crate::handler::Handler;
use crate::phase::{Stop, Turn};
use crate::queue::Queue;
use crate::reply::Reply;
use crate::stopwatch::Stopwatch;

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
    /// What a socket was that asks to come back, of whoever keeps that.
    Recall(SocketKey, Option<Py<PyAny>>),
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
