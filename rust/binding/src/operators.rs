//! `SocketOperator`: how an event reaches one client; each modifier gives a new one.

use docstrings::documented;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use socketio::Targets;

use crate::emit::{Emission, check_timeout, message};
use crate::objects::{Flags, PyBroadcast, PySocket, PySocketOperator};
use crate::parameters::{all_args, compress};

#[documented("SocketOperator")]
#[pymethods]
impl PySocketOperator {
    #[getter]
    fn volatile(&self, py: Python<'_>) -> Self {
        self.with(py, Flags { volatile: true, ..self.flags })
    }

    #[getter]
    fn local(&self, py: Python<'_>) -> Self {
        self.with(py, Flags { local: true, ..self.flags })
    }

    fn compress(&self, py: Python<'_>, #[pyo3(from_py_with = compress)] value: bool) -> Self {
        self.with(py, Flags { compress: Some(value), ..self.flags })
    }

    fn timeout(&self, py: Python<'_>, seconds: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(self.with(py, Flags { timeout: Some(check_timeout(seconds)?), ..self.flags }))
    }

    #[pyo3(signature = (*, to=None, except_=None, volatile=None, local=None, timeout=None, compress=None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn target(
        &self,
        py: Python<'_>,
        to: Option<&Bound<'_, PyAny>>,
        except_: Option<&Bound<'_, PyAny>>,
        volatile: Option<&Bound<'_, PyAny>>,
        local: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
        compress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let flags = self.flags.with(volatile, local, timeout, compress)?;
        PySocket::target(self.socket.bind(py), to, except_, flags)
    }

    #[pyo3(signature = (*rooms))]
    fn to(&self, rooms: &Bound<'_, PyTuple>) -> PyResult<PyBroadcast> {
        self.socket.get().broadcast(rooms.py(), self.flags).to(rooms)
    }

    #[pyo3(signature = (*rooms))]
    fn in_(&self, rooms: &Bound<'_, PyTuple>) -> PyResult<PyBroadcast> {
        self.socket.get().broadcast(rooms.py(), self.flags).to(rooms)
    }

    #[pyo3(signature = (*rooms))]
    fn except_(&self, rooms: &Bound<'_, PyTuple>) -> PyResult<PyBroadcast> {
        self.socket.get().broadcast(rooms.py(), self.flags).except_(rooms)
    }

    #[getter]
    fn broadcast(&self, py: Python<'_>) -> PyBroadcast {
        self.socket.get().broadcast(py, self.flags)
    }

    #[pyo3(signature = (event, *args, ack=None))]
    fn emit(
        &self,
        py: Python<'_>,
        event: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        ack: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.socket.get().emit_as(py, self.flags, &Emission::new(event, args)?, ack)
    }

    #[pyo3(signature = (*args, ack=None))]
    fn send(
        &self,
        py: Python<'_>,
        args: &Bound<'_, PyTuple>,
        ack: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.socket.get().emit_as(py, self.flags, &Emission::new(&message(py), args)?, ack)
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
        let timeout = timeout.map(check_timeout).transpose()?.or(self.flags.timeout);
        let flags = Flags { timeout, ..self.flags };
        self.socket.get().ask(py, flags, &Emission::new(event, args)?, all_args)
    }

    fn __repr__(&self) -> String {
        format!("<SocketOperator {}{}>", self.socket.get().info.id, self.flags.shown())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.socket)
    }
}

impl PySocketOperator {
    fn with(&self, py: Python<'_>, flags: Flags) -> Self {
        PySocket::operator(self.socket.bind(py), flags)
    }
}

impl PySocket {
    pub(crate) fn operator(slf: &Bound<'_, Self>, flags: Flags) -> PySocketOperator {
        PySocketOperator { socket: slf.clone().unbind(), flags }
    }

    /// To everyone in the namespace but this socket.
    pub(crate) fn broadcast(&self, py: Python<'_>, flags: Flags) -> PyBroadcast {
        let targets = Targets {
            namespace: self.info.namespace,
            rooms: None,
            except: Vec::new(),
            sender: Some(self.info.id),
            volatile: false,
        };
        PyBroadcast::new(self.server.clone_ref(py), targets, flags)
    }

    /// To others where rooms are given, else to this socket.
    pub(crate) fn target(
        slf: &Bound<'_, Self>,
        to: Option<&Bound<'_, PyAny>>,
        except_: Option<&Bound<'_, PyAny>>,
        flags: Flags,
    ) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        if to.is_none() && except_.is_none() {
            return Ok(Py::new(py, Self::operator(slf, flags))?.into_any());
        }
        Ok(Py::new(py, slf.get().broadcast(py, flags).target(to, except_)?)?.into_any())
    }

    pub(crate) fn emit_as(
        &self,
        py: Python<'_>,
        flags: Flags,
        emission: &Emission<'_, '_>,
        ack: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        match ack {
            None => match self.kept_route(py, flags)? {
                None => self.send(py, flags, emission),
                Some(route) => route.emit(self.server.get(), emission, 0.0, None),
            },
            Some(function) => self.send_with_callback(py, flags, emission, function),
        }
    }
}
