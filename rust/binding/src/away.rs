//! Row 7: sockets that have ended and may come back: their `data` waits for them.

use engineio::Sid;
use pyo3::prelude::*;
use socketio::SocketKey;

use crate::dispatch::Pass;
use crate::objects::{PyServer, PySocket};
use crate::phase::Leave;

impl Pass<'_, '_> {
    /// A socket has ended: where it may come back, its object is kept until it does, or until [`lost`](Self::lost).
    pub(crate) fn keep_away(&self, key: SocketKey, leave: Leave) -> PyResult<()> {
        let server = self.server.get();
        let is_kept = server.config.recovery.is_some() && leave.pid.is_none();
        if !is_kept || !leave.reason.is_recoverable() {
            return Ok(());
        }
        let Some(socket) = PyServer::socket(self.server, key)? else { return Ok(()) };
        let id = socket.get().info.id;
        let replaced = server.state.lock().away.insert(id, socket.unbind());
        drop(replaced);
        Ok(())
    }

    /// A socket has come back, and is known from now on: what was its `data` is so again.
    pub(crate) fn give_back(&self, key: SocketKey, id: Sid) -> PyResult<()> {
        let py = self.py();
        let Some(ended) = self.server.get().state.lock().away.remove(&id) else {
            return Ok(());
        };
        let mut data = ended.get().parts.lock().data.as_ref().map(|data| data.clone_ref(py));
        // Its handlers may run still, and what they note there is for the one that is back.
        if data.is_none() && self.server.get().state.lock().sockets.get(ended.get().key).is_some() {
            let made = PySocket::make_data(ended.bind(py));
            data = made.map_err(|error| error.write_unraisable(py, None)).ok();
        }
        if let (Some(data), Some(socket)) = (data, PyServer::socket(self.server, key)?) {
            let replaced = socket.get().parts.lock().data.replace(data);
            drop(replaced);
            PySocket::pin(&socket);
        }
        Ok(())
    }

    /// A socket can't come back.
    pub(crate) fn lost(&self, id: Sid) {
        let lost = self.server.get().state.lock().away.remove(&id);
        drop(lost);
    }

    /// No socket can come back any more.
    pub(crate) fn lose_all(&self) {
        let lost = std::mem::take(&mut self.server.get().state.lock().away);
        drop(lost);
    }
}
