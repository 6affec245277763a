//! Row 9: what concerns many sockets at once: who they are, their rooms, their end, and events that each is to answer.

use std::sync::Arc;

use engineio::Sid;
use foldhash::fast::RandomState;
use hashbrown::HashSet;

use crate::command::{BroadcastWithAck, Command, Member, NamespaceId, Receivers};
use crate::conn::Conn;
use crate::error::QueueFull;
use crate::event::SocketKey;
use crate::packet::{self, Body, PacketType};
use crate::registry::Registry;
use crate::socket_state::SocketState;
use crate::stats::Limit;

use super::{Front, State, Targets};

/// A broadcast whose receivers are to answer.
#[derive(Debug)]
pub struct Asked {
    /// The ack id that all of them got.
    pub id: u64,
    /// Who they are.
    pub receivers: Vec<Receiver>,
    /// The inbox is past its soft bound, so that the caller may wait.
    pub is_full: bool,
}

/// One of them.
#[derive(Debug)]
pub struct Receiver {
    /// The socket.
    pub socket: SocketKey,
    /// Its id.
    pub id: Sid,
    /// Its client's connection: `Conn::ack_settled` is to be called when its answer is no longer awaited. None when so many answers of it are awaited
    /// that this one can't be: it gets the event all the same.
    pub conn: Option<Arc<Conn>>,
}

impl Front {
    /// The sockets of whom a broadcast tells where it goes, those that close too: each with whether it is connected, as
    /// `socket.connected` shows it.
    pub fn addressed(&self, targets: &Targets) -> Vec<(SocketKey, bool)> {
        let registry = &self.state.lock().registry;
        let is_accepted = |state| state != SocketState::Authorizing;
        let keys = addressed(registry, targets, is_accepted).into_iter();
        let found = keys.filter_map(|key| Some((key, registry.sockets.get(key)?)));
        found.map(|(key, socket)| (key, socket.state.is_connected())).collect()
    }

    /// The sockets of a namespace that were accepted and are not gone, each with whether it is connected, as `socket.connected` shows it.
    pub fn sockets_in(&self, namespace: NamespaceId) -> Vec<(SocketKey, bool)> {
        let registry = &self.state.lock().registry;
        let is_connected =
            |key| registry.sockets.get(key).is_some_and(|it| it.state.is_connected());
        registry.sockets_in(namespace).iter().map(|&key| (key, is_connected(key))).collect()
    }

    /// The socket of that id in a namespace, also one whose middlewares run.
    pub fn find_socket(&self, namespace: NamespaceId, id: &str) -> Option<SocketKey> {
        self.state.lock().registry.find_socket(namespace, id)
    }

    /// [Puts](Self::join) those addressed into rooms.
    pub fn join_all(&self, targets: &Targets, rooms: &[String]) {
        self.for_all(targets, |state, key| state.join(key, rooms));
    }

    /// [Takes](Self::leave) those addressed out of rooms.
    pub fn leave_all(&self, targets: &Targets, rooms: &[String]) {
        self.for_all(targets, |state, key| state.leave(key, rooms));
    }

    /// [Ends](Self::disconnect) those addressed.
    pub fn disconnect_all(&self, targets: &Targets, close: bool) {
        self.for_all(targets, |state, key| state.disconnect(key, close));
    }

    /// Those that are connected, as `socket.connected` shows it: the rooms of one that leaves can still be read.
    fn for_all(&self, targets: &Targets, change: impl Fn(&mut State, SocketKey)) {
        self.append(|state| {
            for key in addressed(&state.registry, targets, SocketState::is_connected) {
                change(state, key);
            }
        });
    }

    /// Sends an event to many that are to answer it: those who are connected now, and nobody who comes later.
    ///
    /// # Errors
    /// [`QueueFull`]: nothing was sent.
    pub fn broadcast_with_ack(
        &self,
        targets: &Targets,
        body: Body<'_>,
    ) -> Result<Asked, QueueFull> {
        self.append(|State { registry, inbox, .. }| {
            self.check_room(inbox, body.json.len() + body.binary.len())?;
            let entry = registry.entry_mut(targets.namespace);
            let id = entry.next_ack;
            entry.next_ack += 1;
            let name = Arc::clone(&entry.name);
            let keys = connected(registry, targets);
            let sockets = keys.iter().filter_map(|&key| Some((key, registry.sockets.get(key)?)));
            let (mut receivers, mut sessions) = (Vec::new(), Vec::new());
            for (key, socket) in sockets {
                sessions.push((socket.conn.session, key));
                let conn = self.await_ack(&socket.conn);
                receivers.push(Receiver { socket: key, id: socket.id, conn });
            }
            if !sessions.is_empty() {
                inbox.receiver_bytes += size_of_val(&sessions[..]);
                let range =
                    packet::encode(&mut inbox.arena, PacketType::Event, &name, Some(id), body);
                let (receivers, volatile) = (sessions.into(), targets.volatile);
                let broadcast = BroadcastWithAck { receivers, range, volatile };
                inbox.commands.push_back(Command::BroadcastWithAck(broadcast));
            }
            Ok(Asked { id, receivers, is_full: self.is_inbox_full(inbox) })
        })
    }

    /// Begins to wait for an answer, before the hub sends what asks for it; none when too many are awaited.
    fn await_ack(&self, conn: &Arc<Conn>) -> Option<Arc<Conn>> {
        if conn.acks_awaited() as usize >= self.limits.max_pending_acks {
            self.stats.reached(Limit::MaxPendingAcks);
            return None;
        }
        conn.ack_awaited();
        Some(Arc::clone(conn))
    }
}

/// The connected sockets that a broadcast reaches, each once.
fn connected(registry: &Registry, targets: &Targets) -> Vec<SocketKey> {
    addressed(registry, targets, |state| state == SocketState::Connected)
}

/// The sockets that a broadcast means, each once, as far as their state is wanted.
fn addressed(
    registry: &Registry,
    targets: &Targets,
    is_wanted: impl Fn(SocketState) -> bool,
) -> Vec<SocketKey> {
    let namespace = targets.namespace;
    let Some(to) = registry.receivers(namespace, targets.rooms.as_deref()) else {
        return Vec::new();
    };
    let except = targets.except.iter().map(String::as_str);
    let except = except.chain(targets.sender.as_ref().map(Sid::as_str));
    let except = registry.members(namespace, except);
    let mut seen: HashSet<SocketKey, RandomState> = HashSet::default();
    for member in &except {
        seen.extend(registry.sockets_of(member));
    }
    let may_repeat = matches!(&to, Receivers::Several(_));
    let mut found = Vec::new();
    let mut visit = |keys: &[SocketKey]| {
        for &key in keys {
            let is_new = if may_repeat { seen.insert(key) } else { !seen.contains(&key) };
            let socket = registry.sockets.get(key).filter(|_| is_new);
            if socket.is_some_and(|socket| is_wanted(socket.state)) {
                found.push(key);
            }
        }
    };
    match &to {
        Receivers::Everyone => visit(registry.sockets_in(namespace)),
        Receivers::One(member) => visit(registry.sockets_of(member)),
        Receivers::Several(members) => {
            members.iter().for_each(|member: &Member| visit(registry.sockets_of(member)));
        }
    }
    found
}
