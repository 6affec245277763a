//! `EngineSocket`, which is `socket.conn`, and its `Transport`.

use std::sync::Arc;

use docstrings::documented;
use engineio::Frame;
use parking_lot::Mutex;
use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use socketio::Conn;

use crate::emit::queue_full;
use crate::handler::{Handler, Listeners};
use crate::objects::{PyEngineSocket, PyServer, PySocket, PyTransport};
use crate::phase::Phase;
use crate::python::{COMPILE_ENGINE_LISTENER, PARTIAL};

const UPGRADE: &str = "upgrade";

impl PySocket {
    /// The engine socket of this socket's session, of which there is one.
    pub(crate) fn engine(slf: &Bound<'_, Self>) -> PyResult<Py<PyEngineSocket>> {
        if let Some(engine) = &slf.get().parts.lock().conn {
            return Ok(engine.clone_ref(slf.py()));
        }
        let engine = Self::find_engine(slf)?;
        let mut parts = slf.get().parts.lock();
        Ok(parts.conn.get_or_insert(engine).clone_ref(slf.py()))
    }

    fn find_engine(slf: &Bound<'_, Self>) -> PyResult<Py<PyEngineSocket>> {
        let py = slf.py();
        let (server, conn) = (&slf.get().server, &slf.get().info.conn);
        let made = PyEngineSocket {
            server: server.clone_ref(py),
            conn: Arc::clone(conn),
            socket: server.get().config.raw.then(|| slf.clone().unbind()),
            upgrade: Mutex::default(),
        };
        let made = Py::new(py, made)?;
        let mut state = server.get().state.lock();
        let slot = state.sockets.get(slf.get().key);
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

    /// Removes the listener of `upgrade` that was made of `function`, or all.
    fn unlisten(&self, py: Python<'_>, function: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let Some(function) = function else {
            self.clear();
            return Ok(());
        };
        if let Some(listeners) = self.listeners()
            && let Some(handler) = listeners.find(function)?
        {
            self.remove(py, handler);
        }
        Ok(())
    }

    /// Removes all listeners: they may hold this in turn.
    pub(crate) fn clear(&self) {
        let listeners = self.upgrade.lock().take();
        drop(listeners);
    }

    /// Where the engine is alone: the socket whose listeners an event's are, and their name there.
    fn delegate(&self, event: &str) -> Option<(&Py<PySocket>, &'static str)> {
        let name = match event {
            "message" => "message",
            "close" => "disconnect",
            _ => return None,
        };
        Some((self.socket.as_ref()?, name))
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
        kwargs.set_item(intern!(py, "alone"), slf.get().socket.is_some())?;
        let compiled = COMPILE_ENGINE_LISTENER.get(py)?.call((event, function), Some(&kwargs))?;
        let compiled = compiled.cast_into::<Handler>()?.unbind();
        let name = event.cast::<PyString>()?.to_string_lossy();
        if let Some((socket, name)) = slf.get().delegate(&name) {
            PySocket::listen(socket.bind(py), name, &compiled, false);
            return Ok(function.clone());
        }
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

#[documented("EngineSocket")]
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
        let (py, this) = (slf.py(), slf.get());
        for name in ["message", "close", UPGRADE] {
            if event.is_some_and(|event| event != name) {
                continue;
            }
            if let Some((socket, name)) = this.delegate(name) {
                socket.get().unlisten(py, name, handler)?;
            } else if name == UPGRADE {
                this.unlisten(py, handler)?;
            }
        }
        Ok(slf.clone())
    }

    fn send(slf: &Bound<'_, Self>, data: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let this = slf.get();
        let server = this.server.bind(slf.py());
        let front = server.get().front()?;
        let (sent, bytes) = if let Ok(text) = data.cast::<PyString>() {
            let text = text.to_str()?;
            (front.send_message(&this.conn, Frame::Text(text)), text.len())
        } else if let Ok(bytes) = data.cast::<PyBytes>() {
            let bytes = bytes.as_bytes();
            (front.send_message(&this.conn, Frame::Binary(bytes)), bytes.len())
        } else {
            let text = format!("a message must be str or bytes, found {}", data.repr()?);
            return Err(PyTypeError::new_err(text));
        };
        PyServer::commanded(server, bytes);
        let unsent_bytes = sent.map_err(|error| queue_full(slf.py(), error))?;
        PyServer::sent_to(server, &this.conn, unsent_bytes)
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let server = self.server.bind(py);
        server.get().front()?.close(&self.conn);
        PyServer::commanded(server, 0);
        Ok(())
    }

    fn __repr__(&self) -> String {
        // The id is a secret of its client.
        format!("<EngineSocket {}>", self.conn.transport().as_str())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)?;
        visit.call(&self.socket)?;
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

#[documented("Transport")]
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
