//! What a socket and a namespace tell of their listeners, and how they are put in front of others.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::handler::Listeners;
use crate::objects::{PyNamespace, PySocket};

impl PySocket {
    /// The functions that listen to an event.
    pub(crate) fn functions<'py>(
        &self,
        py: Python<'py>,
        event: &str,
    ) -> PyResult<Bound<'py, PyList>> {
        functions(py, self.listeners(event.as_bytes()))
    }

    /// The names of the events that somebody listens to.
    pub(crate) fn names(&self) -> Vec<String> {
        self.parts.lock().listeners.iter().map(|listeners| listeners.name.to_string()).collect()
    }
}

impl PyNamespace {
    /// The functions that handle an event.
    pub(crate) fn functions<'py>(
        &self,
        py: Python<'py>,
        event: &str,
    ) -> PyResult<Bound<'py, PyList>> {
        let listeners = self.table.lock().entry(event).map(|listeners| Arc::clone(listeners));
        functions(py, listeners)
    }

    /// The names of the events that have handlers, in the order of their registration: those of the server itself first.
    pub(crate) fn names(&self) -> Vec<String> {
        let table = self.table.lock();
        let own = [&table.connection, &table.disconnecting, &table.disconnect];
        let own = own.into_iter().filter(|listeners| !listeners.handlers.is_empty());
        let mut events: Vec<_> = table.events.values().collect();
        events.sort_by_key(|listeners| listeners.number());
        own.chain(events).map(|listeners| listeners.name.to_string()).collect()
    }
}

fn functions(py: Python<'_>, listeners: Option<Arc<Listeners>>) -> PyResult<Bound<'_, PyList>> {
    listeners.map_or_else(|| Ok(PyList::empty(py)), |listeners| listeners.functions(py))
}
