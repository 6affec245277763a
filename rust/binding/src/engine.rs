//! `EngineSocket`, which is `socket.conn`, and its `Transport`.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use socketio::Conn;

use crate::handler::{Handler, Listeners};
use crate::objects::{Phase, PyEngineSocket, PyServer, PySocket, PyTransport};
use crate::python::{COMPILE_ENGINE_LISTENER, PARTIAL};

const UPGRADE: &str = "upgrade";

impl PySocket {
    /// The engine socket of this socket's session, of which there is one.
    pub(crate) fn engine(&self, py: Python<'_>) -> PyResult<Py<PyEngineSocket>> {
        if let Some(engine) = &self.parts.lock().conn {
            return Ok(engine.clone_ref(py));
        }
        let engine = self.server.get().engine(py, self)?;
        let mut parts = self.parts.lock();
        Ok(parts.conn.get_or_insert(engine).clone_ref(py))
    }
}

impl PyServer {
    fn engine(&self, py: Python<'_>, socket: &PySocket) -> PyResult<Py<PyEngineSocket>> {
        let conn = &socket.info.conn;
        let made = PyEngineSocket { conn: Arc::clone(conn), upgrade: Mutex::default() };
        let made = Py::new(py, made)?;
        let mut state = self.state.lock();
        let slot = state.sockets.get(socket.key);
        // Nobody would forget a session that has ended.
        if slot.is_none_or(|slot| matches!(slot.phase, Phase::Leaving(..))) {
            let session = state.sessions.get(&conn.session);
            let engine = session.and_then(|session| session.engine.as_ref());
            // When the server is served again, its sessions' keys are given out anew.
            let engine = engine.filter(|engine| Arc::ptr_eq(&engine.get().conn, conn));
            return Ok(engine.map_or(made, |engine| engine.clone_ref(py)));
        }
        let session = state.sessions.entry(conn.session).or_default();
        Ok(session.engine.get_or_insert(made).clone_ref(py))
    }
}

impl PyEngineSocket {
    /// The listeners of `upgrade`.
    pub(crate) fn listeners(&self) -> Option<Arc<Listeners>> {
        self.upgrade.lock().clone()
    }

    /// Removes one listener; whether it was there.
    pub(crate) fn remove(&self, py: Python<'_>, handler: &Py<Handler>) -> bool {
        let mut upgrade = self.upgrade.lock();
        let others = upgrade.as_ref().and_then(|listeners| listeners.without(py, handler));
        let Some(others) = others else { return false };
        let replaced = upgrade.replace(others);
        drop(upgrade);
        drop(replaced);
        true
    }

    /// Removes all listeners: they may hold this in turn.
    pub(crate) fn clear(&self) {
        let listeners = self.upgrade.lock().take();
        drop(listeners);
    }

    fn add<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
        handler: Option<&Bound<'py, PyAny>>,
        method: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let Some(function) = handler else {
            return PARTIAL.get(py)?.call1((slf.getattr(method)?, event));
        };
        let kwargs = PyDict::new(py);
        kwargs.set_item(intern!(py, "once"), method == "once")?;
        let compiled = COMPILE_ENGINE_LISTENER.get(py)?.call((event, function), Some(&kwargs))?;
        let compiled = compiled.cast_into::<Handler>()?.unbind();
        let mut upgrade = slf.get().upgrade.lock();
        let with = match &*upgrade {
            Some(listeners) => listeners.with(py, &compiled),
            None => Listeners::new(UPGRADE).with(py, &compiled),
        };
        let replaced = upgrade.replace(with);
        drop(upgrade);
        drop(replaced);
        Ok(function.clone())
    }
}

#[pymethods]
impl PyEngineSocket {
    #[getter]
    fn id(&self) -> &str {
        self.conn.sid.as_str()
    }

    #[getter]
    fn transport(&self) -> PyTransport {
        PyTransport(self.conn.transport())
    }

    #[pyo3(signature = (event, handler=None))]
    fn on<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
        handler: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::add(slf, event, handler, "on")
    }

    #[pyo3(signature = (event, handler=None))]
    fn once<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
        handler: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::add(slf, event, handler, "once")
    }

    #[pyo3(signature = (event=None, handler=None))]
    fn off<'py>(
        slf: &Bound<'py, Self>,
        event: Option<&str>,
        handler: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let this = slf.get();
        if event.is_some_and(|event| event != UPGRADE) {
            return Ok(slf.clone());
        }
        let Some(function) = handler else {
            this.clear();
            return Ok(slf.clone());
        };
        if let Some(listeners) = this.listeners()
            && let Some(handler) = listeners.find(function)?
        {
            this.remove(slf.py(), handler);
        }
        Ok(slf.clone())
    }

    fn __repr__(&self) -> String {
        // The id is a secret of its client.
        format!("<EngineSocket {}>", self.conn.transport().as_str())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Some(upgrade) = self.upgrade.try_lock() else { return Ok(()) };
        upgrade.as_ref().map_or(Ok(()), |listeners| listeners.traverse(&visit))
    }

    fn __clear__(&self) {
        self.clear();
    }
}

impl PyEngineSocket {
    pub(crate) fn conn(&self) -> &Conn {
        &self.conn
    }
}

#[pymethods]
impl PyTransport {
    #[getter]
    fn name(&self) -> &'static str {
        self.0.as_str()
    }

    fn __repr__(&self) -> String {
        format!("<Transport {}>", self.0.as_str())
    }
}
