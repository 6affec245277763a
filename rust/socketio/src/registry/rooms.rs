//! Rooms and who is in them.

use std::sync::Arc;

use engineio::Sid;
use smallvec::SmallVec;

use crate::command::{Member, NamespaceId, Receivers, RoomId};
use crate::event::SocketKey;
use crate::socket_state::SocketState;

use super::{Registry, next_place};

#[derive(Debug)]
pub(super) struct Room {
    pub(super) name: Arc<str>,
    pub(super) namespace: NamespaceId,
    members: SmallVec<[SocketKey; 2]>,
}

impl Registry {
    /// Puts a socket into a room; the room when it is new to it.
    pub(crate) fn join(&mut self, key: SocketKey, name: &str) -> Option<RoomId> {
        let socket = self.sockets.get_mut(key)?;
        let is_closing = matches!(socket.state, SocketState::Closing(_));
        if name == socket.id.as_str() {
            if !std::mem::replace(&mut socket.in_own_room, true) {
                self.note_own_room(key, true);
            }
            return None;
        }
        let namespace = socket.namespace;
        let found = self.namespaces.get(namespace.0)?.rooms.get(name).copied();
        if found.is_some_and(|room| socket.rooms.contains_key(&room)) {
            return None;
        }
        let room = found.unwrap_or_else(|| self.make_room(namespace, name));
        if self.entry(namespace).is_watched {
            self.note_join(key, room, found.is_none() && self.socket_of(namespace, name).is_none());
        }
        let members = &mut self.rooms[room.0 as usize].members;
        let position = next_place(members);
        members.push(key);
        self.sockets.get_mut(key)?.rooms.insert(room, position);
        // One that closes gets no broadcast any more; its handlers may still read where it is.
        (!is_closing).then_some(room)
    }

    /// Takes a socket out of a room; the room when it had been in it.
    pub(crate) fn leave(&mut self, key: SocketKey, name: &str) -> Option<RoomId> {
        let socket = self.sockets.get_mut(key)?;
        if name == socket.id.as_str() {
            self.note_own_room(key, false);
            self.sockets.get_mut(key)?.in_own_room = false;
            return None;
        }
        let room = *self.namespaces.get(socket.namespace.0)?.rooms.get(name)?;
        let position = socket.rooms.remove(&room)?;
        let id = socket.id;
        self.release(room, position, id);
        Some(room)
    }

    /// The names of the rooms that a socket is in, its own first.
    pub(crate) fn rooms_of(&self, key: SocketKey) -> Vec<String> {
        let Some(socket) = self.sockets.get(key) else { return Vec::new() };
        let has_joined = socket.restored || socket.state != SocketState::Authorizing;
        let own = socket.in_own_room && has_joined;
        let own = own.then(|| socket.id.as_str().to_owned());
        let named = socket.rooms.keys().map(|room| self.rooms[room.0 as usize].name.to_string());
        own.into_iter().chain(named).collect()
    }

    /// Whom `names` mean in a namespace: for each a room, a socket's id, or nobody.
    pub(crate) fn members<'a>(
        &self,
        namespace: NamespaceId,
        names: impl Iterator<Item = &'a str>,
    ) -> Vec<Member> {
        let rooms = &self.entry(namespace).rooms;
        let mut members = Vec::new();
        for name in names {
            members.extend(rooms.get(name).map(|&room| Member::Room(room)));
            members.extend(self.socket_of(namespace, name).map(Member::Socket));
        }
        members
    }

    /// Whom a broadcast to `rooms` reaches (none: everyone); none when that is nobody.
    pub(crate) fn receivers(
        &self,
        namespace: NamespaceId,
        rooms: Option<&[String]>,
    ) -> Option<Receivers> {
        let Some(rooms) = rooms else { return Some(Receivers::Everyone) };
        let members = self.members(namespace, rooms.iter().map(String::as_str));
        match members[..] {
            [] => None,
            [member] => Some(Receivers::One(member)),
            _ => Some(Receivers::Several(members.into())),
        }
    }

    /// The sockets whom a name means, whatever their state.
    pub(crate) fn sockets_of<'a>(&'a self, member: &'a Member) -> &'a [SocketKey] {
        match member {
            Member::Room(room) => &self.rooms[room.0 as usize].members,
            Member::Socket(key) => std::slice::from_ref(key),
        }
    }

    fn make_room(&mut self, namespace: NamespaceId, name: &str) -> RoomId {
        let name: Arc<str> = name.into();
        let room = Room { name: Arc::clone(&name), namespace, members: SmallVec::new() };
        let id = if let Some(id) = self.free_rooms.pop() {
            self.rooms[id.0 as usize] = room;
            id
        } else {
            self.rooms.push(room);
            RoomId(u32::try_from(self.rooms.len() - 1).expect("fewer than 2^32 rooms"))
        };
        self.entry_mut(namespace).rooms.insert(name, id);
        id
    }

    /// Takes the member at `position`, of the id `socket`, out of a room and tells the one that moved there; a room without members is gone.
    pub(super) fn release(&mut self, id: RoomId, position: u32, socket: Sid) {
        let room = &mut self.rooms[id.0 as usize];
        room.members.swap_remove(position as usize);
        if let Some(&moved) = room.members.get(position as usize)
            && let Some(socket) = self.sockets.get_mut(moved)
        {
            socket.rooms.insert(id, position);
        }
        let (namespace, name) = (room.namespace, Arc::clone(&room.name));
        let is_empty = room.members.is_empty();
        if is_empty {
            room.members = SmallVec::new();
            self.entry_mut(namespace).rooms.remove(&name);
            self.free_rooms.push(id);
        }
        if self.entry(namespace).is_watched {
            self.note_leave(namespace, &name, socket, is_empty);
        }
    }
}
