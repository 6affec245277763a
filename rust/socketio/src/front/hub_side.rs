//! What the hub asks of the front.

use std::sync::Arc;

use engineio::{Sid, Time};

use crate::command::{Inbox, NamespaceId};
use crate::conn::Conn;
use crate::event::{DisconnectReason, SocketKey};
use crate::gauge::Count;
use crate::socket_state::{Cause, SocketState};

use super::Front;

/// What a client's wish for a namespace came to.
pub(crate) enum Admission {
    Unknown,
    /// The language side has to find it.
    Sought(SocketKey),
    /// Its middlewares have to be asked.
    Guarded(SocketKey),
    Connected(SocketKey, Sid),
}

/// How much capacity the inbox's list of commands keeps.
const COMMANDS_KEPT: usize = 4096;

impl Front {
    /// A hub begins to take commands.
    pub(crate) fn begin(&self, all_events: Arc<Count>) {
        let mut state = self.state.lock();
        state.all_events = all_events;
        state.served = true;
        state.armed = false;
    }

    /// The hub has ended: what is emitted from now on is dropped.
    pub(crate) fn end(&self) {
        let mut state = self.state.lock();
        state.served = false;
        state.awaited = false;
        state.inbox = Inbox::default();
        state.all_events = Arc::default();
    }

    pub(crate) fn admit(
        &self,
        conn: &Arc<Conn>,
        name: &str,
        auth: Option<Arc<str>>,
        now: Time,
    ) -> Admission {
        let id = Sid::new();
        let registry = &mut self.state.lock().registry;
        let Some(namespace) = registry.find_namespace(name) else {
            if !registry.is_dynamic {
                return Admission::Unknown;
            }
            let conn = Arc::clone(conn);
            return Admission::Sought(registry.add_socket(NamespaceId::NONE, id, conn, auth, now));
        };
        let socket = registry.add_socket(namespace, id, Arc::clone(conn), auth, now);
        if registry.entry(namespace).guarded {
            return Admission::Guarded(socket);
        }
        registry.advance(socket, Cause::Accepted);
        Admission::Connected(socket, id)
    }

    /// The same for a socket whose namespace was found.
    pub(crate) fn admit_found(&self, key: SocketKey) -> Admission {
        let registry = &mut self.state.lock().registry;
        let Some(socket) = registry.sockets.get(key) else { return Admission::Unknown };
        let (namespace, id) = (socket.namespace, socket.id);
        if registry.entry(namespace).guarded {
            return Admission::Guarded(key);
        }
        registry.advance(key, Cause::Accepted);
        Admission::Connected(key, id)
    }

    pub(crate) fn namespace_of(&self, key: SocketKey) -> Option<(NamespaceId, Arc<str>, Sid)> {
        let registry = &self.state.lock().registry;
        let socket = registry.sockets.get(key)?;
        let name = Arc::clone(&registry.entry(socket.namespace).name);
        Some((socket.namespace, name, socket.id))
    }

    /// The hub ends a socket; with which reason the language side has to hear of it, unless it has forgotten it already: the first cause wins.
    pub(crate) fn ended(
        &self,
        key: SocketKey,
        reason: DisconnectReason,
    ) -> Option<DisconnectReason> {
        let registry = &mut self.state.lock().registry;
        let before = registry.sockets.get(key)?.state;
        registry.advance(key, Cause::Ended(reason));
        Some(match before {
            SocketState::Closing(first) => first,
            SocketState::Authorizing | SocketState::Connected => reason,
        })
    }

    /// Swaps the inbox with `inbox`, which is to be empty. Whether somebody waits for the room.
    pub(crate) fn take(&self, inbox: &mut Inbox) -> bool {
        inbox.commands.shrink_to(COMMANDS_KEPT);
        let mut state = self.state.lock();
        std::mem::swap(&mut state.inbox, inbox);
        std::mem::take(&mut state.awaited)
    }

    /// Arms the wake-up when there is nothing to take.
    pub(crate) fn park(&self) -> bool {
        let mut state = self.state.lock();
        state.armed = state.inbox.commands.is_empty() && !state.awaited;
        state.armed
    }
}
