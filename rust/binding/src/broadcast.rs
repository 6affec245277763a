//! `BroadcastOperator`: whom a broadcast reaches, and how; each modifier gives a new one.

use docstrings::documented;
use engineio::Sid;
use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use socketio::Targets;

use crate::emit::{Emission, check_timeout, message, rooms};
use crate::objects::{Flags, PyBroadcast, PyServer};
use crate::parameters::{close, compress, flag, partial};

impl PyBroadcast {
    pub(crate) fn new(server: Py<PyServer>, targets: Targets, flags: Flags) -> Self {
        let targets = Targets { volatile: flags.volatile, ..targets };
        Self { server, targets, flags, is_direct: false, is_parent: false }
    }

    pub(crate) fn to(mut self, names: &Bound<'_, PyTuple>) -> PyResult<Self> {
        self.targets.rooms.get_or_insert_default().extend(rooms(names)?);
        Ok(self)
    }

    pub(crate) fn except_(mut self, names: &Bound<'_, PyTuple>) -> PyResult<Self> {
        self.targets.except.extend(rooms(names)?);
        Ok(self)
    }

    fn same(&self, py: Python<'_>) -> Self {
        self.with(py, self.flags)
    }

    fn with(&self, py: Python<'_>, flags: Flags) -> Self {
        let Self { is_direct, is_parent, .. } = *self;
        let same = Self::new(self.server.clone_ref(py), self.targets.clone(), flags);
        Self { is_direct, is_parent, ..same }
    }

    /// Seconds for the answers: `given`, or else as usual.
    fn patience(&self, given: Option<f64>) -> f64 {
        let usual = || self.server.get().config.engine.ping_timeout.as_secs_f64();
        given.or(self.flags.timeout).unwrap_or_else(usual)
    }

    /// # Errors
    /// `RuntimeError` where what needs sockets is asked of a parent.
    fn check_sockets(&self, what: &str) -> PyResult<()> {
        if !self.is_parent {
            return Ok(());
        }
        let remedy = "ask a child, as in socket.nsp";
        let text = format!("{what} is not supported on parent namespaces: {remedy}");
        Err(PyRuntimeError::new_err(text))
    }

    fn emit_as(
        &self,
        py: Python<'_>,
        emission: &Emission<'_, '_>,
        ack: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        if ack.is_some() {
            self.check_sockets("an ack")?;
        }
        if let Some(route) = self.route(py)? {
            return route.emit(self.server.get(), emission, self.patience(None), ack);
        }
        match ack {
            None => self.send(py, emission),
            Some(function) => self.send_with_callback(py, emission, self.patience(None), function),
        }
    }
}

impl Flags {
    /// With what is given of these.
    pub(crate) fn with(
        self,
        volatile: Option<&Bound<'_, PyAny>>,
        local: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
        compress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let timeout = timeout.map(check_timeout).transpose()?;
        let given = |name, value: Option<&Bound<'_, PyAny>>| {
            value.map(|value| flag(name, value)).transpose()
        };
        Ok(Self {
            volatile: given("volatile", volatile)?.unwrap_or(self.volatile),
            local: given("local", local)?.unwrap_or(self.local),
            compress: given("compress", compress)?.or(self.compress),
            timeout: timeout.or(self.timeout),
        })
    }

    /// As an operator shows them, with a space in front of each.
    pub(crate) fn shown(self) -> String {
        let mut shown = String::new();
        for (name, given) in [("volatile", self.volatile), ("local", self.local)] {
            if given {
                shown = format!("{shown} {name}");
            }
        }
        if let Some(compress) = self.compress {
            shown = format!("{shown} compress={}", if compress { "True" } else { "False" });
        }
        if let Some(timeout) = self.timeout {
            shown = format!("{shown} timeout={timeout}");
        }
        shown
    }
}

#[documented("BroadcastOperator")]
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

    #[pyo3(name = "target", signature = (*, to=None, except_=None, volatile=None, local=None, timeout=None, compress=None))]
    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn py_target(
        &self,
        py: Python<'_>,
        to: Option<&Bound<'_, PyAny>>,
        except_: Option<&Bound<'_, PyAny>>,
        volatile: Option<&Bound<'_, PyAny>>,
        local: Option<&Bound<'_, PyAny>>,
        timeout: Option<&Bound<'_, PyAny>>,
        compress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        self.with(py, self.flags.with(volatile, local, timeout, compress)?).target(to, except_)
    }

    #[pyo3(signature = (event, *args, ack=None))]
    fn emit(
        &self,
        py: Python<'_>,
        event: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        ack: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.emit_as(py, &Emission::new(event, args)?, ack)
    }

    #[pyo3(name = "send", signature = (*args, ack=None))]
    fn py_send(
        &self,
        py: Python<'_>,
        args: &Bound<'_, PyTuple>,
        ack: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.emit_as(py, &Emission::new(&message(py), args)?, ack)
    }

    #[pyo3(signature = (event, *args, timeout=None, partial=false))]
    fn emit_with_ack(
        &self,
        py: Python<'_>,
        event: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
        timeout: Option<&Bound<'_, PyAny>>,
        #[pyo3(from_py_with = partial)] partial: bool,
    ) -> PyResult<Py<PyAny>> {
        let timeout = self.patience(timeout.map(check_timeout).transpose()?);
        let emission = Emission::new(event, args)?;
        self.check_sockets("emit_with_ack()")?;
        match self.route(py)? {
            Some(route) => route.ask(self.server.get(), &emission, timeout, partial),
            None => self.ask(py, &emission, timeout, partial),
        }
    }

    #[pyo3(signature = (*names))]
    fn sockets_join(&self, py: Python<'_>, names: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.check_sockets("sockets_join()")?;
        let names = rooms(names)?;
        if let Some(route) = self.route(py)? {
            return route.for_all("add_sockets", names).map(drop);
        }
        let server = self.server.bind(py);
        server.get().front()?.join_all(&self.targets, &names);
        PyServer::commanded(server, 0);
        PyServer::rooms_changed(server);
        Ok(())
    }

    #[pyo3(signature = (*names))]
    fn sockets_leave(&self, py: Python<'_>, names: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.check_sockets("sockets_leave()")?;
        let names = rooms(names)?;
        if let Some(route) = self.route(py)? {
            return route.for_all("delete_sockets", names).map(drop);
        }
        let server = self.server.bind(py);
        server.get().front()?.leave_all(&self.targets, &names);
        PyServer::commanded(server, 0);
        PyServer::rooms_changed(server);
        Ok(())
    }

    #[pyo3(signature = (close=false))]
    fn disconnect_sockets(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = close)] close: bool,
    ) -> PyResult<()> {
        self.check_sockets("disconnect_sockets()")?;
        if let Some(route) = self.route(py)? {
            return route.for_all("disconnect_sockets", close).map(drop);
        }
        let server = self.server.bind(py);
        server.get().front()?.disconnect_all(&self.targets, close);
        PyServer::commanded(server, 0);
        Ok(())
    }

    fn fetch_sockets(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.check_sockets("fetch_sockets()")?;
        match self.route(py)? {
            Some(route) => route.fetch("fetch_sockets"),
            None => self.fetch(py),
        }
    }

    fn all_sockets(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.check_sockets("all_sockets()")?;
        match self.route(py)? {
            Some(route) => route.fetch("all_sockets"),
            None => self.fetch_ids(py),
        }
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        let Targets { namespace, rooms, except, sender, .. } = &self.targets;
        let namespace = self.server.get().namespace_of(py, *namespace);
        // A client may have chosen it.
        let mut shown = namespace.map_or_else(String::new, |it| {
            it.get().name.bind(py).to_string_lossy().escape_debug().to_string()
        });
        if let Some(rooms) = rooms {
            shown = format!("{shown} to={rooms:?}");
        }
        let except = except.iter().map(String::as_str);
        let except: Vec<&str> = except.chain(sender.iter().map(Sid::as_str)).collect();
        if !except.is_empty() {
            shown = format!("{shown} except={except:?}");
        }
        format!("<BroadcastOperator {shown}{}>", self.flags.shown())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)
    }
}

impl PyBroadcast {
    /// With more rooms, each a name or names in an iterable.
    pub(crate) fn target(
        mut self,
        to: Option<&Bound<'_, PyAny>>,
        except_: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        if let Some(to) = to {
            self = self.to(&PyTuple::new(to.py(), [to])?)?;
        }
        if let Some(except_) = except_ {
            self = self.except_(&PyTuple::new(except_.py(), [except_])?)?;
        }
        Ok(self)
    }
}
