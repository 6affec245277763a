//! What becomes of rooms, noted for those who watch.

use std::sync::Arc;

use engineio::Sid;

use crate::command::{NamespaceId, RoomId};
use crate::event::SocketKey;
use crate::room_events::{RoomChange, RoomEvent};
use crate::socket_state::SocketState;

use super::rooms::Room;
use super::{Registry, Socket};

impl Registry {
    /// A socket enters the room of its own id, or leaves it, where that is shown.
    pub(super) fn note_own_room(&mut self, key: SocketKey, enters: bool) {
        let Some(Socket { namespace, state, id, in_own_room: true, .. }) = self.sockets.get(key)
        else {
            return;
        };
        let (namespace, state, id) = (*namespace, *state, *id);
        let entry = self.entry(namespace);
        if !entry.is_watched || state == SocketState::Authorizing {
            return;
        }
        let name: Arc<str> = id.as_str().into();
        let is_alone = !entry.rooms.contains_key(&name);
        let changes = if enters {
            [is_alone.then_some(RoomChange::Created), Some(RoomChange::Joined)]
        } else {
            [Some(RoomChange::Left), is_alone.then_some(RoomChange::Deleted)]
        };
        for change in changes.into_iter().flatten() {
            self.note(namespace, change, &name, id);
        }
    }

    /// A socket is about to enter a room, which may be new.
    pub(super) fn note_join(&mut self, key: SocketKey, room: RoomId, is_new: bool) {
        let Some(id) = self.sockets.get(key).map(|socket| socket.id) else { return };
        let Room { name, namespace, .. } = &self.rooms[room.0 as usize];
        let (name, namespace) = (Arc::clone(name), *namespace);
        if is_new {
            self.note(namespace, RoomChange::Created, &name, id);
        }
        self.note(namespace, RoomChange::Joined, &name, id);
    }

    /// A socket has left a room, which may be empty then.
    pub(super) fn note_leave(
        &mut self,
        namespace: NamespaceId,
        room: &Arc<str>,
        socket: Sid,
        is_empty: bool,
    ) {
        self.note(namespace, RoomChange::Left, room, socket);
        // It may be some socket's own.
        if is_empty && self.socket_of(namespace, room).is_none() {
            self.note(namespace, RoomChange::Deleted, room, socket);
        }
    }

    fn note(&mut self, namespace: NamespaceId, change: RoomChange, room: &Arc<str>, socket: Sid) {
        let room = Arc::clone(room);
        self.room_events.push(RoomEvent { namespace, change, room, socket });
    }
}
