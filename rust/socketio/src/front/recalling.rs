//! Row 9: namespaces whose sessions the language side keeps: it is asked what a client was that comes back.

use std::fmt;
use std::sync::Arc;

use engineio::Sid;

use crate::command::{Action, Command, NamespaceId};
use crate::event::SocketKey;
use crate::missed::Missed;
use crate::packet::{self, Body, PacketType};
use crate::socket_state::SocketState;

use super::{Front, State};

/// What a client comes back to.
#[derive(Debug)]
pub struct Recalled<'a> {
    /// The id of the socket that has ended.
    pub id: Sid,
    /// Its secret.
    pub pid: Sid,
    /// The rooms that it was in.
    pub rooms: &'a [String],
    /// The events that it has missed.
    pub missed: &'a [Body<'a>],
}

/// Why a client can't come back to what the language side has found, and begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// A socket of this id, or with this secret, is there.
    Taken,
    /// It has missed more than a client's queue holds.
    TooMuch,
    /// The inbox is full.
    NoRoom,
}

impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Taken => "a socket of this id or pid is connected",
            Self::TooMuch => "it has missed more than send_queue_bytes",
            Self::NoRoom => "more than max_inbox_bytes wait to be sent",
        })
    }
}

impl Front {
    /// From now on the language side keeps the sessions of this namespace, or this front does: an external one has no offsets, and
    /// [`Event::Recall`](crate::Event::Recall) asks about each client that wants to come back.
    pub fn set_external(&self, namespace: NamespaceId, is_external: bool) {
        self.state.lock().registry.entry_mut(namespace).is_external = is_external;
    }

    /// Answers [`Event::Recall`](crate::Event::Recall): what the client was, or that it begins anew. Whether it is back; false: it begins anew as it should,
    /// or has left.
    ///
    /// # Errors
    /// [`Unfit`]: it begins anew all the same.
    pub fn recalled(&self, key: SocketKey, session: Option<&Recalled<'_>>) -> Result<bool, Unfit> {
        let missed = match (session, self.namespace_of(key)) {
            (Some(session), Some((_, name, _))) => encode(&name, session.missed),
            _ => Vec::new(),
        };
        self.append(|state| {
            let socket = state.registry.sockets.get(key);
            if socket.is_none_or(|socket| socket.state != SocketState::Authorizing) {
                return Ok(false);
            }
            let Some(session) = session.filter(|_| state.recovery.is_some()) else {
                state.go_on(key, false);
                return Ok(false);
            };
            let room = self.check_room(&state.inbox, 0).map_err(|_| Unfit::NoRoom);
            let back = room.and_then(|()| state.recall(key, session, missed));
            state.go_on(key, back.is_ok());
            back.map(|()| true)
        })
    }
}

impl State {
    /// A socket becomes what the language side has kept.
    fn recall(
        &mut self,
        key: SocketKey,
        session: &Recalled<'_>,
        missed: Vec<Missed>,
    ) -> Result<(), Unfit> {
        let Self { registry, recovery: Some(recovery), .. } = self else { return Ok(()) };
        if !registry.is_free(session.id) || !recovery.is_free(session.pid) {
            return Err(Unfit::Taken);
        }
        if !recovery.resume_external(key, session.pid, missed) {
            return Err(Unfit::TooMuch);
        }
        registry.rename(key, session.id);
        self.join(key, session.rooms);
        Ok(())
    }

    /// A socket waits no longer for what it was: its middlewares are asked, or it is accepted.
    fn go_on(&mut self, key: SocketKey, is_back: bool) {
        let Self { registry, inbox, recovery, .. } = self;
        let Some(socket) = registry.sockets.get(key) else { return };
        let skips = recovery.as_ref().is_some_and(|it| it.options.skip_middlewares);
        if registry.entry(socket.namespace).guarded && !(is_back && skips) {
            let action = Action::Authorize { socket: key };
            inbox.commands.push_back(Command::Session(socket.conn.session, action));
        } else {
            self.accept(key);
        }
    }
}

/// The frames of events, which nobody shares.
fn encode(namespace: &str, events: &[Body<'_>]) -> Vec<Missed> {
    let frames = |&body: &Body<'_>| {
        let mut frames = Vec::new();
        packet::encode(&mut frames, PacketType::Event, namespace, None, body);
        Missed { number: None, packet: Arc::from(frames) }
    };
    events.iter().map(frames).collect()
}
