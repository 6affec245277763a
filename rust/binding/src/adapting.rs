//! Row 8: the way through an adapter written in Python, where the server has one: what is emitted, joined and asked for goes to it first,
//! and comes back to be delivered here.

use std::sync::atomic::Ordering::Relaxed;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use socketio::{Limit, SocketKey};

use crate::convert::read::Arguments;
use crate::decode::read_array;
use crate::emit::{Data, Emission};
use crate::objects::{Flags, PyBroadcast, PyNamespace, PyServer, PySocket};
use crate::python::{is_exit, log_failure};

/// The adapters of a server, and what one of them is asked to do for whom.
pub(crate) struct Route<'py> {
    adapters: Bound<'py, PyAny>,
    core: Py<PyNamespace>,
    /// Rooms, rooms left out, flags.
    options: Bound<'py, PyTuple>,
}

impl PyServer {
    /// The adapters, where there are some written in Python.
    #[inline]
    pub(crate) fn adapters<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        if !self.is_adapted.load(Relaxed) {
            return None;
        }
        self.adapters.lock().as_ref().map(|adapters| adapters.bind(py).clone())
    }

    pub(crate) fn set_adapters(&self, adapters: Option<Py<PyAny>>) {
        let is_adapted = adapters.is_some();
        let replaced = std::mem::replace(&mut *self.adapters.lock(), adapters);
        self.is_adapted.store(is_adapted, Relaxed);
        drop(replaced);
    }

    /// An event's name and arguments as the clients will see them: plain values, which the one who emits can't change any more.
    pub(crate) fn plain<'py>(
        &self,
        py: Python<'py>,
        emission: &Emission<'_, 'py>,
    ) -> PyResult<Bound<'py, PyList>> {
        plain_values(py, &Data::of_event(self, emission)?)
    }

    /// The same of what is sent to other servers, which takes no bytes.
    pub(crate) fn plain_without_bytes<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, PyString>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyList>> {
        let emission = Emission { event, args };
        let data = Data::of_event(self, &emission)?;
        if data.body().attachments > 0 {
            let text = format!("event {:?}: bytes can't be sent to other servers", emission.name());
            return Err(PyTypeError::new_err(text));
        }
        plain_values(py, &data)
    }

    /// Tells the adapter, where there is one, that a socket has joined its namespace.
    ///
    /// # Errors
    /// Only what leaves through the loop, as below.
    #[inline]
    pub(crate) fn tell_of_socket(&self, py: Python<'_>, key: SocketKey) -> PyResult<()> {
        match self.adapters(py) {
            Some(adapters) => self.tell_adapter(&adapters, key, true),
            None => Ok(()),
        }
    }

    /// The same of one that leaves it.
    #[inline]
    pub(crate) fn tell_of_leave(&self, py: Python<'_>, key: SocketKey) -> PyResult<()> {
        match self.adapters(py) {
            Some(adapters) => self.tell_adapter(&adapters, key, false),
            None => Ok(()),
        }
    }

    #[cold]
    fn tell_adapter(
        &self,
        adapters: &Bound<'_, PyAny>,
        key: SocketKey,
        joins: bool,
    ) -> PyResult<()> {
        let py = adapters.py();
        let front = self.front()?;
        let Some(info) = front.socket(key) else { return Ok(()) };
        let Some(namespace) = self.namespace_of(py, info.namespace) else { return Ok(()) };
        let id = info.id.as_str();
        let told = if joins {
            // Into those that it comes back to nobody else has put it.
            let rooms = if info.restored { front.rooms(key) } else { vec![id.to_owned()] };
            adapters.call_method1(intern!(py, "connected"), (namespace, id, rooms))
        } else {
            // The adapter takes it off its rooms.
            front.settle(key);
            let key = (key.index, key.generation);
            adapters.call_method1(intern!(py, "left"), (namespace, id, key))
        };
        match told {
            Err(error) if is_exit(py, &error) => Err(error),
            Err(error) => {
                log_failure(py, "telling an adapter of a socket", &error);
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// A call of an adapter found no room among those that go on.
    pub(crate) fn adapter_is_full(&self) -> PyResult<()> {
        self.front()?.stats().reached(Limit::MaxAdapterCalls);
        Ok(())
    }
}

/// A packet's data as whoever gets it will see it.
fn plain_values<'py>(py: Python<'py>, data: &Data) -> PyResult<Bound<'py, PyList>> {
    let body = data.body();
    let frames = websocket::Frames::new(body.binary);
    let parts: Vec<_> = frames.map(|(_, payload)| payload.into()).collect();
    let mut values = Arguments::new();
    read_array(py, body.json, &parts, &mut values)?;
    PyList::new(py, values)
}

impl PyBroadcast {
    /// The way through the adapter; none where there is none, or it leads to nobody.
    #[inline]
    pub(crate) fn route<'py>(&self, py: Python<'py>) -> PyResult<Option<Route<'py>>> {
        match self.server.get().adapters(py) {
            Some(adapters) if !self.is_direct => self.route_through(adapters),
            _ => Ok(None),
        }
    }

    #[cold]
    fn route_through<'py>(&self, adapters: Bound<'py, PyAny>) -> PyResult<Option<Route<'py>>> {
        let py = adapters.py();
        let rooms = self.targets.rooms.as_deref();
        if rooms.is_some_and(<[String]>::is_empty) {
            return Ok(None);
        }
        let Some(core) = self.server.get().namespace_of(py, self.targets.namespace) else {
            return Ok(None);
        };
        let rooms = PyTuple::new(py, rooms.unwrap_or_default())?;
        let sender = self.targets.sender.as_ref().map(engineio::Sid::as_str);
        let except = self.targets.except.iter().map(String::as_str).chain(sender);
        let except: Vec<_> = except.collect();
        let options = (rooms, PyTuple::new(py, except)?, self.flags.to_dict(py)?);
        Ok(Some(Route { adapters, core, options: options.into_pyobject(py)? }))
    }
}

impl<'py> Route<'py> {
    pub(crate) fn emit(
        &self,
        server: &PyServer,
        emission: &Emission<'_, 'py>,
        timeout: f64,
        ack: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let py = self.adapters.py();
        let Some(function) = ack else {
            let data = server.plain(py, emission)?;
            return self.call(intern!(py, "broadcast"), (&self.core, &self.options, data));
        };
        if !function.is_callable() {
            let text = format!("ack must be callable, found {}", function.repr()?);
            return Err(PyTypeError::new_err(text));
        }
        let data = server.plain(py, emission)?;
        let args = (&self.core, &self.options, data, timeout, function);
        self.call(intern!(py, "ask_back"), args)
    }

    pub(crate) fn ask(
        &self,
        server: &PyServer,
        emission: &Emission<'_, 'py>,
        timeout: f64,
        partial: bool,
    ) -> PyResult<Py<PyAny>> {
        let py = self.adapters.py();
        let data = server.plain(py, emission)?;
        self.call(intern!(py, "ask"), (&self.core, &self.options, data, timeout, partial))
    }

    /// Has the adapter do something to all, or tell of them.
    pub(crate) fn for_all(
        &self,
        method: &str,
        argument: impl IntoPyObject<'py>,
    ) -> PyResult<Py<PyAny>> {
        let name = PyString::new(self.adapters.py(), method);
        self.call(&name, (&self.core, &self.options, argument))
    }

    /// Asks the adapter who is there.
    pub(crate) fn fetch(&self, method: &str) -> PyResult<Py<PyAny>> {
        let name = PyString::new(self.adapters.py(), method);
        self.call(&name, (&self.core, &self.options))
    }

    fn call(
        &self,
        method: &Bound<'py, PyString>,
        args: impl pyo3::call::PyCallArgs<'py>,
    ) -> PyResult<Py<PyAny>> {
        self.adapters.call_method1(method, args).map(Bound::unbind)
    }
}

impl Flags {
    /// As an adapter sees them: those that were given.
    fn to_dict(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let flags = PyDict::new(py);
        for (name, given) in [("volatile", self.volatile), ("local", self.local)] {
            if given {
                flags.set_item(name, true)?;
            }
        }
        if let Some(compress) = self.compress {
            flags.set_item("compress", compress)?;
        }
        if let Some(timeout) = self.timeout {
            flags.set_item("timeout", timeout)?;
        }
        Ok(flags)
    }
}

impl PySocket {
    /// The way of an event through an adapter that keeps what the client may miss; none where there is no such one.
    #[inline]
    pub(crate) fn kept_route<'py>(
        &self,
        py: Python<'py>,
        flags: Flags,
    ) -> PyResult<Option<Route<'py>>> {
        match self.server.get().adapters(py) {
            Some(adapters) if !flags.volatile => self.kept_route_through(adapters, flags),
            _ => Ok(None),
        }
    }

    #[cold]
    fn kept_route_through<'py>(
        &self,
        adapters: Bound<'py, PyAny>,
        flags: Flags,
    ) -> PyResult<Option<Route<'py>>> {
        let py = adapters.py();
        if self.server.get().config.recovery.is_none()
            || self.namespace.get().sessions(py).is_none()
        {
            return Ok(None);
        }
        let options = ((self.info.id.as_str(),), (), flags.to_dict(py)?);
        let (core, options) = (self.namespace.clone_ref(py), options.into_pyobject(py)?);
        Ok(Some(Route { adapters, core, options }))
    }

    /// Has the adapter put the socket into rooms or take it out of them; false where there is no adapter.
    #[inline]
    pub(crate) fn move_through(
        &self,
        py: Python<'_>,
        method: &str,
        rooms: &[String],
    ) -> PyResult<bool> {
        let Some(adapters) = self.server.get().adapters(py) else { return Ok(false) };
        adapters.call_method1(method, (&self.namespace, self.info.id.as_str(), rooms))?;
        Ok(true)
    }
}
