//! Row 7: what a handler raised: the log's line, and the handlers of `on_error` beside it.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::context::copy_of;
use crate::objects::{Purpose, PyServer, PySocket};
use crate::python::{PAYLOAD_ERROR, log_exception, log_failure, with_traceback};
use crate::tasks::{Begun, arguments};

impl PySocket {
    /// A handler of `event` raised `error`.
    pub(crate) fn failed(slf: &Py<Self>, py: Python<'_>, event: &str, error: &PyErr) {
        let sparing = &slf.get().server.get().sparing;
        // As often as a client likes, unlike what the application raises.
        let left_out = if PAYLOAD_ERROR.matches(py, error) {
            sparing.left_out(&format!("a payload of {event}"))
        } else {
            Some(0)
        };
        if let Some(left_out) = left_out {
            log_exception(py, event, slf.get().info.id.as_str(), error, left_out);
        }
        let told = Self::tell_failure(slf.bind(py), event, error);
        told.unwrap_or_else(|error| log_failure(py, "a handler of on_error", &error));
    }

    /// Calls the handlers of `on_error`, outside of a pass. What they raise in turn goes to the log alone.
    fn tell_failure(slf: &Bound<'_, Self>, event: &str, error: &PyErr) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        let server = this.server.bind(py);
        let own = this.namespace.get().lifecycle(|table| &table.failures);
        let all = Arc::clone(&server.get().failures.lock());
        if own.handlers.is_empty() && all.handlers.is_empty() {
            return Ok(());
        }
        let Some(serving) = server.get().serving() else { return Ok(()) };
        let error = with_traceback(py, error).into_bound(py).into_any();
        let values = [error, slf.clone().into_any(), event.into_pyobject(py)?.into_any()];
        for handler in own.handlers.iter().chain(&all.handlers) {
            let Ok(args) = arguments(handler.get(), &values, values.len() - 1) else { continue };
            let context = this.context(py);
            let context = copy_of(context.as_ref().unwrap_or_else(|| serving.base.bind(py)))?;
            let purpose = Purpose::Aside("a handler of on_error".to_owned());
            match serving.call_aside(&context, handler.get().function.bind(py), args) {
                Begun::Ended(result) => PyServer::ended(server, &purpose, result)?,
                Begun::Running(task) => PyServer::track(server, &task, purpose, false)?,
            }
        }
        Ok(())
    }

    /// The context of its handlers, if it has one of its own.
    pub(crate) fn context<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let mut state = self.server.get().state.lock();
        let context = state.sockets.get(self.key)?.context.as_ref()?;
        Some(context.clone_ref(py).into_bound(py))
    }
}
