//! Row 6: what sees a socket's events before its handlers: catch-alls, then middlewares, whose events wait meanwhile.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyList, PySequence};
use socketio::SocketKey;

use crate::context::copy_of;
use crate::convert::read::Arguments;
use crate::dispatch::Pass;
use crate::events::{Found, Incoming};
use crate::handler::Handler;
use crate::objects::{Hooks, Intercepted, Purpose, PyServer, PySocket, Seen};
use crate::phase::Turn;
use crate::python::{CANCELLED_ERROR, INTERCEPT, log_failure};
use crate::reply::{Group, Reply};
use crate::run::Run;
use crate::tasks::Started;

impl<'py> Pass<'_, 'py> {
    /// Shows an event to the catch-alls of its socket, and then to its middlewares, or hands it on.
    pub(crate) fn show(
        &self,
        run: &Run<'_, 'py>,
        event: &Incoming<'_>,
        hooks: &Hooks,
        name: Arc<str>,
    ) -> PyResult<()> {
        let group = Group::new(event.ack, 0);
        let mut result = Ok(());
        for handler in &hooks.any.handlers {
            let (socket, name) = (run.socket.clone().unbind(), Arc::clone(&name));
            let reply = Reply::Aside(Arc::clone(&group));
            let purpose = Purpose::Event { socket, name, reply, serial: false };
            result = result.and(run.handler(handler, purpose));
        }
        let args = run.values[2..].iter().map(|value| value.clone().unbind()).collect();
        let is_caught = !hooks.any.handlers.is_empty();
        let seen = Arc::new(Seen { name, args, group, is_caught });
        if hooks.middlewares.handlers.is_empty() {
            return result.and(self.deliver(run.socket, run.context, event, &seen));
        }
        let kept = Incoming { seen: Some(seen), attachments: event.attachments.clone(), ..*event };
        let middlewares = Arc::clone(&hooks.middlewares);
        let intercepted = Intercepted { event: kept.keep(), middlewares, verdict: None };
        let key = run.socket.get().key;
        let mut state = self.server.get().state.lock();
        if let Some(slot) = state.sockets.get(key) {
            slot.extra().intercepted = Some(intercepted);
            state.turns.push_front(Turn::Intercept(key));
            return result;
        }
        drop(state);
        result.and(self.count(run.socket, event))
    }

    /// Calls the handlers of an event that was seen, if there are any.
    pub(crate) fn deliver(
        &self,
        socket: &Bound<'py, PySocket>,
        context: Option<&Bound<'py, PyAny>>,
        event: &Incoming<'_>,
        seen: &Arc<Seen>,
    ) -> PyResult<()> {
        let (found, _) = Found::new(socket.get(), seen.name.as_bytes());
        if found.maximum().is_none() {
            let attachments = event.attachments.clone();
            let event = Incoming { seen: Some(Arc::clone(seen)), attachments, ..*event };
            return self.unheard(socket, &event, seen.name.as_bytes());
        }
        self.count(socket, event)?;
        let mut values = Arguments::new();
        values.push(socket.clone().into_any());
        values.extend(seen.args.iter().map(|value| value.bind(self.py()).clone()));
        let run = self.run_of(socket, context, &values, values.len() - 1);
        self.call(&run, event.ack, Some(&seen.group), &found)
    }

    /// Runs the middlewares for the event of a socket that waits for them, or goes on with it when they have ended.
    pub(crate) fn intercept(&self, key: SocketKey) -> PyResult<()> {
        let mut state = self.server.get().state.lock();
        let Some(slot) = state.sockets.get(key) else { return Ok(()) };
        let Some(extra) = slot.extra.as_deref_mut() else { return Ok(()) };
        match &extra.intercepted {
            None => Ok(()),
            Some(Intercepted { verdict: None, event, middlewares }) => {
                let Some(seen) = event.seen.clone() else { return Ok(()) };
                let middlewares = Arc::clone(middlewares);
                drop(state);
                self.run_middlewares(key, &middlewares.handlers, &seen)
            }
            Some(Intercepted { verdict: Some(_), .. }) => {
                let intercepted = extra.intercepted.take();
                if !extra.waiting.is_empty() || extra.left.is_some() {
                    state.turns.push_front(Turn::Kept(key));
                }
                drop(state);
                intercepted.map_or(Ok(()), |intercepted| self.go_on(key, intercepted))
            }
        }
    }

    fn run_middlewares(
        &self,
        key: SocketKey,
        middlewares: &[Py<Handler>],
        seen: &Seen,
    ) -> PyResult<()> {
        let py = self.py();
        let Some(socket) = PyServer::socket(self.server, key)? else { return Ok(()) };
        let context = socket.get().context(py);
        let context = copy_of(context.as_ref().unwrap_or_else(|| self.serving.base.bind(py)))?;
        let args = [
            socket.clone().into_any(),
            PyList::new(py, middlewares)?.into_any(),
            seen.name.as_ref().into_pyobject(py)?.into_any(),
            PyList::new(py, &seen.args)?.into_any(),
        ];
        let started =
            self.serving.begin_middlewares(&context, INTERCEPT.get(py)?, &args, middlewares);
        let purpose = Purpose::Intercept(socket.unbind());
        self.runner.started(started.unwrap_or_else(Started::failed), purpose, false)
    }

    /// The middlewares have ended.
    fn go_on(&self, key: SocketKey, intercepted: Intercepted) -> PyResult<()> {
        let py = self.py();
        let Intercepted { event, verdict, .. } = intercepted;
        let (Some(seen), Some(verdict)) = (&event.seen, verdict) else { return Ok(()) };
        let Some(socket) = PyServer::socket(self.server, key)? else { return Ok(()) };
        let context = socket.get().context(py);
        let incoming = event.incoming();
        match verdict {
            // One of them has disconnected it.
            Ok(_) if !self.server.get().front()?.is_connected(key) => {
                self.count(&socket, &incoming)
            }
            Ok(args) => {
                let args = args.bind(py).cast::<PySequence>()?.try_iter()?;
                let args = args.map(|arg| arg.map(Bound::unbind)).collect::<PyResult<_>>()?;
                let (name, group) = (Arc::clone(&seen.name), Arc::clone(&seen.group));
                let seen = Arc::new(Seen { name, args, group, is_caught: seen.is_caught });
                self.deliver(&socket, context.as_ref(), &incoming, &seen)
            }
            Err(error) => {
                self.count(&socket, &incoming)?;
                let error = PyErr::from_value(error.into_bound(py));
                if CANCELLED_ERROR.matches(py, &error) {
                    return Ok(());
                }
                self.stopped(&socket, context.as_ref(), &seen.name, &error)
            }
        }
    }

    /// A middleware has stopped an event: the socket's listeners of `error` are told, or else the log.
    fn stopped(
        &self,
        socket: &Bound<'py, PySocket>,
        context: Option<&Bound<'py, PyAny>>,
        event: &str,
        error: &PyErr,
    ) -> PyResult<()> {
        let py = self.py();
        let Some(listeners) = socket.get().listeners(b"error") else {
            let what =
                format!("a packet middleware of {event:?}, for socket {}:", socket.get().info.id);
            log_failure(py, &what, error);
            return Ok(());
        };
        let values = [socket.clone().into_any(), error.value(py).clone().into_any()];
        let run = self.run_of(socket, context, &values, 1);
        let mut result = Ok(());
        for handler in &listeners.handlers {
            if !handler.get().once || socket.get().remove(py, "error", handler) {
                let (socket, name) = (socket.clone().unbind(), Arc::clone(&listeners.name));
                let purpose = Purpose::Event { socket, name, reply: Reply::None, serial: false };
                result = result.and(run.handler(handler, purpose));
            }
        }
        result
    }
}

impl PyServer {
    /// The middlewares of a socket have ended: a pass goes on with their event, unless the client has left.
    pub(crate) fn intercepted(
        slf: &Bound<'_, Self>,
        socket: &Py<PySocket>,
        result: &PyResult<Bound<'_, PyAny>>,
    ) {
        let py = slf.py();
        let key = socket.get().key;
        let verdict = match result {
            Ok(args) => Ok(args.clone().unbind()),
            Err(error) => Err(error.clone_ref(py).into_value(py).into_any()),
        };
        let mut state = slf.get().state.lock();
        let slot = state.sockets.get(key);
        let extra = slot.and_then(|slot| slot.extra.as_deref_mut());
        if let Some(intercepted) = extra.and_then(|extra| extra.intercepted.as_mut()) {
            intercepted.verdict = Some(verdict);
            state.turns.push_front(Turn::Intercept(key));
            return;
        }
        drop(state);
        if let Err(error) = result
            && !CANCELLED_ERROR.matches(py, error)
        {
            let what =
                format!("a packet middleware for socket {}, which had left,", socket.get().info.id);
            log_failure(py, &what, error);
        }
    }
}
