//! Row 8: who is there, as `fetch_sockets`, `all_sockets` and `Namespace.sockets` show it.

use engineio::Sid;
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyList, PySet};
use socketio::{NamespaceId, SocketKey};

use crate::objects::{Awaited, PyBroadcast, PyServer, PySocket, Slot};
use crate::phase::{Leave, Phase};
use crate::python::REMOTE_SOCKET;

impl PyBroadcast {
    /// The sockets that it means, as `Namespace.sockets` shows them: those whose `disconnecting` handlers run are there still.
    pub(crate) fn sockets<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PySocket>>> {
        let server = self.server.bind(py);
        let known = server.get().known(server.get().front()?.addressed(&self.targets));
        let sockets = known.into_iter().map(|(key, _)| PyServer::socket(server, key).transpose());
        sockets.flatten().collect()
    }

    /// `fetch_sockets`: a `RemoteSocket` of each.
    pub(crate) fn fetch(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let server = self.server.bind(py);
        let front = server.get().front()?;
        let class = REMOTE_SOCKET.get(py)?;
        let found = PyList::empty(py);
        for socket in self.sockets(py)? {
            let rooms = PyFrozenSet::new(py, front.rooms(socket.get().key))?;
            found.append(class.call1((socket, rooms))?)?;
        }
        PyServer::settled(server, found.into_any())
    }

    /// `all_sockets`: their ids.
    pub(crate) fn fetch_ids(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let server = self.server.bind(py);
        let known = server.get().known(server.get().front()?.addressed(&self.targets));
        let ids = PySet::new(py, known.iter().map(|(_, id)| id.as_str()))?;
        PyServer::settled(server, ids.into_any())
    }
}

impl PyServer {
    /// An awaitable that has its result.
    fn settled(slf: &Bound<'_, Self>, value: Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let pending = Self::pending(slf, Awaited::Nothing)?;
        pending.get().resolve(slf.py(), Ok(value.unbind()));
        Ok(pending.into_any().unbind())
    }

    /// Those that are connected, as `Socket.connected` shows it, and their ids.
    fn known(&self, sockets: Vec<(SocketKey, bool)>) -> Vec<(SocketKey, Sid)> {
        let mut state = self.state.lock();
        let known = sockets.into_iter().filter_map(|(key, is_connected)| {
            let slot = state.sockets.get(key)?;
            let is_leaving = slot.has_left() || matches!(slot.phase, Phase::Leaving(..));
            let Slot { info, phase, .. } = slot;
            phase.is_there(is_connected).then_some((key, info.id, info.namespace, is_leaving))
        });
        let known: Vec<_> = known.collect();
        drop(state);
        // One that leaves may be back already, with the same id.
        let is_in_place = |key, id: Sid, namespace, is_leaving: bool| {
            !is_leaving || self.front.find_socket(namespace, id.as_str()) == Some(key)
        };
        let known = known.into_iter().filter_map(|(key, id, namespace, is_leaving)| {
            is_in_place(key, id, namespace, is_leaving).then_some((key, id))
        });
        known.collect()
    }

    /// The ids of the sockets of a namespace that are connected, as `Socket.connected` shows it.
    pub(crate) fn connected_ids(&self, namespace: NamespaceId) -> PyResult<Vec<Sid>> {
        let known = self.known(self.front()?.sockets_in(namespace));
        Ok(known.into_iter().map(|(_, id)| id).collect())
    }

    /// The one of that id, if it is.
    pub(crate) fn connected_socket<'py>(
        slf: &Bound<'py, Self>,
        namespace: NamespaceId,
        id: &str,
    ) -> PyResult<Option<Bound<'py, PySocket>>> {
        let server = slf.get();
        let Some(key) = server.front()?.find_socket(namespace, id) else { return Ok(None) };
        let is_connected = server.front()?.is_connected(key);
        let phase = server.state.lock().sockets.get(key).map(|slot| slot.phase);
        if !phase.is_some_and(|phase| phase.is_there(is_connected)) {
            return Ok(None);
        }
        Self::socket(slf, key)
    }
}

impl Phase {
    /// Whether a socket is shown as connected, which the front says it is or not.
    fn is_there(self, is_connected: bool) -> bool {
        match self {
            Self::Authorizing | Self::Accepted => false,
            Self::Connecting(_) | Self::Open => is_connected,
            Self::Leaving(Leave { is_gone, .. }, _) => !is_gone,
        }
    }
}
