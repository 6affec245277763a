//! Row 7: a socket's beginning on the loop's side: middlewares, `connection`.

use pyo3::prelude::*;
use pyo3::types::PyList;
use socketio::SocketKey;

use crate::context::copy_of;
use crate::dispatch::Pass;
use crate::handler::Handler;
use crate::objects::{Purpose, PyNamespace, PyServer, PySocket};
use crate::phase::{Phase, Turn};
use crate::python::AUTHORIZE;
use crate::tasks::Started;

impl Pass<'_, '_> {
    /// A client asks for a namespace with middlewares: they run one after the other in one task, in a context that will be the socket's.
    pub(crate) fn authorize(&self, key: SocketKey) -> PyResult<()> {
        let py = self.py();
        let Some(namespace) = self.begin(key, Phase::Authorizing)? else { return Ok(()) };
        if !PyNamespace::lets_in(namespace.bind(py), key)? {
            return Ok(());
        }
        let Some(socket) = PyServer::socket(self.server, key)? else { return Ok(()) };
        let middlewares = namespace.get().lifecycle(|table| &table.middlewares);
        let context = copy_of(self.serving.base.bind(py))?;
        let purpose = Purpose::Authorize(socket.clone().unbind(), context.clone().unbind());
        let timeout = self.server.get().hook_timeout.into_pyobject(py)?.into_any();
        let list = PyList::new(py, &middlewares.handlers)?;
        let args = [socket.into_any(), list.into_any(), timeout];
        let authorize = AUTHORIZE.get(py)?;
        let started =
            self.serving.begin_middlewares(&context, authorize, &args, &middlewares.handlers);
        self.runner.started(started.unwrap_or_else(Started::failed), purpose, false)
    }

    /// A socket has joined its namespace.
    pub(crate) fn connected(&self, key: SocketKey) -> PyResult<()> {
        let Some(namespace) = self.begin(key, Phase::Connecting(0))? else { return Ok(()) };
        self.server.get().tell_of_socket(self.py(), key)?;
        PyServer::rooms_changed(self.server);
        let handlers = namespace.get().lifecycle(|table| &table.connection);
        let mut result = Ok(());
        if !handlers.handlers.is_empty()
            && let Some(socket) = PyServer::socket(self.server, key)?
        {
            let context = self.context(key);
            let values = [self.shown(&socket)?];
            let run = self.run_of(&socket, context.as_ref(), &values, 0);
            for handler in &handlers.handlers {
                if self.take_once(&namespace, "connection", handler) {
                    let purpose = Purpose::Connection(socket.clone().unbind());
                    result = result.and(run.handler(handler, purpose));
                }
            }
        }
        let mut state = self.server.get().state.lock();
        if let Some(slot) = state.sockets.get(key)
            && matches!(slot.phase, Phase::Connecting(0))
            && slot.open()
        {
            state.turns.push_back(Turn::Kept(key));
        }
        result
    }

    /// What handlers get of a socket: where the engine is alone, its engine socket.
    pub(crate) fn shown<'py>(&self, socket: &Bound<'py, PySocket>) -> PyResult<Bound<'py, PyAny>> {
        if self.server.get().config.raw {
            return Ok(PySocket::engine(socket)?.into_bound(socket.py()).into_any());
        }
        Ok(socket.clone().into_any())
    }

    /// A socket enters a phase, with which it may become known; none when it has gone.
    fn begin(&self, key: SocketKey, phase: Phase) -> PyResult<Option<Py<PyNamespace>>> {
        let server = self.server.get();
        let mut state = server.state.lock();
        let namespace = if let Some(slot) = state.sockets.get(key) {
            slot.phase = phase;
            slot.info.namespace
        } else {
            drop(state);
            let Some(info) = server.front()?.socket(key) else { return Ok(None) };
            let namespace = info.namespace;
            let (id, restored) = (info.id, info.restored);
            let replaced = server.state.lock().sockets.insert(key, info, phase);
            drop(replaced);
            if restored {
                self.give_back(key, id)?;
            }
            namespace
        };
        Ok(self.namespace(namespace))
    }

    /// Whether a namespace's handler is to be called: one that is called once is removed before.
    pub(crate) fn take_once(
        &self,
        namespace: &Py<PyNamespace>,
        event: &str,
        handler: &Py<Handler>,
    ) -> bool {
        !handler.get().once || namespace.get().remove(self.py(), event, handler)
    }
}
