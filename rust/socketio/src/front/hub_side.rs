//! What the hub asks of the front.

use std::sync::Arc;

use engineio::{SessionKey, Sid, Time};

use crate::command::{Inbox, NamespaceId};
use crate::conn::Conn;
use crate::event::{DisconnectReason, SocketKey};
use crate::gauge::Count;
use crate::recovery::{Recovery, Wish, wish};
use crate::socket_state::{Cause, SocketState};
use crate::stats::Limit;

use super::{Front, State};

/// What a client's wish for a namespace came to.
pub(crate) enum Admission {
    Unknown,
    /// The language side has to find it.
    Sought(SocketKey),
    /// The language side has to find what it was.
    Recalled(SocketKey),
    /// Its middlewares have to be asked.
    Guarded(SocketKey),
    Connected(SocketKey, Sid),
    /// It comes back: a command follows.
    Restored(SocketKey),
    /// It wants to come back to what this session has, which is to be closed first.
    Living(SessionKey),
}

/// How much capacity the inbox's list of commands keeps.
const COMMANDS_KEPT: usize = 4096;

impl Front {
    /// A hub begins to take commands.
    pub(crate) fn begin(&self, all_events: Arc<Count>, recovery: Option<Recovery>) {
        let mut state = self.state.lock();
        state.all_events = all_events;
        state.recovery = recovery.map(Box::new);
        state.served = true;
        state.armed = false;
    }

    /// The hub has ended: what is emitted from now on is dropped.
    pub(crate) fn end(&self) {
        let mut state = self.state.lock();
        state.served = false;
        state.awaited = false;
        let left = std::mem::take(&mut state.inbox);
        state.all_events = Arc::default();
        state.recovery = None;
        drop(state);
        // Those who carry sessions hear of messages that nobody takes.
        drop(left);
    }

    pub(crate) fn admit(
        &self,
        conn: &Arc<Conn>,
        name: &str,
        auth: Option<&Arc<str>>,
        wish: Option<Wish>,
        now: Time,
    ) -> Admission {
        let id = Sid::new();
        let state = &mut *self.state.lock();
        let registry = &mut state.registry;
        let Some(namespace) = registry.find_namespace(name) else {
            if !registry.is_dynamic {
                return Admission::Unknown;
            }
            let (conn, auth) = (Arc::clone(conn), auth.cloned());
            return Admission::Sought(registry.add_socket(NamespaceId::NONE, id, conn, auth, now));
        };
        let is_external = registry.entry(namespace).is_external;
        if let Some(wish) = wish
            && !is_external
            && let Some(admission) = state.come_back(namespace, wish, conn, auth, now)
        {
            return admission;
        }
        let (conn, auth) = (Arc::clone(conn), auth.cloned());
        let socket = state.registry.add_socket(namespace, id, conn, auth, now);
        if is_external && wish.is_some() && state.recovery.is_some() {
            return Admission::Recalled(socket);
        }
        state.admit(socket, namespace, id)
    }

    /// The same for a socket whose namespace was found.
    pub(crate) fn admit_found(&self, key: SocketKey) -> Admission {
        let state = &mut *self.state.lock();
        let Some(socket) = state.registry.sockets.get(key) else { return Admission::Unknown };
        let (namespace, id) = (socket.namespace, socket.id);
        let is_external = state.recovery.is_some() && state.registry.entry(namespace).is_external;
        if is_external && socket.auth.as_deref().and_then(wish).is_some() {
            return Admission::Recalled(key);
        }
        state.admit(key, namespace, id)
    }

    pub(crate) fn namespace_of(&self, key: SocketKey) -> Option<(NamespaceId, Arc<str>, Sid)> {
        let registry = &self.state.lock().registry;
        let socket = registry.sockets.get(key)?;
        let name = Arc::clone(&registry.entry(socket.namespace).name);
        Some((socket.namespace, name, socket.id))
    }

    /// The hub ends a socket; with which reason the language side has to hear of it, unless it has forgotten it already: the first cause wins.
    /// Beside it the secret of one whose session the language side is to keep.
    pub(crate) fn ended(
        &self,
        key: SocketKey,
        reason: DisconnectReason,
    ) -> Option<(DisconnectReason, Option<Sid>)> {
        let state = &mut *self.state.lock();
        let before = state.registry.sockets.get(key)?.state;
        let reason = match before {
            SocketState::Closing(first) => first,
            SocketState::Authorizing | SocketState::Connected => reason,
        };
        let pid = state.keep(key, reason);
        state.registry.advance(key, Cause::Ended(reason));
        Some((reason, pid))
    }

    /// Swaps the inbox with `inbox`, which is to be empty. Whether somebody waits for the room.
    pub(crate) fn take(&self, inbox: &mut Inbox, now: Time) -> bool {
        inbox.commands.shrink_to(COMMANDS_KEPT);
        let mut state = self.state.lock();
        std::mem::swap(&mut state.inbox, inbox);
        if state.recovery.as_mut().is_some_and(|recovery| recovery.mark(now)) {
            self.stats.reached(Limit::MaxRecoveryBytes);
        }
        std::mem::take(&mut state.awaited)
    }

    /// Arms the wake-up when there is nothing to take.
    pub(crate) fn park(&self) -> bool {
        let mut state = self.state.lock();
        state.armed = state.inbox.commands.is_empty() && !state.awaited;
        state.armed
    }
}

impl State {
    /// A new socket is accepted, or its middlewares have to be asked.
    fn admit(&mut self, socket: SocketKey, namespace: NamespaceId, id: Sid) -> Admission {
        if self.registry.entry(namespace).guarded {
            return Admission::Guarded(socket);
        }
        self.registry.advance(socket, Cause::Accepted);
        if let Some(recovery) = &mut self.recovery {
            recovery.accept(socket, namespace, id, &[]);
        }
        Admission::Connected(socket, id)
    }
}
