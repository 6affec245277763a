//! `BroadcastOperator` and `SocketOperator`: whom an emit reaches, and how; each modifier gives a new one.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use socketio::Targets;

use crate::emit::{Emission, check_timeout, message};
use crate::objects::{Flags, PyBroadcast, PySocket, PySocketOperator};

#[pymethods]
impl PyBroadcast {
    #[pyo3(name = "to", signature = (*rooms))]
    fn py_to(&self, rooms: &Bound<'_, PyTuple>) -> PyResult<Self> {
        self.same(rooms.py()).to(rooms)
    }

    #[pyo3(name = "in_", signature = (*rooms))]
    fn py_in(&self, rooms: &Bound<'_, PyTuple>) -> PyResult<Self> {
        self.same(rooms.py()).to(rooms)
    }

    #[pyo3(name = "except_", signature = (*rooms))]
    fn py_except(&self, rooms: &Bound<'_, PyTuple>) -> PyResult<Self> {
        self.same(rooms.py()).except_(rooms)
    }

    #[getter(volatile)]
    fn py_volatile(&self, py: Python<'_>) -> Self {
        self.same(py).volatile()
    }

    #[getter]
    fn local(&self, py: Python<'_>) -> Self {
        self.same(py)
    }

    #[pyo3(signature = (event, *args))]
    fn emit(
        &self,
        py: Python<'_>,
        event: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
    ) -> PyResult<Py<PyAny>> {
        self.send(py, &Emission::new(event, args)?)
    }

    #[pyo3(name = "send", signature = (*args))]
    fn py_send(&self, py: Python<'_>, args: &Bound<'_, PyTuple>) -> PyResult<Py<PyAny>> {
        self.send(py, &Emission::new(&message(py), args)?)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)
    }
}

#[pymethods]
impl PySocketOperator {
    #[getter]
    fn volatile(&self, py: Python<'_>) -> Self {
        PySocket::operator(self.socket.bind(py), Flags { volatile: true, ..self.flags })
    }

    fn timeout(&self, py: Python<'_>, seconds: &Bound<'_, PyAny>) -> PyResult<Self> {
        let flags = Flags { timeout: Some(check_timeout(seconds)?), ..self.flags };
        Ok(PySocket::operator(self.socket.bind(py), flags))
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
        all_args: bool,
    ) -> PyResult<Py<PyAny>> {
        let timeout = timeout.map(check_timeout).transpose()?.or(self.flags.timeout);
        let flags = Flags { timeout, ..self.flags };
        self.socket.get().ask(py, flags, &Emission::new(event, args)?, all_args)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.socket)
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
            volatile: flags.volatile,
        };
        PyBroadcast { server: self.server.clone_ref(py), targets }
    }

    pub(crate) fn emit_as(
        &self,
        py: Python<'_>,
        flags: Flags,
        emission: &Emission<'_, '_>,
        ack: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        match ack {
            None => self.send(py, flags, emission),
            Some(function) => self.send_with_callback(py, flags, emission, function),
        }
    }
}
