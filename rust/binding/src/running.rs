//! Row 7: handlers that run: what each runs for, and what follows when it has ended.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyTuple};

use crate::objects::{Callback, Purpose, PyServer, PySocket, Slot, State};
use crate::phase::{Phase, StopStep, Tick, Turn};
use crate::python::{
    CANCELLED_ERROR, EVENT_ERROR, MAXIMUM, is_exit, log_failure, log_late_refusal,
};
use crate::reply::Reply;
use crate::tasks::Begun;

impl PyServer {
    /// What follows when a handler has ended.
    ///
    /// # Errors
    /// Only what leaves through the loop.
    pub(crate) fn ended(
        slf: &Bound<'_, Self>,
        purpose: &Purpose,
        result: PyResult<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        match (purpose, &result) {
            (Purpose::Authorize(socket, context), result) => {
                Self::decided(slf, socket.get(), context, result)?;
            }
            (Purpose::Allow(request), result) => Self::judged(slf, *request, result)?,
            (Purpose::Find(socket, name), result) => Self::sought(slf, *socket, name, result)?,
            (Purpose::Recall(socket, sessions), result) => {
                Self::recalled(slf, *socket, sessions.as_ref(), result)?;
            }
            (Purpose::Event { socket, name, reply, .. }, Ok(value)) => {
                let answered = returned(py, socket.get(), reply, value);
                answered.unwrap_or_else(|error| PySocket::failed(socket, py, name, &error));
            }
            (Purpose::Event { socket, name, reply, .. }, Err(error)) => {
                raised(py, socket, name, reply, error);
            }
            (Purpose::Intercept(socket), result) => Self::intercepted(slf, socket, result),
            (Purpose::Connection(socket), Ok(value)) if value.is(PyBool::new(py, false)) => {
                log_late_refusal(py, socket.get().info.id.as_str());
            }
            (Purpose::Connection(socket), Err(error)) => {
                log_error(py, error, |error| PySocket::failed(socket, py, "connection", error));
            }
            (Purpose::Leave(socket, event), Err(error)) => {
                log_error(py, error, |error| PySocket::failed(socket, py, event, error));
            }
            (Purpose::Aside(what), Err(error)) => {
                log_error(py, error, |error| log_failure(py, what, error));
            }
            (_, Ok(_)) => {}
        }
        match result {
            Err(error) if is_exit(py, &error) => Err(error),
            _ => Ok(()),
        }
    }

    /// A handler goes on in `task`, which is held until it has ended.
    pub(crate) fn track(
        slf: &Bound<'_, Self>,
        task: &Bound<'_, PyAny>,
        purpose: Purpose,
        cancel_on_disconnect: bool,
    ) -> PyResult<()> {
        slf.get().state.lock().suspend(&purpose);
        Self::hold(slf, task, purpose, cancel_on_disconnect)
    }

    /// The same for one that counts already among those that go on.
    pub(crate) fn hold(
        slf: &Bound<'_, Self>,
        task: &Bound<'_, PyAny>,
        purpose: Purpose,
        cancel_on_disconnect: bool,
    ) -> PyResult<()> {
        let mut state = slf.get().state.lock();
        state.tasks.insert(address(task), task.clone().unbind());
        let mut is_late = state.stop.as_ref().is_some_and(|stop| stop.step == StopStep::Cancelled);
        if cancel_on_disconnect
            && let Purpose::Event { socket, .. } | Purpose::Connection(socket) = &purpose
            && let Some(slot) = state.sockets.get(socket.get().key)
        {
            is_late |= slot.has_left();
            slot.extra().cancellable.push(task.clone().unbind());
        }
        drop(state);
        let done = Done { server: slf.clone().unbind(), purpose };
        task.call_method1(intern!(task.py(), "add_done_callback"), (done,))?;
        if is_late { Self::cancel_late(slf, task) } else { Ok(()) }
    }

    /// Cancels a handler that began when those like it had been cancelled already, when it has taken its first step.
    #[cold]
    fn cancel_late(slf: &Bound<'_, Self>, task: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = slf.py();
        let Some(serving) = slf.get().serving() else { return Ok(()) };
        let cancel = task.getattr(intern!(py, "cancel"))?;
        serving.event_loop.bind(py).call_method1(intern!(py, "call_soon"), (cancel,))?;
        Ok(())
    }

    /// Calls an ack's callback with an error.
    ///
    /// # Errors
    /// Only what leaves through the loop.
    pub(crate) fn tell(slf: &Bound<'_, Self>, callback: &Callback, error: PyErr) -> PyResult<()> {
        let error = error.into_value(slf.py()).into_bound(slf.py()).into_any();
        Self::call_back(slf, callback, &[error])
    }

    /// Calls an ack's callback with as many of these as it takes, as in JavaScript: clients answer with what they like.
    ///
    /// # Errors
    /// Only what leaves through the loop.
    pub(crate) fn call_back(
        slf: &Bound<'_, Self>,
        callback: &Callback,
        args: &[Bound<'_, PyAny>],
    ) -> PyResult<()> {
        let py = slf.py();
        let Some(serving) = slf.get().serving() else { return Ok(()) };
        let purpose = Purpose::Aside(format!("an ack's callback of '{}'", callback.event));
        let (context, function) = (callback.context.bind(py), callback.function.bind(py));
        let begun = match maximum(function) {
            Ok(maximum) => serving.call_aside(context, function, &args[..maximum.min(args.len())]),
            Err(error) => Begun::Ended(Err(error)),
        };
        match begun {
            Begun::Ended(result) => Self::ended(slf, &purpose, result),
            Begun::Running(task) => Self::track(slf, &task, purpose, false),
        }
    }

    /// After something outside of a pass: has the loop begin one if there is something to do at its top level.
    pub(crate) fn pass_if_needed(slf: &Bound<'_, Self>) -> PyResult<()> {
        let mut state = slf.get().state.lock();
        let needed = !state.turns.is_empty() || state.stop.is_some();
        if !needed || state.draining || state.scheduled {
            return Ok(());
        }
        let Some(serving) = state.serving.clone() else { return Ok(()) };
        state.scheduled = true;
        drop(state);
        serving.soon(slf, Tick::Again)
    }
}

/// How many positional arguments a function takes at most.
fn maximum(function: &Bound<'_, PyAny>) -> PyResult<usize> {
    let maximum = MAXIMUM.get(function.py())?.call1((function,))?;
    Ok(maximum.extract::<Option<usize>>()?.unwrap_or(usize::MAX))
}

/// Logs what is a failure: a cancelled handler is none, and what leaves through the loop is told there.
fn log_error(py: Python<'_>, error: &PyErr, log: impl FnOnce(&PyErr)) {
    if !is_exit(py, error) && !CANCELLED_ERROR.matches(py, error) {
        log(error);
    }
}

/// A handler of an event has returned `value`.
fn returned(
    py: Python<'_>,
    socket: &PySocket,
    reply: &Reply,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let id = match reply {
        Reply::None | Reply::Aside(_) => None,
        Reply::Returned(id) => Some(*id),
        Reply::Shared(group) if !value.is_none() => {
            let id = group.claim();
            group.end_one();
            id
        }
        Reply::Shared(group) | Reply::ByHand(group) => group.end_one(),
    };
    let Some(id) = id else { return Ok(()) };
    if value.is_none() {
        socket.answer(py, id, &[])
    } else if let Ok(values) = value.cast::<PyTuple>() {
        socket.answer(py, id, values.as_slice())
    } else {
        socket.answer(py, id, std::slice::from_ref(value))
    }
}

/// A handler of an event has failed, or was meant to.
fn raised(py: Python<'_>, socket: &Py<PySocket>, name: &str, reply: &Reply, error: &PyErr) {
    if EVENT_ERROR.matches(py, error) {
        let id = match reply {
            Reply::None => None,
            Reply::Returned(id) => Some(*id),
            Reply::Shared(group) | Reply::ByHand(group) | Reply::Aside(group) => group.claim(),
        };
        let answered = id.map_or(Ok(()), |id| answer_error(py, socket.get(), id, error));
        answered.unwrap_or_else(|error| PySocket::failed(socket, py, name, &error));
    } else {
        log_error(py, error, |error| PySocket::failed(socket, py, name, error));
    }
    reply.fail();
}

/// `{"error": {"message", "data"}}`
fn answer_error(py: Python<'_>, socket: &PySocket, id: u64, error: &PyErr) -> PyResult<()> {
    let (inner, outer) = (PyDict::new(py), PyDict::new(py));
    for key in [intern!(py, "message"), intern!(py, "data")] {
        inner.set_item(key, error.value(py).getattr(key)?)?;
    }
    outer.set_item(intern!(py, "error"), inner)?;
    socket.answer(py, id, &[outer.into_any()])
}

impl State {
    /// A handler goes on.
    pub(crate) fn suspend(&mut self, purpose: &Purpose) {
        let Some(slot) = self.slot_of(purpose) else { return };
        match (purpose, &mut slot.phase) {
            (Purpose::Event { serial, .. }, _) => {
                slot.running += 1;
                if *serial {
                    slot.extra().alone += 1;
                }
            }
            (Purpose::Connection(_), Phase::Connecting(running))
            | (Purpose::Leave(..), Phase::Leaving(_, running)) => *running += 1,
            _ => {}
        }
    }

    /// It has ended: notes what may be done now.
    pub(crate) fn resume(&mut self, purpose: &Purpose) {
        let Some(slot) = self.slot_of(purpose) else { return };
        let turn = match (purpose, &mut slot.phase) {
            (Purpose::Event { socket, serial, .. }, _) => {
                slot.running = slot.running.saturating_sub(1);
                if *serial && let Some(extra) = slot.extra.as_deref_mut() {
                    extra.alone = extra.alone.saturating_sub(1);
                }
                let waiting = slot.waiting().is_some_and(|waiting| !waiting.is_empty());
                (waiting || slot.has_left()).then_some(Turn::Kept(socket.get().key))
            }
            (Purpose::Connection(socket), Phase::Connecting(running)) => {
                *running -= 1;
                let connected = *running == 0;
                (connected && slot.open()).then_some(Turn::Kept(socket.get().key))
            }
            (Purpose::Leave(socket, _), Phase::Leaving(_, running)) => {
                *running -= 1;
                (*running == 0).then_some(Turn::Left(socket.get().key))
            }
            _ => None,
        };
        self.turns.extend(turn);
    }

    fn slot_of(&mut self, purpose: &Purpose) -> Option<&mut Slot> {
        let (Purpose::Event { socket, .. }
        | Purpose::Connection(socket)
        | Purpose::Leave(socket, _)
        | Purpose::Authorize(socket, _)) = purpose
        else {
            return None;
        };
        self.sockets.get(socket.get().key)
    }
}

impl Slot {
    /// All `connection` handlers have ended; as [`retry`](Self::retry).
    pub(crate) fn open(&mut self) -> bool {
        self.phase = Phase::Open;
        self.retry()
    }

    /// Has events that found no handler wait for their turn once more; whether there are any.
    pub(crate) fn retry(&mut self) -> bool {
        let Some(extra) = self.extra.as_deref_mut() else { return false };
        let held = std::mem::take(&mut extra.held);
        let any = !held.is_empty();
        for event in held.into_iter().rev() {
            extra.waiting.push_front(event);
        }
        any
    }
}

/// What identifies a task while it is held.
pub(crate) fn address(task: &Bound<'_, PyAny>) -> usize {
    task.as_ptr().addr()
}

/// Called by a task when it is done.
#[pyclass(frozen, module = "socketio_rs._core")]
pub(crate) struct Done {
    server: Py<PyServer>,
    purpose: Purpose,
}

#[pymethods]
impl Done {
    fn __call__(&self, task: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = task.py();
        let server = self.server.bind(py);
        let mut state = server.get().state.lock();
        let held = state.tasks.remove(&address(task));
        state.resume(&self.purpose);
        let slot = state.slot_of(&self.purpose);
        let cancellable = slot.and_then(|slot| slot.release(task));
        drop(state);
        drop((held, cancellable));
        // What was to leave through the loop did so when it was raised.
        let _ = PyServer::ended(server, &self.purpose, task.call_method0(intern!(py, "result")));
        PyServer::pass_if_needed(server)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)?;
        self.purpose.traverse(&visit)
    }
}

impl Purpose {
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Event { socket, .. }
            | Self::Intercept(socket)
            | Self::Connection(socket)
            | Self::Leave(socket, _) => visit.call(socket),
            Self::Authorize(socket, context) => {
                visit.call(socket)?;
                visit.call(context)
            }
            Self::Recall(_, sessions) => visit.call(sessions),
            Self::Allow(_) | Self::Find(..) | Self::Aside(_) => Ok(()),
        }
    }
}

impl Slot {
    /// A task that would be cancelled when the socket leaves has ended.
    fn release(&mut self, task: &Bound<'_, PyAny>) -> Option<Py<PyAny>> {
        let cancellable = &mut self.extra.as_deref_mut()?.cancellable;
        let place = cancellable.iter().position(|held| held.is(task))?;
        Some(cancellable.swap_remove(place))
    }
}
