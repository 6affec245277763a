//! Row 8: listeners of what a socket is sent. They cost nothing while no socket has any.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use engineio::Sid;
use pyo3::exceptions::PyRecursionError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use socketio::{SocketKey, Targets};

use crate::context::copy_of;
use crate::convert::read::Arguments;
use crate::emit::Emission;
use crate::handler::Listeners;
use crate::objects::{Purpose, PyServer, PySocket};
use crate::python::is_running;
use crate::tasks::{Begun, arguments};

/// Listeners may emit, of which they hear again: so deep, and no deeper.
const MOST_NESTED: u32 = 32;

thread_local! {
    static NESTED: Cell<u32> = const { Cell::new(0) };
}

/// Listeners are being called, until this is dropped.
struct Nested;

impl Nested {
    /// # Errors
    /// `RecursionError` when what they emit calls them without end.
    fn enter() -> PyResult<Self> {
        if NESTED.get() == MOST_NESTED {
            let text = "outgoing listeners emit what they are called for again, without end";
            return Err(PyRecursionError::new_err(text));
        }
        NESTED.set(NESTED.get() + 1);
        Ok(Self)
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        NESTED.set(NESTED.get() - 1);
    }
}

impl PySocket {
    /// The socket is about to be sent an event.
    pub(crate) fn show_emit(&self, py: Python<'_>, emission: &Emission<'_, '_>) -> PyResult<()> {
        if !self.is_watched.load(Relaxed) || self.is_put_out()? {
            return Ok(());
        }
        match PyServer::socket(self.server.bind(py), self.key)? {
            Some(socket) => Self::show(&socket, emission),
            None => Ok(()),
        }
    }

    /// Calls the listeners, here if this is the server's loop, or else there.
    fn show(slf: &Bound<'_, Self>, emission: &Emission<'_, '_>) -> PyResult<()> {
        let py = slf.py();
        let Some(outgoing) = slf.get().parts.lock().outgoing.clone() else { return Ok(()) };
        let Some(serving) = slf.get().server.get().serving() else { return Ok(()) };
        let mut values = Arguments::new();
        values.push(slf.clone().into_any());
        values.push(emission.event.clone().into_any());
        values.extend(emission.args.iter());
        if is_running(py, &serving.event_loop) {
            return Self::call_outgoing(slf, &outgoing, &values);
        }
        let showing = Showing {
            socket: slf.clone().unbind(),
            outgoing,
            values: PyTuple::new(py, values)?.unbind(),
        };
        let event_loop = serving.event_loop.bind(py);
        event_loop.call_method1(intern!(py, "call_soon_threadsafe"), (showing,)).map(drop)
    }

    fn call_outgoing(
        slf: &Bound<'_, Self>,
        outgoing: &Listeners,
        values: &[Bound<'_, PyAny>],
    ) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        let server = this.server.bind(py);
        let Some(serving) = server.get().serving() else { return Ok(()) };
        let _nested = Nested::enter()?;
        for handler in &outgoing.handlers {
            // One that requires more than this emit has is not for it.
            let Ok(args) = arguments(handler.get(), values, values.len() - 1) else { continue };
            let context = this.context(py);
            let context = copy_of(context.as_ref().unwrap_or_else(|| serving.base.bind(py)))?;
            let purpose =
                Purpose::Aside(format!("an outgoing listener of socket {}", this.info.id));
            match serving.call_aside(&context, handler.get().function.bind(py), args) {
                Begun::Ended(result) => PyServer::ended(server, &purpose, result)?,
                Begun::Running(task) => PyServer::track(server, &task, purpose, false)?,
            }
        }
        Ok(())
    }

    /// From now on it has listeners of what it is sent, or has none any more.
    pub(crate) fn watch(slf: &Bound<'_, Self>, is_watched: bool) {
        let this = slf.get();
        let server = this.server.get();
        if !is_watched {
            this.is_watched.store(false, Relaxed);
            server.unwatch(this.key);
            return;
        }
        let mut state = server.state.lock();
        // Who has gone is sent nothing.
        if state.sockets.get(this.key).is_some() && !state.watched.contains(&this.key) {
            state.watched.push(this.key);
            server.watched.store(state.watched.len(), Relaxed);
            this.is_watched.store(true, Relaxed);
        }
    }

    /// Whether a broadcast to these reaches it.
    fn is_among(&self, targets: &Targets) -> PyResult<bool> {
        let front = self.server.get().front()?;
        let is_there = front.reaches(targets.namespace, self.info.namespace);
        if !is_there || !front.is_connected(self.key) {
            return Ok(false);
        }
        let rooms = front.rooms(self.key);
        let is_in = |room: &str| rooms.iter().any(|own| own == room);
        let is_meant = targets.rooms.as_ref();
        let is_meant = is_meant.is_none_or(|to| to.iter().any(|room| is_in(room)));
        let is_left_out = targets.except.iter().any(|room| is_in(room))
            || targets.sender.as_ref().map(Sid::as_str).is_some_and(is_in);
        Ok(is_meant && !is_left_out)
    }
}

impl PyServer {
    /// An event is about to be sent to many.
    pub(crate) fn show_broadcast(
        slf: &Bound<'_, Self>,
        targets: &Targets,
        emission: &Emission<'_, '_>,
    ) -> PyResult<()> {
        if slf.get().watched.load(Relaxed) == 0 {
            return Ok(());
        }
        let watched = slf.get().state.lock().watched.clone();
        for key in watched {
            if let Some(socket) = Self::socket(slf, key)?
                && socket.get().is_among(targets)?
            {
                PySocket::show(&socket, emission)?;
            }
        }
        Ok(())
    }

    /// A socket has no listeners of what it is sent any more.
    pub(crate) fn unwatch(&self, key: SocketKey) {
        if self.watched.load(Relaxed) > 0 {
            let mut state = self.state.lock();
            state.watched.retain(|watched| *watched != key);
            self.watched.store(state.watched.len(), Relaxed);
        }
    }
}

/// What the loop is to call for an emit of another thread.
#[pyclass(frozen, module = "socketio_rs._core")]
struct Showing {
    socket: Py<PySocket>,
    outgoing: Arc<Listeners>,
    values: Py<PyTuple>,
}

#[pymethods]
impl Showing {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let values = self.values.bind(py);
        PySocket::call_outgoing(self.socket.bind(py), &self.outgoing, values.as_slice())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.socket)?;
        visit.call(&self.values)
    }
}
