//! Row 9: what an adapter does to this server's sockets: `_core.AdapterCore`.

use std::sync::OnceLock;

use engineio::Sid;
use pyo3::exceptions::PyTypeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyString, PyTuple};
use socketio::{Front, SocketKey};

use crate::emit::{Emission, rooms};
use crate::objects::{Answers, Awaited, PyAdapter, PyBroadcast, PyNamespace, PyServer, PySocket};
use crate::parameters::shown;

impl PyAdapter {
    fn find(&self, sid: &Bound<'_, PyString>) -> PyResult<Option<SocketKey>> {
        let namespace = self.0.get();
        Ok(namespace.server.get().front()?.find_socket(namespace.id, &sid.to_string_lossy()))
    }

    fn front(&self) -> PyResult<&Front> {
        self.0.get().server.get().front()
    }

    fn moved(&self, py: Python<'_>) {
        let server = self.0.get().server.bind(py);
        PyServer::commanded(server, 0);
        PyServer::rooms_changed(server);
    }
}

#[pymethods]
impl PyAdapter {
    /// Of a `Namespace`.
    #[new]
    fn new(namespace: &Bound<'_, PyAny>) -> PyResult<Self> {
        let core = namespace.getattr(intern!(namespace.py(), "_core"));
        let core = core.ok().and_then(|core| core.cast_into::<PyNamespace>().ok());
        let core = core.ok_or_else(|| {
            let found = shown(namespace);
            PyTypeError::new_err(format!("an adapter is made for a Namespace, found {found}"))
        })?;
        Ok(Self(core.unbind()))
    }

    #[getter]
    fn name(&self, py: Python<'_>) -> Py<PyString> {
        self.0.get().name.clone_ref(py)
    }

    /// Where what the adapter broadcasts begins: it goes to this server's sockets.
    #[getter]
    fn here(&self, py: Python<'_>) -> PyBroadcast {
        PyBroadcast { is_direct: true, ..self.0.get().everyone(py) }
    }

    /// Puts a socket into rooms; one that is not there is nowhere.
    #[pyo3(signature = (sid, *names))]
    fn join(&self, sid: &Bound<'_, PyString>, names: &Bound<'_, PyTuple>) -> PyResult<()> {
        if let Some(key) = self.find(sid)? {
            self.front()?.join(key, &rooms(names)?);
            self.moved(sid.py());
        }
        Ok(())
    }

    /// Takes a socket out of rooms.
    #[pyo3(signature = (sid, *names))]
    fn leave(&self, sid: &Bound<'_, PyString>, names: &Bound<'_, PyTuple>) -> PyResult<()> {
        if let Some(key) = self.find(sid)? {
            self.front()?.leave(key, &rooms(names)?);
            self.moved(sid.py());
        }
        Ok(())
    }

    /// Takes a socket out of all rooms; with a key the one that has it, which may have gone though another one of its id is there.
    fn leave_all(&self, sid: &Bound<'_, PyString>, key: Option<(u32, u32)>) -> PyResult<()> {
        let key = match key {
            Some((index, generation)) => Some(SocketKey { index, generation }),
            None => self.find(sid)?,
        };
        if let Some(key) = key {
            self.front()?.leave(key, &self.front()?.rooms(key));
            self.moved(sid.py());
        }
        Ok(())
    }

    /// The rooms of a socket; none when it is not there.
    fn rooms_of<'py>(
        &self,
        sid: &Bound<'py, PyString>,
    ) -> PyResult<Option<Bound<'py, PyFrozenSet>>> {
        let Some(key) = self.find(sid)? else { return Ok(None) };
        PyFrozenSet::new(sid.py(), self.front()?.rooms(key)).map(Some)
    }

    /// The names of the rooms that there are.
    fn room_names(&self) -> PyResult<Vec<String>> {
        Ok(self.front()?.room_names(self.0.get().id))
    }

    /// The ids of the sockets in this room, those that middlewares have put there included; without a room of all.
    #[pyo3(signature = (room=None))]
    fn placed<'py>(
        &self,
        py: Python<'py>,
        room: Option<&Bound<'py, PyString>>,
    ) -> PyResult<Bound<'py, PyFrozenSet>> {
        let room = room.map(|room| room.to_string_lossy());
        let ids = self.front()?.placed(self.0.get().id, room.as_deref());
        PyFrozenSet::new(py, ids.iter().map(Sid::as_str))
    }

    /// The ids of the sockets in these rooms that were accepted; without rooms of all.
    #[pyo3(signature = (*names))]
    fn members<'py>(&self, names: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyFrozenSet>> {
        let rooms = (!names.is_empty()).then(|| rooms(names)).transpose()?;
        let ids = self.front()?.sockets_in_rooms(self.0.get().id, rooms.as_deref());
        PyFrozenSet::new(names.py(), ids.iter().map(Sid::as_str))
    }

    /// The sockets that an operator reaches now.
    #[staticmethod]
    fn addressed<'py>(
        py: Python<'py>,
        operator: &PyBroadcast,
    ) -> PyResult<Vec<Bound<'py, PySocket>>> {
        operator.sockets(py)
    }

    /// From now on the namespace's adapter is told what becomes of its rooms.
    fn watch_rooms(&self) -> PyResult<()> {
        self.0.get().watch_rooms()
    }

    /// Sends an event that many are to answer: how many they are, and what ends when all have answered, or won't any more. Each answer goes
    /// to `answered`, on the server's loop.
    #[pyo3(signature = (operator, timeout, answered, event, *args))]
    fn ask_each(
        &self,
        operator: &PyBroadcast,
        timeout: f64,
        answered: Py<PyAny>,
        event: &Bound<'_, PyAny>,
        args: &Bound<'_, PyTuple>,
    ) -> PyResult<(usize, Py<PyAny>)> {
        let py = event.py();
        let server = self.0.get().server.bind(py);
        let pending = PyServer::pending(server, Awaited::Answers(OnceLock::new()))?;
        let waiter = Answers::Each { pending: pending.clone().unbind(), answered };
        let count = operator.ask_each(py, &Emission::new(event, args)?, timeout, waiter)?;
        Ok((count, pending.into_any().unbind()))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.0)
    }
}
