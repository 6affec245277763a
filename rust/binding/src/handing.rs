//! Row 6: connections of an engine alone that were handed over to a Socket.IO server: what comes from them goes on to its hub.
//!
//! The engine's server keeps for each whom it was handed to, the other one keeps its engine socket; both until it ends there.

use std::sync::Arc;

use engineio::SessionKey;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use socketio::{Attachments, CarriedId, Carrier, Content, DisconnectReason, Guest, Message, Relay};

use crate::dispatch::Pass;
use crate::events::{Incoming, weight};
use crate::objects::{Extra, Handed, PyEngineSocket, PyServer, PySocket};
use crate::phase::Phase;

impl PyServer {
    /// Takes over a connection of an engine that is served on the same loop; nothing when it has ended.
    pub(crate) fn take_over(
        slf: &Bound<'_, Self>,
        socket: &Bound<'_, PyEngineSocket>,
    ) -> PyResult<()> {
        let py = slf.py();
        let (engine, conn) = (socket.get().server.bind(py), &socket.get().conn);
        let Some(own) = &socket.get().socket else {
            let text = "the connection is a Socket.IO server's own: an Engine's are handed over";
            return Err(PyValueError::new_err(text));
        };
        Self::check_same_loop(slf, engine)?;
        let key = own.get().key;
        let mut state = engine.get().state.lock();
        let slot = state.sockets.get(key).filter(|slot| Arc::ptr_eq(&slot.info.conn, conn));
        if slot.is_none_or(|slot| matches!(slot.phase, Phase::Leaving(..))) {
            return Ok(());
        }
        if state.handed.contains_key(&conn.session) {
            return Err(PyValueError::new_err("the connection was handed over already"));
        }
        drop(state);
        let carrier: Arc<dyn Carrier> = Arc::new(Relay {
            front: Arc::clone(&engine.get().front),
            conn: Arc::clone(conn),
            mark: engine.get().config.send_queue_bytes / 4,
        });
        let id = slf.get().front()?.carry(Guest {
            sid: conn.sid,
            request: conn.request.clone(),
            transport: conn.transport(),
            carrier: Arc::clone(&carrier),
        });
        let replaced = slf.get().state.lock().guests.insert(id, socket.clone().unbind());
        drop(replaced);
        let handed = Arc::new(Handed { server: slf.clone().unbind(), id, carrier });
        let mut state = engine.get().state.lock();
        let replaced = state.handed.insert(conn.session, Arc::clone(&handed));
        let extra = state.sockets.get(key).and_then(|slot| slot.extra.as_deref_mut());
        let held = extra.map(|extra| std::mem::take(&mut extra.held)).unwrap_or_default();
        drop(state);
        drop(replaced);
        for event in held {
            handed.pass_on(py, &event.incoming());
        }
        Self::commanded(slf, 0);
        Ok(())
    }

    fn check_same_loop(slf: &Bound<'_, Self>, engine: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let (own, other) = (slf.get().serving(), engine.get().serving());
        let (Some(own), Some(other)) = (own, other) else { return Ok(()) };
        if own.event_loop.is(&other.event_loop) {
            return Ok(());
        }
        let [own, other] = [&own.event_loop, &other.event_loop].map(|it| it.bind(py));
        let text = format!(
            "the server is served on {} at {:p}, the engine on {} at {:p}: both need the same loop",
            own.repr()?,
            own.as_ptr(),
            other.repr()?,
            other.as_ptr()
        );
        Err(PyRuntimeError::new_err(text))
    }

    /// The engine socket of a connection that another server has.
    pub(crate) fn guest(&self, py: Python<'_>, id: CarriedId) -> Option<Py<PyEngineSocket>> {
        self.state.lock().guests.get(&id).map(|socket| socket.clone_ref(py))
    }

    /// To whom a session of this engine was handed over.
    fn handed(&self, session: SessionKey) -> Option<Arc<Handed>> {
        self.state.lock().handed.get(&session).map(Arc::clone)
    }
}

impl Handed {
    fn pass_on(&self, py: Python<'_>, event: &Incoming<'_>) {
        let bytes = weight(event.data, &event.attachments);
        let content = content(event.data, &event.attachments);
        let message = Message::new(content, bytes, Arc::clone(&self.carrier));
        self.server.get().front.receive_carried(self.id, message);
        PyServer::commanded(self.server.bind(py), bytes);
    }
}

fn content(data: &[u8], attachments: &Attachments) -> Content {
    match attachments.as_deref() {
        Some([bytes, ..]) => Content::Binary(bytes.clone()),
        _ => Content::Text(String::from_utf8_lossy(data).into()),
    }
}

impl Pass<'_, '_> {
    /// Passes a message of an engine alone on, where its connection was handed over; whether it was.
    pub(crate) fn pass_on(&self, socket: &PySocket, event: &Incoming<'_>) -> bool {
        let handed = self.server.get().handed(socket.info.conn.session);
        handed.as_ref().inspect(|handed| handed.pass_on(self.py(), event)).is_some()
    }

    pub(crate) fn was_handed_over(&self, socket: &PySocket) -> bool {
        self.server.get().handed(socket.info.conn.session).is_some()
    }

    /// A session of an engine alone has ended: whom it was handed to gets what has waited, and hears of the end.
    pub(crate) fn end_handed(
        &self,
        session: SessionKey,
        extra: &mut Extra,
        reason: DisconnectReason,
        description: Option<&'static str>,
    ) {
        let Some(handed) = self.server.get().state.lock().handed.remove(&session) else { return };
        for event in extra.waiting.drain(..) {
            handed.pass_on(self.py(), &event.incoming());
        }
        handed.server.get().front.end_carried(handed.id, reason, description);
        PyServer::commanded(handed.server.bind(self.py()), 0);
    }

    /// More may be sent to a session of an engine alone, or to all.
    pub(crate) fn retry_handed(&self, session: Option<SessionKey>) {
        if !self.server.get().config.raw {
            return;
        }
        let state = self.server.get().state.lock();
        let all: Vec<_> = match session {
            Some(session) => state.handed.get(&session).map(Arc::clone).into_iter().collect(),
            None => state.handed.values().map(Arc::clone).collect(),
        };
        drop(state);
        for handed in all {
            handed.server.get().front.retry_carried(handed.id);
            PyServer::commanded(handed.server.bind(self.py()), 0);
        }
    }

    /// A session that another server carries has ended.
    pub(crate) fn released(&self, id: CarriedId) {
        let socket = self.server.get().state.lock().guests.remove(&id);
        drop(socket);
    }
}
