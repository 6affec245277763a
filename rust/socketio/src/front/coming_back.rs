//! Row 9: sockets that end and may come back, and those that do.

use std::sync::Arc;

use engineio::{Sid, Time};

use crate::command::{Action, Command};
use crate::conn::Conn;
use crate::event::{DisconnectReason, SocketKey};
use crate::recovery::Session;
use crate::socket_state::{Cause, SocketState};

use super::hub_side::Admission;
use super::{Front, State};

impl State {
    /// A socket is accepted; one that comes back gets what it has missed up to this moment, and every later broadcast is a later command.
    pub(super) fn accept(&mut self, key: SocketKey) {
        let Self { registry, inbox, recovery, .. } = self;
        let Some(session) = registry.advance(key, Cause::Accepted) else { return };
        let missed = recovery.as_mut().and_then(|recovery| {
            let socket = registry.sockets.get(key)?;
            let rooms = if socket.restored { registry.rooms_of(key) } else { Vec::new() };
            recovery.accept(key, socket.namespace, socket.id, &rooms)
        });
        let action = match missed {
            None => Action::Accept { socket: key },
            Some(missed) => {
                inbox.receiver_bytes += size_of_val(&missed[..]);
                Action::Restore { socket: key, missed }
            }
        };
        inbox.commands.push_back(Command::Session(session, action));
    }

    /// A socket comes back, into the rooms that it was in.
    pub(super) fn restore(
        &mut self,
        session: &Session,
        offset: u64,
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
            recovery.resume(key, session, offset);
            skips = recovery.options.skip_middlewares;
        }
        if self.registry.entry(*namespace).guarded && !skips {
            return Admission::Guarded(key);
        }
        self.accept(key);
        Admission::Restored(key)
    }

    /// A socket ends: one that was connected may come back, for some reasons.
    pub(super) fn keep(&mut self, key: SocketKey, reason: DisconnectReason) {
        let Self { registry, recovery: Some(recovery), .. } = self else { return };
        let Some(socket) = registry.sockets.get(key) else { return };
        if reason.is_recoverable() {
            let is_connected = socket.state == SocketState::Connected;
            let rooms = is_connected.then(|| registry.rooms_of(key));
            recovery.keep(key, socket.namespace, socket.id, rooms);
        } else {
            recovery.forget(key);
        }
    }
}

impl Front {
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
