//! Row 7: a socket's end on the loop's side: `disconnecting`, `disconnect`.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use socketio::{DisconnectReason, SocketKey};

use crate::dispatch::Pass;
use crate::objects::{Extra, Purpose, PyServer, Slot};
use crate::phase::{Leave, Phase};
use crate::python::{DISCONNECT_REASON, Level, log_line};

impl Pass<'_, '_> {
    /// A socket has ended. What waits for it ends at once; its handlers hear of it when those events have ended that a handler holds back that runs alone.
    pub(crate) fn disconnected(&self, key: SocketKey, leave: Leave) -> PyResult<()> {
        let py = self.py();
        let server = self.server.get();
        let mut state = server.state.lock();
        let is_stopping = state.stop.is_some();
        let Some(slot) = state.sockets.get(key) else {
            drop(state);
            server.front()?.forget(key);
            server.forget_empty(py);
            return Ok(());
        };
        // It left while its middlewares ran, or before the hub knew of their verdict: its handlers never heard of it.
        let unheard = matches!(slot.phase, Phase::Authorizing | Phase::Accepted);
        let is_back = slot.info.restored;
        let is_deferred = !is_stopping
            && leave.reason.is_peers()
            && slot.is_held_by_order(server.max_running_handlers);
        let mut cancellable = Vec::new();
        if let Some(extra) = slot.extra.as_deref_mut() {
            extra.left = is_deferred.then_some(leave);
            cancellable = std::mem::take(&mut extra.cancellable);
        }
        drop(state);
        self.keep_away(key, leave)?;
        if !is_deferred {
            self.drop_waiting(key, leave)?;
        }
        let mut result = PyServer::end_acks(self.server, key, "the client left before it answered");
        for task in cancellable {
            result = result.and(task.call_method0(py, intern!(py, "cancel")).map(drop));
        }
        if is_deferred {
            return result;
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

    /// The events of a socket that has left have ended as far as they start.
    pub(crate) fn leave_deferred(&self, key: SocketKey, leave: Leave) -> PyResult<()> {
        self.drop_waiting(key, leave)?;
        self.leave(key)
    }

    /// A socket begins to leave: nothing of what its client has sent starts any more.
    fn drop_waiting(&self, key: SocketKey, leave: Leave) -> PyResult<()> {
        let server = self.server.get();
        let mut state = server.state.lock();
        let Some(slot) = state.sockets.get(key) else { return Ok(()) };
        slot.phase = Phase::Leaving(leave, 0);
        let (conn, id, running) = (Arc::clone(&slot.info.conn), slot.info.id, slot.running);
        let mut extra = slot.extra.take().unwrap_or_default();
        drop(state);
        if server.config.raw {
            self.end_handed(conn.session, &mut extra, leave.reason, leave.description);
        }
        let Extra { waiting, held, intercepted, .. } = *extra;
        let intercepted = intercepted.map(|intercepted| intercepted.event);
        let dropped = waiting.len() + usize::from(intercepted.is_some());
        // Those of one that the server has disconnected are for nobody.
        if dropped > 0 && leave.reason != DisconnectReason::ServerNamespaceDisconnect {
            let whom = if intercepted.is_some() {
                "its packet middlewares ran".to_owned()
            } else if running >= server.max_running_handlers {
                format!("{running} of its handlers ran (max_running_handlers)")
            } else {
                "a handler ran that runs alone (ordering)".to_owned()
            };
            let text = format!("dropped {dropped} events of socket {id}: it left while {whom}");
            log_line(self.py(), Level::Warning, &text);
        }
        for event in waiting.into_iter().chain(held).chain(intercepted) {
            server.front()?.started(&conn, event.weight());
        }
        Ok(())
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
}
