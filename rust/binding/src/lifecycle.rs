//! Row 7: a socket's beginning and end on the loop's side: middlewares, `connection`, `disconnecting`, `disconnect`.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;
use socketio::SocketKey;

use crate::context::copy_of;
use crate::dispatch::Pass;
use crate::handler::Handler;
use crate::objects::{Extra, Purpose, PyNamespace, PyServer, PySocket, Slot};
use crate::phase::{Leave, Phase, Turn};
use crate::python::{AUTHORIZE, DISCONNECT_REASON, Level, log_line};
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

    /// A socket has ended. What waits for it ends at once, though events may still be held.
    pub(crate) fn disconnected(&self, key: SocketKey, leave: Leave) -> PyResult<()> {
        let py = self.py();
        let server = self.server.get();
        let mut state = server.state.lock();
        let Some(slot) = state.sockets.get(key) else {
            drop(state);
            server.front()?.forget(key);
            server.forget_empty(py);
            return Ok(());
        };
        // It left while its middlewares ran, or before the hub knew of their verdict: its handlers never heard of it.
        let unheard = matches!(slot.phase, Phase::Authorizing | Phase::Accepted);
        slot.phase = Phase::Leaving(leave, 0);
        let is_back = slot.info.restored;
        let (conn, id, running) = (Arc::clone(&slot.info.conn), slot.info.id, slot.running);
        let mut extra = slot.extra.take().unwrap_or_default();
        drop(state);
        if server.config.raw {
            self.end_handed(conn.session, &mut extra, leave.reason, leave.description);
        }
        self.keep_away(key, leave)?;
        let Extra { waiting, held, cancellable, intercepted, .. } = *extra;
        let intercepted = intercepted.map(|intercepted| intercepted.event);
        let dropped = waiting.len() + usize::from(intercepted.is_some());
        if dropped > 0 {
            let whom = if intercepted.is_some() {
                "its packet middlewares ran".to_owned()
            } else if running >= server.max_running_handlers {
                format!("{running} of its handlers ran (max_running_handlers)")
            } else {
                "a handler ran that runs alone (ordering)".to_owned()
            };
            let text =
                format!("dropped {dropped} events of socket {id}: its client left while {whom}");
            log_line(py, Level::Warning, &text);
        }
        for event in waiting.into_iter().chain(held).chain(intercepted) {
            server.front()?.started(&conn, event.weight());
        }
        let mut result = PyServer::end_acks(self.server, key, "the client left before it answered");
        for task in cancellable {
            result = result.and(task.call_method0(py, intern!(py, "cancel")).map(drop));
        }
        if unheard {
            // What it came back to is not lost with it.
            self.persist(key, leave.pid.filter(|_| is_back))?;
            server.tell_of_leave(py, key)?;
            server.front()?.forget(key);
            PyServer::rooms_changed(self.server);
            server.forget(py, key);
            return result;
        }
        result.and(self.leave(key))
    }

    /// Runs the steps of a socket's leave until handlers of one go on.
    pub(crate) fn leave(&self, key: SocketKey) -> PyResult<()> {
        let mut result = self.run_leave(key);
        while self.next_step(key)? {
            result = result.and(self.run_leave(key));
        }
        result
    }

    /// The handlers that went on in a step of a socket's leave have ended.
    pub(crate) fn go_on_leaving(&self, key: SocketKey) -> PyResult<()> {
        if self.next_step(key)? { self.leave(key) } else { Ok(()) }
    }

    /// Moves a leaving socket on when no handler of its step runs; whether there is another step.
    fn next_step(&self, key: SocketKey) -> PyResult<bool> {
        let server = self.server.get();
        let mut state = server.state.lock();
        let Some(Slot { phase: Phase::Leaving(leave, 0), .. }) = state.sockets.get(key) else {
            return Ok(false);
        };
        if leave.is_gone {
            drop(state);
            server.forget(self.py(), key);
            return Ok(false);
        }
        leave.is_gone = true;
        let pid = leave.pid;
        drop(state);
        self.persist(key, pid)?;
        server.tell_of_leave(self.py(), key)?;
        server.front()?.forget(key);
        PyServer::rooms_changed(self.server);
        Ok(true)
    }

    /// Runs the handlers of one step.
    fn run_leave(&self, key: SocketKey) -> PyResult<()> {
        let py = self.py();
        let mut state = self.server.get().state.lock();
        let Some(Slot { phase: Phase::Leaving(leave, _), info, pinned, .. }) =
            state.sockets.get(key)
        else {
            return Ok(());
        };
        let (leave, id, pinned) = (*leave, info.namespace, *pinned);
        drop(state);
        let Some(namespace) = self.namespace(id) else { return Ok(()) };
        let (event, handlers) = if leave.is_gone {
            ("disconnect", namespace.get().lifecycle(|table| &table.disconnect))
        } else {
            ("disconnecting", namespace.get().lifecycle(|table| &table.disconnecting))
        };
        // Only a socket that is kept may have listeners of its own.
        if handlers.handlers.is_empty() && !pinned {
            return Ok(());
        }
        let Some(socket) = PyServer::socket(self.server, key)? else { return Ok(()) };
        let own = socket.get().listeners(event.as_bytes());
        let context = self.context(key);
        let reason = DISCONNECT_REASON.get(py)?.call1((leave.reason.as_str(),))?;
        let details = leave.description.into_pyobject(py)?.into_any();
        let values = [self.shown(&socket)?, reason, details];
        let run = self.run_of(&socket, context.as_ref(), &values, values.len() - 1);
        let all = handlers.handlers.iter().map(|handler| (handler, true));
        let all =
            all.chain(own.iter().flat_map(|own| &own.handlers).map(|handler| (handler, false)));
        let mut result = Ok(());
        for (handler, shared) in all {
            let taken = if shared {
                self.take_once(&namespace, event, handler)
            } else {
                !handler.get().once || socket.get().remove(py, event, handler)
            };
            if taken {
                let told = if self.server.get().config.raw { "close" } else { event };
                let purpose = Purpose::Leave(socket.clone().unbind(), told);
                result = result.and(run.handler(handler, purpose));
            }
        }
        result
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
