//! Row 7: acks' callbacks that are told something in the next tick: of events that were not sent as their socket had left, or that nobody was to answer.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use socketio::Limit;

use crate::objects::{Callback, PyServer};
use crate::python::QUEUE_FULL;

impl PyServer {
    /// Has the loop tell the callback in its next tick, as an emit itself calls nobody. From any thread; nothing when no loop serves.
    ///
    /// # Errors
    /// `QueueFull` when too many wait to be told.
    pub(crate) fn tell_soon<'py, const N: usize>(
        slf: &Bound<'py, Self>,
        callback: Callback,
        args: [Bound<'py, PyAny>; N],
    ) -> PyResult<()> {
        let py = slf.py();
        let mut state = slf.get().state.lock();
        let Some(serving) = state.serving.clone() else { return Ok(()) };
        let limit = slf.get().config.limits.max_pending_acks;
        if state.unsent >= limit {
            drop(state);
            slf.get().front.stats().reached(Limit::MaxPendingAcks);
            let text = format!("{limit} callbacks wait already to hear that nobody answers");
            return Err(QUEUE_FULL.error(py, &text));
        }
        state.unsent += 1;
        drop(state);
        let args = args.map(Bound::unbind).into();
        let unsent = Unsent { server: slf.clone().unbind(), callback, args };
        let told = serving.next_tick(Bound::new(py, unsent)?.as_any());
        if told.is_err() {
            let mut state = slf.get().state.lock();
            state.unsent = state.unsent.saturating_sub(1);
        }
        told
    }
}

/// Called by the loop.
#[pyclass(frozen, module = "socketio_rs._core")]
struct Unsent {
    server: Py<PyServer>,
    callback: Callback,
    args: Vec<Py<PyAny>>,
}

#[pymethods]
impl Unsent {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let server = self.server.bind(py);
        let mut state = server.get().state.lock();
        state.unsent = state.unsent.saturating_sub(1);
        drop(state);
        let args: Vec<_> = self.args.iter().map(|arg| arg.bind(py).clone()).collect();
        let told = PyServer::call_back(server, &self.callback, &args);
        told.and(PyServer::pass_if_needed(server))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)?;
        self.args.iter().try_for_each(|arg| visit.call(arg))?;
        self.callback.traverse(&visit)
    }
}
