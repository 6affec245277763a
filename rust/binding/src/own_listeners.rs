//! Row 7: the listeners of one socket.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::handler::{Handler, Listeners};
use crate::objects::{Hooks, PySocket};
use crate::python::{CHECK_NAME, COMPILE_LISTENER, PARTIAL};

impl PySocket {
    /// The listeners of an event on this socket alone.
    pub(crate) fn listeners(&self, name: &[u8]) -> Option<Arc<Listeners>> {
        let parts = self.parts.lock();
        let mut listeners = parts.listeners.iter();
        listeners.find(|listeners| listeners.name.as_bytes() == name).cloned()
    }

    /// The same of a client's event, and what is to see it before them.
    pub(crate) fn hearers(&self, name: &[u8]) -> (Option<Arc<Listeners>>, Option<Arc<Hooks>>) {
        let parts = self.parts.lock();
        let mut listeners = parts.listeners.iter();
        // The event `error` of a socket is not a client's to send.
        let own = listeners
            .find(|listeners| listeners.name.as_bytes() == name)
            .filter(|_| name != b"error");
        (own.cloned(), parts.hooks.clone())
    }

    /// Removes one listener; whether it was there.
    pub(crate) fn remove(&self, py: Python<'_>, event: &str, handler: &Py<Handler>) -> bool {
        let mut parts = self.parts.lock();
        let place = parts.listeners.iter().position(|listeners| &*listeners.name == event);
        let Some(place) = place else { return false };
        let Some(others) = parts.listeners[place].without(py, handler) else { return false };
        let replaced = if others.handlers.is_empty() {
            parts.listeners.remove(place)
        } else {
            std::mem::replace(&mut parts.listeners[place], others)
        };
        drop(parts);
        drop(replaced);
        true
    }

    pub(crate) fn add<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
        handler: Option<&Bound<'py, PyAny>>,
        method: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let Some(function) = handler else {
            CHECK_NAME.get(py)?.call1(("an event", event))?;
            return PARTIAL.get(py)?.call1((slf.getattr(method)?, event));
        };
        let kwargs = PyDict::new(py);
        kwargs.set_item(intern!(py, "once"), method.contains("once"))?;
        let compiled = COMPILE_LISTENER.get(py)?.call((event, function), Some(&kwargs))?;
        let compiled = compiled.cast_into::<Handler>()?.unbind();
        let name = event.cast::<PyString>()?.to_string_lossy();
        Self::listen(slf, &name, &compiled, method.starts_with("prepend"));
        Ok(function.clone())
    }

    /// Adds a listener, behind the others or in front of them.
    pub(crate) fn listen(slf: &Bound<'_, Self>, event: &str, compiled: &Py<Handler>, first: bool) {
        let py = slf.py();
        let mut parts = slf.get().parts.lock();
        let place = parts.listeners.iter().position(|listeners| &*listeners.name == event);
        let replaced = if let Some(place) = place {
            let before = &parts.listeners[place];
            let with =
                if first { before.with_first(py, compiled) } else { before.with(py, compiled) };
            Some(std::mem::replace(&mut parts.listeners[place], with))
        } else {
            parts.listeners.push(Listeners::new(event).with(py, compiled));
            None
        };
        drop(parts);
        drop(replaced);
        Self::pin(slf);
    }

    /// Removes the listener that was made of `function`, or all of an event.
    pub(crate) fn unlisten(
        &self,
        py: Python<'_>,
        event: &str,
        function: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let Some(listeners) = self.listeners(event.as_bytes()) else { return Ok(()) };
        if let Some(function) = function {
            if let Some(handler) = listeners.find(function)? {
                self.remove(py, event, handler);
            }
            return Ok(());
        }
        for handler in &listeners.handlers {
            self.remove(py, event, handler);
        }
        Ok(())
    }
}
