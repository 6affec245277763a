//! What the front knows: namespaces, sockets and the rooms they are in (authoritative).

mod rooms;

mod noting;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use engineio::{SessionKey, Sid, Table, Time};
use foldhash::fast::RandomState;

use crate::command::{NamespaceId, RoomId};
use crate::conn::Conn;
use crate::event::SocketKey;
use crate::room_events::RoomEvents;
use crate::socket_state::{Cause, Next, SocketState};

use rooms::Room;

/// A namespace: its name, its rooms and its counter of ack ids.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they do not depend on each other")]
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

    /// Forgets a namespace that has no sockets; whether it had none.
    pub(crate) fn forget_if_empty(&mut self, id: NamespaceId) -> bool {
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
}

/// The place of the next one in a list.
fn next_place(list: &[SocketKey]) -> u32 {
    u32::try_from(list.len()).expect("fewer than 2^32 sockets")
}

/// A name as the key of a socket's id, when it is as long as one.
fn bytes(name: &str) -> Option<[u8; 20]> {
    name.as_bytes().try_into().ok()
}
