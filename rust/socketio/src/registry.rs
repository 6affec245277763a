//! What the front knows: namespaces, sockets and the rooms they are in (authoritative).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use engineio::{SessionKey, Sid, Table, Time};
use foldhash::fast::RandomState;
use smallvec::SmallVec;

use crate::command::{Member, NamespaceId, Receivers, RoomId};
use crate::conn::Conn;
use crate::event::SocketKey;
use crate::room_events::{RoomChange, RoomEvent, RoomEvents};
use crate::socket_state::{Cause, Next, SocketState};

/// A namespace: its name, its rooms and its counter of ack ids.
#[derive(Debug)]
pub(crate) struct Namespace {
    pub(crate) name: Arc<str>,
    pub(crate) guarded: bool,
    pub(crate) next_ack: u64,
    /// The language side keeps what its sockets may come back to.
    pub(crate) is_external: bool,
    /// A parent's, whom no client can join: what it emits goes to these.
    pub(crate) children: Option<BTreeSet<NamespaceId>>,
    /// The one of whose children it is.
    pub(crate) parent: Option<NamespaceId>,
    /// It is to be forgotten when it has no sockets any more.
    pub(crate) is_transient: bool,
    /// What becomes of its rooms is kept.
    pub(crate) is_watched: bool,
    /// How many sockets it has, whatever their state.
    population: usize,
    /// Those that were accepted and are not gone.
    sockets: Vec<SocketKey>,
    /// The names come from clients' wishes: hashed with a key (SipHash).
    rooms: HashMap<Arc<str>, RoomId>,
}

/// A socket: one client in one namespace.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) namespace: NamespaceId,
    pub(crate) state: SocketState,
    pub(crate) id: Sid,
    pub(crate) conn: Arc<Conn>,
    pub(crate) auth: Option<Arc<str>>,
    pub(crate) issued: Time,
    /// It has come back: its id is that of one that had ended.
    pub(crate) restored: bool,
    /// Its place in the namespace's list, once accepted.
    position: u32,
    /// The rooms, and its place in the list of each.
    rooms: hashbrown::HashMap<RoomId, u32, RandomState>,
    /// In the room of its own id, which is kept in no table.
    pub(crate) in_own_room: bool,
}

#[derive(Debug)]
struct Room {
    name: Arc<str>,
    namespace: NamespaceId,
    members: SmallVec<[SocketKey; 2]>,
}

/// The tables, consistent with each other.
#[derive(Debug)]
pub(crate) struct Registry {
    namespaces: Table<Namespace>,
    /// What a namespace that was forgotten looks like to those who still know its number.
    nowhere: Namespace,
    names: HashMap<Arc<str>, NamespaceId>,
    /// The language side makes namespaces when clients ask for them.
    pub(crate) is_dynamic: bool,
    /// Those that may have to be forgotten.
    emptied: Vec<NamespaceId>,
    pub(crate) sockets: Table<Socket>,
    /// The server makes these ids: no peer can choose collisions.
    sids: HashMap<[u8; 20], SocketKey, RandomState>,
    rooms: Vec<Room>,
    free_rooms: Vec<RoomId>,
    pub(crate) room_events: RoomEvents,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            namespaces: Table::default(),
            nowhere: Namespace::new("".into()),
            names: HashMap::new(),
            is_dynamic: false,
            emptied: Vec::new(),
            sockets: Table::default(),
            sids: HashMap::default(),
            rooms: Vec::new(),
            free_rooms: Vec::new(),
            room_events: RoomEvents::default(),
        }
    }
}

impl Namespace {
    pub(crate) fn new(name: Arc<str>) -> Self {
        Self {
            name,
            guarded: false,
            next_ack: 0,
            is_external: false,
            children: None,
            parent: None,
            is_transient: false,
            is_watched: false,
            population: 0,
            sockets: Vec::new(),
            rooms: HashMap::new(),
        }
    }

    /// The names of its rooms but those of single sockets.
    pub(crate) fn room_names(&self) -> impl Iterator<Item = &str> {
        self.rooms.keys().map(|name| &**name)
    }
}

impl Registry {
    /// The namespace of that name, made if need be.
    pub(crate) fn namespace(&mut self, name: &str) -> NamespaceId {
        if let Some(&id) = self.names.get(name) {
            return id;
        }
        let name: Arc<str> = name.into();
        let id = self.add_namespace(Namespace::new(Arc::clone(&name)));
        self.names.insert(name, id);
        id
    }

    /// Adds a namespace that no client finds.
    pub(crate) fn add_namespace(&mut self, namespace: Namespace) -> NamespaceId {
        NamespaceId(self.namespaces.insert(namespace))
    }

    /// Forgets the transient namespaces that have lost their last socket, and tells which.
    pub(crate) fn forget_empty(&mut self) -> Vec<NamespaceId> {
        let mut emptied = std::mem::take(&mut self.emptied);
        emptied.retain(|&id| self.forget_if_empty(id));
        emptied
    }

    fn forget_if_empty(&mut self, id: NamespaceId) -> bool {
        let namespace = self.namespaces.get(id.0);
        if namespace.is_none_or(|namespace| namespace.population > 0) {
            return false;
        }
        let Some(Namespace { name, parent, .. }) = self.namespaces.remove(id.0) else {
            return false;
        };
        self.names.remove(&name);
        let parent = parent.map(|parent| self.entry_mut(parent));
        if let Some(children) = parent.and_then(|parent| parent.children.as_mut()) {
            children.remove(&id);
        }
        true
    }

    /// A namespace is not forgotten.
    pub(crate) fn has_namespace(&self, id: NamespaceId) -> bool {
        self.namespaces.get(id.0).is_some()
    }

    pub(crate) fn find_namespace(&self, name: &str) -> Option<NamespaceId> {
        self.names.get(name).copied()
    }

    pub(crate) fn entry(&self, id: NamespaceId) -> &Namespace {
        self.namespaces.get(id.0).unwrap_or(&self.nowhere)
    }

    pub(crate) fn entry_mut(&mut self, id: NamespaceId) -> &mut Namespace {
        self.namespaces.get_mut(id.0).unwrap_or(&mut self.nowhere)
    }

    /// A new socket, *authorizing*.
    pub(crate) fn add_socket(
        &mut self,
        namespace: NamespaceId,
        id: Sid,
        conn: Arc<Conn>,
        auth: Option<Arc<str>>,
        issued: Time,
    ) -> SocketKey {
        self.entry_mut(namespace).population += 1;
        let socket = self.sockets.insert(Socket {
            namespace,
            state: SocketState::Authorizing,
            id,
            conn,
            auth,
            issued,
            restored: false,
            position: 0,
            rooms: hashbrown::HashMap::default(),
            in_own_room: true,
        });
        self.sids.insert(bytes(id.as_str()).unwrap_or_default(), socket);
        socket
    }

    /// The namespace that a socket waits for was found; its session, unless one of them has gone.
    pub(crate) fn enter(&mut self, key: SocketKey, namespace: NamespaceId) -> Option<SessionKey> {
        let socket = self.sockets.get_mut(key)?;
        let found = self.namespaces.get_mut(namespace.0)?;
        if socket.namespace != NamespaceId::NONE {
            return None;
        }
        self.nowhere.population -= 1;
        found.population += 1;
        socket.namespace = namespace;
        Some(socket.conn.session)
    }

    /// Whether no socket has this id, but for one that leaves.
    pub(crate) fn is_free(&self, id: Sid) -> bool {
        let holder = bytes(id.as_str()).and_then(|id| self.sids.get(&id));
        let holder = holder.and_then(|&holder| self.sockets.get(holder));
        holder.is_none_or(|holder| matches!(holder.state, SocketState::Closing(_)))
    }

    /// A socket that is not accepted yet comes back to the id of one that had ended.
    pub(crate) fn rename(&mut self, key: SocketKey, id: Sid) {
        let Some(socket) = self.sockets.get_mut(key) else { return };
        let old = std::mem::replace(&mut socket.id, id);
        socket.restored = true;
        self.sids.remove(&bytes(old.as_str()).unwrap_or_default());
        self.sids.insert(bytes(id.as_str()).unwrap_or_default(), key);
    }

    /// Moves a socket on; its session, when that changes anything.
    pub(crate) fn advance(&mut self, key: SocketKey, cause: Cause) -> Option<SessionKey> {
        let socket = self.sockets.get_mut(key)?;
        let session = socket.conn.session;
        match socket.state.after(cause)? {
            Next::State(state) => {
                socket.state = state;
                if state == SocketState::Connected {
                    socket.in_own_room = true;
                    let namespace = self.namespaces.get_mut(socket.namespace.0);
                    let list = &mut namespace.unwrap_or(&mut self.nowhere).sockets;
                    socket.position = next_place(list);
                    list.push(key);
                    self.note_own_room(key, true);
                }
            }
            Next::Gone => self.remove_socket(key),
        }
        Some(session)
    }

    /// Forgets a socket; its rooms lose it.
    fn remove_socket(&mut self, key: SocketKey) {
        self.note_own_room(key, false);
        let Some(socket) = self.sockets.remove(key) else { return };
        let namespace = self.entry_mut(socket.namespace);
        namespace.population -= 1;
        if namespace.population == 0 && namespace.is_transient {
            self.emptied.push(socket.namespace);
        }
        let id = bytes(socket.id.as_str()).unwrap_or_default();
        // One that has come back has the id of this one.
        if self.sids.get(&id) == Some(&key) {
            self.sids.remove(&id);
        }
        for (room, position) in socket.rooms {
            self.release(room, position, socket.id);
        }
        if socket.state != SocketState::Authorizing {
            let list = &mut self.entry_mut(socket.namespace).sockets;
            list.swap_remove(socket.position as usize);
            let moved = list.get(socket.position as usize).copied();
            if let Some(moved) = moved.and_then(|moved| self.sockets.get_mut(moved)) {
                moved.position = socket.position;
            }
        }
    }

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

    /// The socket of that id in a namespace.
    pub(crate) fn find_socket(&self, namespace: NamespaceId, id: &str) -> Option<SocketKey> {
        let key = *self.sids.get(&bytes(id)?)?;
        (self.sockets.get(key)?.namespace == namespace).then_some(key)
    }

    /// The socket of that id, while it is in its own room.
    fn socket_of(&self, namespace: NamespaceId, name: &str) -> Option<SocketKey> {
        let key = *self.sids.get(&bytes(name)?)?;
        let socket = self.sockets.get(key)?;
        (socket.namespace == namespace && socket.in_own_room).then_some(key)
    }

    /// The sockets of a namespace that were accepted and are not gone.
    pub(crate) fn sockets_in(&self, namespace: NamespaceId) -> &[SocketKey] {
        &self.entry(namespace).sockets
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
    fn release(&mut self, id: RoomId, position: u32, socket: Sid) {
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
            let is_gone = is_empty && self.socket_of(namespace, &name).is_none();
            self.note(namespace, RoomChange::Left, &name, socket);
            if is_gone {
                self.note(namespace, RoomChange::Deleted, &name, socket);
            }
        }
    }

    /// A socket enters the room of its own id, or leaves it, where that is shown.
    fn note_own_room(&mut self, key: SocketKey, enters: bool) {
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
    fn note_join(&mut self, key: SocketKey, room: RoomId, is_new: bool) {
        let Some(id) = self.sockets.get(key).map(|socket| socket.id) else { return };
        let Room { name, namespace, .. } = &self.rooms[room.0 as usize];
        let (name, namespace) = (Arc::clone(name), *namespace);
        if is_new {
            self.note(namespace, RoomChange::Created, &name, id);
        }
        self.note(namespace, RoomChange::Joined, &name, id);
    }

    fn note(&mut self, namespace: NamespaceId, change: RoomChange, room: &Arc<str>, socket: Sid) {
        let room = Arc::clone(room);
        self.room_events.push(RoomEvent { namespace, change, room, socket });
    }
}

/// The place of the next one in a list.
fn next_place(list: &[SocketKey]) -> u32 {
    u32::try_from(list.len()).expect("fewer than 2^32 sockets")
}

/// A name as the key of a socket's id, when it is as long as one.
fn bytes(name: &str) -> Option<[u8; 20]> {
    name.as_bytes().try_into().ok()
}
