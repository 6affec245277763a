//! Row 7: what a namespace's middlewares came to.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAnyMethods, PyDict};
use socketio::{Limit, SocketKey};

use crate::emit::encode_value;
use crate::objects::{Object, PyServer, PySocket};
use crate::phase::Phase;
use crate::python::{HOOK_TIMEOUT, REFUSAL, log_failure};

impl PyServer {
    /// The middlewares of a socket have ended; they ran in `context`.
    pub(crate) fn decided(
        slf: &Bound<'_, Self>,
        socket: &PySocket,
        context: &Py<PyAny>,
        result: &PyResult<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        match result {
            Ok(_) => Self::accept(slf, socket.key, context),
            Err(error) => Self::refuse(slf, socket, error),
        }
    }

    fn accept(slf: &Bound<'_, Self>, key: SocketKey, context: &Py<PyAny>) -> PyResult<()> {
        let py = slf.py();
        let server = slf.get();
        // Most middlewares set no variable: then the server's context does, and an idle socket holds none.
        let serving = server.serving();
        let unchanged =
            serving.is_some_and(|serving| context.bind(py).eq(&serving.base).unwrap_or(false));
        let front = server.front()?;
        let mut state = server.state.lock();
        if let Some(slot) = state.sockets.get(key) {
            slot.phase = Phase::Accepted;
            slot.context = (!unchanged).then(|| context.clone_ref(py));
        }
        drop(state);
        front.accept(key);
        Self::commanded(slf, 0);
        // The client has left meanwhile, or begins anew with another socket, so that nothing follows.
        if front.socket(key).is_none() {
            let ended = Self::end_acks(slf, key, "the client left before it answered");
            server.forget(py, key);
            return ended;
        }
        Ok(())
    }

    fn refuse(slf: &Bound<'_, Self>, socket: &PySocket, error: &PyErr) -> PyResult<()> {
        let (py, key) = (slf.py(), socket.key);
        if HOOK_TIMEOUT.matches(py, error) {
            slf.get().front.stats().reached(Limit::HookTimeout);
        }
        let json = refusal(py, socket, error).unwrap_or_else(|error| {
            log_failure(py, "refusing a client", &error);
            br#"{"message":"internal error"}"#.to_vec()
        });
        slf.get().tell_of_leave(py, key)?;
        slf.get().front()?.refuse(key, &json);
        Self::rooms_changed(slf);
        Self::commanded(slf, json.len());
        slf.get().forget(py, key);
        Self::end_acks(slf, key, "the client was refused before it answered")
    }

    /// Forgets all that is known of a socket. Its listeners go too: they may hold it in turn.
    pub(crate) fn forget(&self, py: Python<'_>, key: SocketKey) {
        let slot = self.state.lock().sockets.remove(key);
        if let Some(Object::Strong(socket)) = slot.as_ref().map(|slot| &slot.object) {
            let socket = socket.clone_ref(py);
            let mut parts = socket.get().parts.lock();
            let listeners = std::mem::take(&mut parts.listeners);
            let hooks = (parts.hooks.take(), parts.outgoing.take());
            drop(parts);
            drop((listeners, hooks));
        }
        self.unwatch(key);
        self.forget_empty(py);
    }
}

/// The data of the packet that refuses.
fn refusal(py: Python<'_>, socket: &PySocket, error: &PyErr) -> PyResult<Vec<u8>> {
    let namespace = socket.namespace.get().name.bind(py);
    let told = REFUSAL.get(py)?.call1((error.value(py), namespace, socket.info.id.as_str()))?;
    let (message, data): (Bound<'_, PyAny>, Bound<'_, PyAny>) = told.extract()?;
    let object = PyDict::new(py);
    object.set_item(intern!(py, "message"), message)?;
    if !data.is_none() {
        object.set_item(intern!(py, "data"), data)?;
    }
    encode_value(socket.server.get(), &object)
}
