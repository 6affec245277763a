//! `Socket`: what users hold of one client in one namespace.

use docstrings::documented;
use pyo3::exceptions::{PyAttributeError, PyRuntimeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyList, PyString, PyTuple};

use crate::emit::{Emission, check_timeout, message, rooms};
use crate::hooks::List;
use crate::objects::{Flags, PyBroadcast, PyEngineSocket, PyServer, PySocket, PySocketOperator};
use crate::parameters::{all_args, close, compress};
use crate::phase::{Leave, Phase};
use crate::python::{CLIENT, MISSING, WAIT_FOR, is_running};

impl PySocket {
    /// Whether its `disconnecting` handlers run, during which it shows as connected, whoever ended it.
    fn is_disconnecting(&self) -> bool {
        let mut state = self.server.get().state.lock();
        let phase = state.sockets.get(self.key).map(|slot| slot.phase);
        matches!(phase, Some(Phase::Leaving(Leave { is_gone: false, .. }, _)))
    }

    /// Whether this event, or the end of its socket, does not come any more (or not yet: nothing is sent before a socket has joined).
    fn is_too_late_for(&self, event: &Bound<'_, PyAny>) -> PyResult<bool> {
        let is_disconnecting = event.eq("disconnecting")?;
        let mut state = self.server.get().state.lock();
        Ok(match state.sockets.get(self.key).map(|slot| slot.phase) {
            None | Some(Phase::Authorizing) => true,
            Some(Phase::Leaving(leave, _)) => leave.is_gone || is_disconnecting,
            Some(_) => false,
        })
    }

    pub(crate) fn make_data(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let this = slf.get();
        let made = this.server.get().data.call0(py)?;
        let data = this.parts.lock().data.get_or_insert_with(|| made.clone_ref(py)).clone_ref(py);
        drop(made);
        Self::pin(slf);
        Ok(data)
    }
}

#[documented("Socket")]
#[pymethods]
impl PySocket {
    #[getter]
    fn id(&self, py: Python<'_>) -> Py<PyString> {
        let make = || PyString::new(py, self.info.id.as_str()).unbind();
        self.id.get_or_init(py, make).clone_ref(py)
    }

    #[getter]
    fn nsp(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.namespace.get().owner(py)
    }

    #[getter]
    fn conn(slf: &Bound<'_, Self>) -> PyResult<Py<PyEngineSocket>> {
        Self::engine(slf)
    }

    #[getter]
    fn client<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        CLIENT.get(slf.py())?.call1((slf,))
    }

    #[getter]
    fn handshake(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if let Some(handshake) = &self.parts.lock().handshake {
            return Ok(handshake.clone_ref(py));
        }
        let made = self.make_handshake(py, &self.request(py)?)?.unbind();
        let handshake =
            self.parts.lock().handshake.get_or_insert_with(|| made.clone_ref(py)).clone_ref(py);
        Ok(handshake)
    }

    #[getter]
    fn request(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        if let Some(request) = &self.parts.lock().request {
            return Ok(request.clone_ref(py));
        }
        let made = self.make_request(py)?.unbind();
        let request =
            self.parts.lock().request.get_or_insert_with(|| made.clone_ref(py)).clone_ref(py);
        Ok(request)
    }

    #[getter]
    fn data(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        if let Some(data) = &slf.get().parts.lock().data {
            return Ok(data.clone_ref(slf.py()));
        }
        Self::make_data(slf)
    }

    #[getter]
    fn connected(&self) -> PyResult<bool> {
        Ok(self.is_disconnecting() || self.server.get().front()?.is_connected(self.key))
    }

    #[getter]
    fn disconnected(&self) -> PyResult<bool> {
        Ok(!self.connected()?)
    }

    #[getter]
    fn recovered(&self) -> bool {
        self.info.restored
    }

    #[getter]
    fn rooms<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyFrozenSet>> {
        PyFrozenSet::new(py, self.server.get().front()?.rooms(self.key))
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
        event: Option<&Bound<'py, PyString>>,
        handler: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let this = slf.get();
        let Some(event) = event else {
            let listeners = std::mem::take(&mut this.parts.lock().listeners);
            drop(listeners);
            return Ok(slf.clone());
        };
        this.unlisten(slf.py(), &event.to_string_lossy(), handler)?;
        Ok(slf.clone())
    }

    #[pyo3(signature = (event, handler=None))]
    fn add_listener<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
        handler: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::add(slf, event, handler, "add_listener")
    }

    #[pyo3(signature = (event, handler=None))]
    fn prepend_listener<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
        handler: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::add(slf, event, handler, "prepend_listener")
    }

    #[pyo3(signature = (event, handler=None))]
    fn prepend_once_listener<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
        handler: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::add(slf, event, handler, "prepend_once_listener")
    }

    fn remove_listener<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyString>,
        handler: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, Self>> {
        Self::off(slf, Some(event), Some(handler))
    }

    #[pyo3(signature = (event=None))]
    fn remove_all_listeners<'py>(
        slf: &Bound<'py, Self>,
        event: Option<&Bound<'py, PyString>>,
    ) -> PyResult<Bound<'py, Self>> {
        Self::off(slf, event, None)
    }

    #[pyo3(name = "listeners")]
    fn py_listeners<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.functions(py, &event.to_string_lossy())
    }

    fn listener_count(&self, event: &Bound<'_, PyString>) -> usize {
        let listeners = self.listeners(event.to_string_lossy().as_bytes());
        listeners.map_or(0, |listeners| listeners.handlers.len())
    }

    fn event_names(&self) -> Vec<String> {
        self.names()
    }

    #[pyo3(signature = (event, timeout=None))]
    fn wait_for<'py>(
        slf: &Bound<'py, Self>,
        event: &Bound<'py, PyAny>,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let serving = slf.get().server.get().serving();
        if !serving.is_some_and(|serving| is_running(slf.py(), &serving.event_loop)) {
            return Err(PyRuntimeError::new_err("wait_for is called on the server's loop"));
        }
        let timeout = timeout.map(check_timeout).transpose()?;
        let is_too_late = slf.get().is_too_late_for(event)?;
        WAIT_FOR.get(slf.py())?.call1((slf, event, timeout, is_too_late))
    }

    fn on_any<'py>(
        slf: &Bound<'py, Self>,
        listener: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::hook(slf, List::Any, listener, false)
    }

    fn prepend_any<'py>(
        slf: &Bound<'py, Self>,
        listener: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::hook(slf, List::Any, listener, true)
    }

    fn on_any_outgoing<'py>(
        slf: &Bound<'py, Self>,
        listener: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::hook(slf, List::Outgoing, listener, false)
    }

    fn prepend_any_outgoing<'py>(
        slf: &Bound<'py, Self>,
        listener: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::hook(slf, List::Outgoing, listener, true)
    }

    fn r#use<'py>(
        slf: &Bound<'py, Self>,
        middleware: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::hook(slf, List::Middlewares, middleware, false)
    }

    #[pyo3(signature = (listener=None))]
    fn off_any<'py>(
        slf: &Bound<'py, Self>,
        listener: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        Self::unhook(slf, List::Any, listener)?;
        Ok(slf.clone())
    }

    fn listeners_any<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.hooked(py, List::Any)
    }

    #[pyo3(signature = (listener=None))]
    fn off_any_outgoing<'py>(
        slf: &Bound<'py, Self>,
        listener: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        Self::unhook(slf, List::Outgoing, listener)?;
        Ok(slf.clone())
    }

    fn listeners_any_outgoing<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        self.hooked(py, List::Outgoing)
    }

    #[pyo3(signature = (*rooms))]
    fn join(&self, py: Python<'_>, rooms: &Bound<'_, PyTuple>) -> PyResult<()> {
        let rooms = crate::emit::rooms(rooms)?;
        if self.move_through(py, "add_all", &rooms)? {
            return Ok(());
        }
        self.server.get().front()?.join(self.key, &rooms);
        PyServer::commanded(self.server.bind(py), 0);
        PyServer::rooms_changed(self.server.bind(py));
        Ok(())
    }

    #[pyo3(name = "leave", signature = (*names))]
    fn leave(&self, py: Python<'_>, names: &Bound<'_, PyTuple>) -> PyResult<()> {
        let names = rooms(names)?;
        if self.move_through(py, "delete", &names)? {
            return Ok(());
        }
        self.server.get().front()?.leave(self.key, &names);
        PyServer::commanded(self.server.bind(py), 0);
        PyServer::rooms_changed(self.server.bind(py));
        Ok(())
    }

    #[pyo3(signature = (close=false))]
    fn disconnect<'py>(
        slf: &Bound<'py, Self>,
        #[pyo3(from_py_with = close)] close: bool,
    ) -> PyResult<Bound<'py, Self>> {
        let server = slf.get().server.bind(slf.py());
        server.get().front()?.disconnect(slf.get().key, close);
        PyServer::commanded(server, 0);
        Ok(slf.clone())
    }

    #[getter]
    fn volatile(slf: &Bound<'_, Self>) -> PySocketOperator {
        Self::operator(slf, Flags { volatile: true, ..Flags::default() })
    }

    #[getter]
    fn local(slf: &Bound<'_, Self>) -> PySocketOperator {
        Self::operator(slf, Flags { local: true, ..Flags::default() })
    }

    fn compress(
        slf: &Bound<'_, Self>,
        #[pyo3(from_py_with = compress)] value: bool,
    ) -> PySocketOperator {
        Self::operator(slf, Flags { compress: Some(value), ..Flags::default() })
    }

    fn timeout(slf: &Bound<'_, Self>, seconds: &Bound<'_, PyAny>) -> PyResult<PySocketOperator> {
        let timeout = Some(check_timeout(seconds)?);
        Ok(Self::operator(slf, Flags { timeout, ..Flags::default() }))
    }

    #[pyo3(name = "target", signature = (*, to=None, except_=None, volatile=None, local=None, timeout=None, compress=None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn py_target(
        slf: &Bound<'_, Self>,
        to: Option<&Bound<'_, PyAny>>,
        except_: Option<&Bound<'_, PyAny>>,
        volatile: Option<&Bound<'_, PyAny>>,
        local: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
        compress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let flags = Flags::default().with(volatile, local, timeout, compress)?;
        Self::target(slf, to, except_, flags)
    }

    #[pyo3(signature = (*rooms))]
    fn to(&self, rooms: &Bound<'_, PyTuple>) -> PyResult<PyBroadcast> {
        self.broadcast(rooms.py(), Flags::default()).to(rooms)
    }

    #[pyo3(signature = (*rooms))]
    fn in_(&self, rooms: &Bound<'_, PyTuple>) -> PyResult<PyBroadcast> {
        self.broadcast(rooms.py(), Flags::default()).to(rooms)
    }

    #[pyo3(signature = (*rooms))]
    fn except_(&self, rooms: &Bound<'_, PyTuple>) -> PyResult<PyBroadcast> {
        self.broadcast(rooms.py(), Flags::default()).except_(rooms)
    }

    #[getter(broadcast)]
    fn py_broadcast(&self, py: Python<'_>) -> PyBroadcast {
        self.broadcast(py, Flags::default())
    }

    #[pyo3(signature = (event, *args, ack=None))]
    fn emit(
        &self,
        py: Python<'_>,
        event: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        ack: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.emit_as(py, Flags::default(), &Emission::new(event, args)?, ack)
    }

    #[pyo3(name = "send", signature = (*args, ack=None))]
    fn py_send(
        &self,
        py: Python<'_>,
        args: &Bound<'_, PyTuple>,
        ack: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.emit_as(py, Flags::default(), &Emission::new(&message(py), args)?, ack)
    }

    #[pyo3(signature = (event, *args, timeout=None, all_args=false))]
    fn emit_with_ack(
        &self,
        py: Python<'_>,
        event: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        timeout: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = all_args)] all_args: bool,
    ) -> PyResult<Py<PyAny>> {
        let timeout = timeout.map(check_timeout).transpose()?;
        let flags = Flags { timeout, ..Flags::default() };
        self.ask(py, flags, &Emission::new(event, args)?, all_args)
    }

    fn __repr__(&self) -> String {
        format!("<Socket {}>", self.info.id)
    }

    fn __getattr__(slf: &Bound<'_, Self>, name: &str) -> PyResult<Py<PyAny>> {
        let otherwise = "what belongs to it goes into its 'data'";
        let missing = MISSING.get(slf.py())?.call1((slf.get_type(), name, otherwise))?;
        Err(PyErr::from_value(missing))
    }

    fn __setattr__(slf: &Bound<'_, Self>, name: &str, value: Py<PyAny>) -> PyResult<()> {
        if name == "data" {
            let replaced = slf.get().parts.lock().data.replace(value);
            drop(replaced);
            Self::pin(slf);
            return Ok(());
        }
        Err(unsettable(slf, name))
    }

    fn __delattr__(slf: &Bound<'_, Self>, name: &str) -> PyResult<()> {
        Err(unsettable(slf, name))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)?;
        visit.call(&self.namespace)?;
        let Some(parts) = self.parts.try_lock() else { return Ok(()) };
        visit.call(&parts.data)?;
        visit.call(&parts.handshake)?;
        visit.call(&parts.request)?;
        visit.call(&parts.conn)?;
        if let Some(hooks) = &parts.hooks {
            hooks.any.traverse(&visit)?;
            hooks.middlewares.traverse(&visit)?;
        }
        let others = parts.listeners.iter().chain(&parts.outgoing);
        others.into_iter().try_for_each(|listeners| listeners.traverse(&visit))
    }

    fn __clear__(&self) {
        let parts = std::mem::take(&mut *self.parts.lock());
        drop(parts);
    }
}

fn unsettable(socket: &Bound<'_, PySocket>, name: &str) -> PyErr {
    let known = socket.get_type().hasattr(name).unwrap_or(false);
    PyAttributeError::new_err(if known {
        format!("a socket's '{name}' can't be set")
    } else {
        format!("a socket can't be given '{name}': what belongs to it goes into its 'data'")
    })
}
