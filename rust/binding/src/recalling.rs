//! Row 7: namespaces whose `sessions` keep what sockets may come back to: they are given it, and are asked for it.

use engineio::Sid;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use socketio::{Limit, Recalled, SocketKey};

use crate::context::copy_of;
use crate::decode::read_value;
use crate::dispatch::Pass;
use crate::emit::{Data, Emission};
use crate::objects::{Purpose, PyServer, PySocket};
use crate::phase::Phase;
use crate::python::{CANCELLED_ERROR, HOOK_TIMEOUT, Level, RECALL, is_exit, log_failure, log_line};
use crate::tasks::{Begun, Started};

/// What `recall` gives: id, secret, rooms, data, and the missed events, each as its name and its arguments.
type Found<'py> =
    (String, String, Vec<String>, Py<PyAny>, Vec<(Bound<'py, PyAny>, Bound<'py, PyTuple>)>);

impl<'py> Pass<'_, 'py> {
    /// A socket with this secret is about to leave its rooms: what it was is handed over.
    pub(crate) fn persist(&self, key: SocketKey, pid: Option<Sid>) -> PyResult<()> {
        let Some(pid) = pid else { return Ok(()) };
        let Some(socket) = PyServer::socket(self.server, key)? else { return Ok(()) };
        let purpose =
            Purpose::Aside(format!("persisting the session of socket {}", socket.get().info.id));
        let begun = self.hand_over(&socket, pid);
        let told = match begun.unwrap_or_else(|error| Begun::Ended(Err(error))) {
            Begun::Ended(result) => PyServer::ended(self.server, &purpose, result),
            Begun::Running(task) => PyServer::track(self.server, &task, purpose, false),
        };
        // It has run in this task.
        self.runner.look_at_task(None);
        told
    }

    fn hand_over(&self, socket: &Bound<'py, PySocket>, pid: Sid) -> PyResult<Begun<'py>> {
        let (py, this) = (socket.py(), socket.get());
        let Some(sessions) = this.namespace.get().sessions(py) else {
            return Ok(Begun::Ended(Ok(py.None().into_bound(py))));
        };
        let args = [
            PyString::new(py, this.info.id.as_str()).into_any(),
            PyString::new(py, pid.as_str()).into_any(),
            PyList::new(py, self.server.get().front()?.rooms(this.key))?.into_any(),
            socket.getattr(intern!(py, "data"))?,
        ];
        let persist = sessions.bind(py).getattr(intern!(py, "persist"))?;
        Ok(self.serving.call_aside(&copy_of(self.serving.base.bind(py))?, &persist, &args))
    }

    /// A client asks to come back: its socket waits while what it was is looked for.
    pub(crate) fn recall(&self, key: SocketKey) -> PyResult<()> {
        let py = self.py();
        let server = self.server.get();
        // It may have left meanwhile.
        let Some(info) = server.front()?.socket(key) else { return Ok(()) };
        let namespace = self.namespace(info.namespace);
        let sessions = namespace.and_then(|namespace| namespace.get().sessions(py));
        let sessions = sessions.map(|sessions| sessions.into_bound(py));
        let started = self.ask_sessions(sessions.clone(), info.auth.as_deref().unwrap_or("{}"));
        let started = started.unwrap_or_else(Started::failed);
        let purpose = Purpose::Recall(key, sessions.map(Bound::unbind));
        self.runner.started(started, purpose, false)
    }

    fn ask_sessions(
        &self,
        sessions: Option<Bound<'py, PyAny>>,
        auth: &str,
    ) -> PyResult<Started<'py>> {
        let py = self.py();
        let sessions = sessions.unwrap_or_else(|| py.None().into_bound(py));
        let timeout = self.server.get().hook_timeout.into_pyobject(py)?.into_any();
        let args = [sessions, read_value(py, auth)?, timeout];
        let context = copy_of(self.serving.base.bind(py))?;
        self.serving.begin_in(&context, RECALL.get(py)?, &args, None)
    }
}

impl PyServer {
    /// What a socket was has been looked for.
    pub(crate) fn recalled(
        slf: &Bound<'_, Self>,
        key: SocketKey,
        sessions: Option<&Py<PyAny>>,
        result: &PyResult<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let front = slf.get().front()?;
        let answered = match result {
            Ok(found) if found.is_none() => Ok(false),
            Ok(found) => Self::come_back(slf, key, sessions, found),
            Err(error) => Err(error.clone_ref(py)),
        };
        if let Err(error) = &answered {
            if HOOK_TIMEOUT.matches(py, error) {
                front.stats().reached(Limit::HookTimeout);
            }
            if !is_exit(py, error) && !CANCELLED_ERROR.matches(py, error) {
                log_failure(py, "restoring a session", error);
            }
        }
        if !answered.unwrap_or(false) {
            // Without a session there is nothing that may not fit.
            let _ = front.recalled(key, None);
        }
        Self::commanded(slf, 0);
        Ok(())
    }

    /// A socket becomes what was found; the front is told then.
    fn come_back(
        slf: &Bound<'_, Self>,
        key: SocketKey,
        sessions: Option<&Py<PyAny>>,
        found: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        let py = slf.py();
        let (id, pid, rooms, data, missed): Found<'_> = found.extract()?;
        let (Some(id), Some(pid)) = (Sid::parse(&id), Sid::parse(&pid)) else {
            let text = "sid and pid are those that persist() got: 20 letters, digits, '-' or '_'";
            return Err(PyValueError::new_err(text));
        };
        let encode = |(event, args): &(Bound<'_, PyAny>, Bound<'_, PyTuple>)| {
            Data::of_event(slf.get(), &Emission::new(event, args)?)
        };
        let missed = missed.iter().map(encode).collect::<PyResult<Vec<_>>>()?;
        let missed: Vec<_> = missed.iter().map(Data::body).collect();
        let session = Recalled { id, pid, rooms: &rooms, missed: &missed };
        match slf.get().front()?.recalled(key, Some(&session)) {
            Ok(true) => {
                let known = Self::give_data(slf, key, data);
                known.unwrap_or_else(|error| error.write_unraisable(py, None));
            }
            // It has left meanwhile: what it was is not lost with it.
            Ok(false) => Self::give_back_session(slf, sessions, id, pid, rooms, data)?,
            Err(unfit) => {
                let text = format!("a client begins anew that was to come back as {id}: {unfit}");
                log_line(py, Level::Warning, &text);
            }
        }
        Ok(true)
    }

    /// Whoever kept a session has it again.
    fn give_back_session(
        slf: &Bound<'_, Self>,
        sessions: Option<&Py<PyAny>>,
        id: Sid,
        pid: Sid,
        rooms: Vec<String>,
        data: Py<PyAny>,
    ) -> PyResult<()> {
        let py = slf.py();
        let (Some(sessions), Some(serving)) = (sessions, slf.get().serving()) else {
            return Ok(());
        };
        let persist = sessions.bind(py).getattr(intern!(py, "persist"))?;
        let args = (id.as_str(), pid.as_str(), rooms, data).into_pyobject(py)?;
        let purpose = Purpose::Aside(format!("persisting the session of socket {id}"));
        let context = copy_of(serving.base.bind(py))?;
        match serving.call_aside(&context, &persist, args.as_slice()) {
            Begun::Ended(result) => Self::ended(slf, &purpose, result),
            Begun::Running(task) => Self::track(slf, &task, purpose, false),
        }
    }

    /// A socket is known from now on, and has its data.
    fn give_data(slf: &Bound<'_, Self>, key: SocketKey, data: Py<PyAny>) -> PyResult<()> {
        let server = slf.get();
        let Some(info) = server.front()?.socket(key) else { return Ok(()) };
        let replaced = server.state.lock().sockets.insert(key, info, Phase::Authorizing);
        drop(replaced);
        let Some(socket) = Self::socket(slf, key)? else { return Ok(()) };
        let replaced = socket.get().parts.lock().data.replace(data);
        drop(replaced);
        PySocket::pin(&socket);
        Ok(())
    }
}
