//! Row 9: sockets that end and may come back, and those that do.

use std::sync::Arc;

use engineio::{Sid, Time};

use crate::command::{Action, Command, NamespaceId};
use crate::conn::Conn;
use crate::event::{DisconnectReason, SocketKey};
use crate::recovery::{Beginning, Found, Returning, Session, Wish};
use crate::socket_state::{Cause, SocketState};

use super::hub_side::Admission;
use super::{Front, State};

impl State {
    /// A socket is accepted; one that comes back gets what it has missed up to this moment, and every later broadcast is a later command.
    pub(super) fn accept(&mut self, key: SocketKey) {
        let Self { registry, inbox, recovery, .. } = self;
        let Some(socket) = registry.sockets.get(key) else { return };
        if socket.state != SocketState::Authorizing {
            return;
        }
        let (namespace, id, session) = (socket.namespace, socket.id, socket.conn.session);
        let rooms = if socket.restored { registry.rooms_of(key) } else { Vec::new() };
        let beginning = recovery
            .as_mut()
            .map_or(Beginning::New, |recovery| recovery.accept(key, namespace, id, &rooms));
        let action = match beginning {
            Beginning::New => Action::Accept { socket: key },
            Beginning::Back(missed) => {
                let unshared = missed.iter().filter(|missed| missed.number.is_none());
                let bytes: usize = unshared.map(|missed| missed.packet.len()).sum();
                inbox.receiver_bytes += size_of_val(&missed[..]) + bytes;
                Action::Restore { socket: key, missed }
            }
            Beginning::TooLate => return self.begin_anew(key),
        };
        registry.advance(key, Cause::Accepted);
        inbox.commands.push_back(Command::Session(session, action));
    }

    /// A socket can't come back after all: its client gets a new one, about which the middlewares are asked again.
    fn begin_anew(&mut self, key: SocketKey) {
        let Self { registry, inbox, recovery, .. } = self;
        let Some(socket) = registry.sockets.get(key) else { return };
        let (namespace, issued) = (socket.namespace, socket.issued);
        let (conn, auth) = (Arc::clone(&socket.conn), socket.auth.clone());
        let session = conn.session;
        let new = registry.add_socket(namespace, Sid::new(), conn, auth, issued);
        registry.advance(key, Cause::Refused);
        if let Some(recovery) = recovery {
            recovery.forget(key);
        }
        let action = Action::Renew { socket: key, new };
        inbox.commands.push_back(Command::Session(session, action));
    }

    /// What becomes of a client that wants to come back; none when it begins anew.
    pub(super) fn come_back(
        &mut self,
        namespace: NamespaceId,
        wish: Wish,
        conn: &Arc<Conn>,
        auth: Option<&Arc<str>>,
        now: Time,
    ) -> Option<Admission> {
        let Self { registry, recovery, .. } = self;
        match recovery.as_mut()?.find(registry, namespace, wish, now)? {
            Found::Ended(session, returning) => {
                Some(self.restore(&session, returning, Arc::clone(conn), auth.cloned(), now))
            }
            Found::Living(socket) => {
                Some(Admission::Living(registry.sockets.get(socket)?.conn.session))
            }
        }
    }

    /// A socket comes back, into the rooms that it was in.
    fn restore(
        &mut self,
        session: &Session,
        returning: Returning,
        conn: Arc<Conn>,
        auth: Option<Arc<str>>,
        now: Time,
    ) -> Admission {
        let Session { namespace, id, rooms, .. } = session;
        let key = self.registry.add_socket(*namespace, *id, conn, auth, now);
        if let Some(socket) = self.registry.sockets.get_mut(key) {
            socket.restored = true;
        }
        self.leave(key, &[id.to_string()]);
        self.join(key, rooms);
        let mut skips = false;
        if let Some(recovery) = &mut self.recovery {
            recovery.resume(key, session, returning);
            skips = recovery.options.skip_middlewares;
        }
        if self.registry.entry(*namespace).guarded && !skips {
            return Admission::Guarded(key);
        }
        self.accept(key);
        Admission::Restored(key)
    }

    /// A socket ends: one that was connected, or came back to what was, may come back for some reasons. Its secret where the language side is to keep it.
    pub(super) fn keep(&mut self, key: SocketKey, reason: DisconnectReason) -> Option<Sid> {
        let Self { registry, recovery: Some(recovery), .. } = self else { return None };
        let socket = registry.sockets.get(key)?;
        let is_connected = socket.state == SocketState::Connected;
        let is_external = registry.entry(socket.namespace).is_external;
        if is_external || !reason.is_recoverable() {
            let is_kept = is_connected && reason.is_recoverable();
            let pid = recovery.forget(key).filter(|_| is_kept);
            if pid.is_none() && reason.is_recoverable() {
                recovery.lose(socket.id);
            }
            return pid;
        }
        let rooms = (is_connected || socket.restored).then(|| registry.rooms_of(key));
        recovery.keep(key, socket.namespace, socket.id, rooms);
        None
    }

    /// The rooms that a socket is in are what it may come back to, unless that was settled before.
    fn settle(&mut self, key: SocketKey) {
        if let Some(recovery) = self.recovery.as_mut().filter(|it| it.absent_in(key).is_some()) {
            recovery.settle(key, self.registry.rooms_of(key));
        }
    }
}

impl Front {
    /// A socket's `disconnecting` handlers have ended: the rooms that it is in now are what it may come back to.
    /// To be told where they are taken off one by one before it is forgotten.
    pub fn settle(&self, key: SocketKey) {
        self.state.lock().settle(key);
    }

    /// A socket's `disconnecting` handlers have ended: it leaves its rooms and is gone.
    pub fn forget(&self, key: SocketKey) {
        let mut state = self.state.lock();
        state.settle(key);
        state.registry.advance(key, Cause::Forgotten);
    }

    /// The secret with which a connected socket's client may come back; it is for that client alone.
    pub(crate) fn pid(&self, key: SocketKey) -> Option<Sid> {
        self.state.lock().recovery.as_ref()?.pid(key)
    }

    /// Drops what is too old to come back. Whether anything is left.
    pub(crate) fn sweep(&self, now: Time) -> bool {
        let mut state = self.state.lock();
        state.recovery.as_mut().is_some_and(|recovery| recovery.sweep(now))
    }

    /// Those that can't come back any more, each told once.
    pub(crate) fn take_lost(&self) -> Vec<Sid> {
        let mut state = self.state.lock();
        state.recovery.as_mut().map(|recovery| recovery.take_lost()).unwrap_or_default()
    }
}
