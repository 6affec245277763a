//! What is sent: to one socket, to a client's engine, to many.

use std::sync::Arc;

use engineio::{Frame, Sid};

use crate::command::{Action, Broadcast, Command, Inbox, NamespaceId, Receivers};
use crate::conn::Conn;
use crate::error::QueueFull;
use crate::event::SocketKey;
use crate::packet::{self, Body, PacketType};
use crate::recovery::Addressees;
use crate::registry::Namespace;
use crate::socket_state::SocketState;
use crate::stats::Limit;

use super::{Front, State};

/// What one socket is sent.
#[derive(Clone, Copy, Debug)]
pub enum Outbound<'a> {
    /// An event.
    Event(Body<'a>),
    /// An event to be answered: it gets the namespace's next ack id.
    EventWithAck(Body<'a>),
    /// The answer to the client's event with this id.
    Answer(u64, Body<'a>),
}

/// What became of a packet for one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The socket has gone: dropped.
    Gone,
    /// In the inbox.
    Queued {
        /// The ack id that it got.
        id: Option<u64>,
        /// Bytes that wait for this client, this packet counted.
        unsent_bytes: usize,
    },
}

/// Whom a broadcast is for.
#[derive(Clone, Debug)]
pub struct Targets {
    /// The namespace.
    pub namespace: NamespaceId,
    /// The union of these rooms; none is everyone, an empty list nobody.
    pub rooms: Option<Vec<String>>,
    /// Not the members of these.
    pub except: Vec<String>,
    /// Not the members of the room of this id: the sender.
    pub sender: Option<Sid>,
    /// Dropped for a client that is not ready.
    pub volatile: bool,
}

impl Front {
    /// Sends a packet to one socket.
    ///
    /// # Errors
    /// [`QueueFull`]: nothing was sent.
    pub fn send(
        &self,
        key: SocketKey,
        outbound: Outbound<'_>,
        volatile: bool,
    ) -> Result<Sent, QueueFull> {
        self.append(|state| {
            let State { registry, inbox, recovery, .. } = state;
            let socket = registry.sockets.get(key);
            let socket = socket.filter(|it| !matches!(it.state, SocketState::Closing(_)));
            let Some(socket) = socket else {
                if let (Outbound::Event(body), false, Some(recovery)) =
                    (outbound, volatile, recovery)
                    && let Some(namespace) = recovery.absent_in(key)
                {
                    self.check_room(inbox, body.json.len() + body.binary.len())?;
                    recovery.write_absent(key, &registry.entry(namespace).name, body);
                }
                return Ok(Sent::Gone);
            };
            let (namespace, conn) = (socket.namespace, Arc::clone(&socket.conn));
            let (socket_id, is_connected) = (socket.id, socket.state == SocketState::Connected);
            let (Outbound::Event(body) | Outbound::EventWithAck(body) | Outbound::Answer(_, body)) =
                outbound;
            self.check_room(inbox, body.json.len() + body.binary.len())?;
            let entry = registry.entry_mut(namespace);
            let (kind, id) = match outbound {
                Outbound::Event(_) => (PacketType::Event, None),
                Outbound::EventWithAck(_) => {
                    entry.next_ack += 1;
                    (PacketType::Event, Some(entry.next_ack - 1))
                }
                Outbound::Answer(id, _) => (PacketType::Ack, Some(id)),
            };
            let range = match (outbound, recovery) {
                (Outbound::Event(_), Some(recovery))
                    if is_connected && !volatile && !entry.is_external =>
                {
                    let to = Addressees::Socket(socket_id);
                    recovery.write(&mut inbox.arena, namespace, &entry.name, body, to)
                }
                _ => packet::encode(&mut inbox.arena, kind, &entry.name, id, body),
            };
            conn.emitted(range.len());
            let action = Action::Send { socket: key, range, volatile };
            inbox.commands.push_back(Command::Session(conn.session, action));
            Ok(Sent::Queued { id, unsent_bytes: conn.unsent_bytes() })
        })
    }

    /// Sends a message of the engine, beneath Socket.IO. Returns how many bytes wait for this client then.
    ///
    /// # Errors
    /// [`QueueFull`]: nothing was sent.
    pub fn send_message(&self, conn: &Arc<Conn>, message: Frame<'_>) -> Result<usize, QueueFull> {
        self.append(|State { inbox, .. }| {
            let bytes = match message {
                Frame::Text(text) => text.len(),
                Frame::Binary(bytes) => bytes.len(),
            };
            self.check_room(inbox, bytes)?;
            let range = packet::encode_message(&mut inbox.arena, message);
            conn.emitted(range.len());
            let action = Action::Message { conn: Arc::clone(conn), range, volatile: false };
            inbox.commands.push_back(Command::Session(conn.session, action));
            Ok(conn.unsent_bytes())
        })
    }

    /// Sends an event to many. Returns whether the inbox is past its soft bound, so that the caller may wait.
    ///
    /// # Errors
    /// [`QueueFull`]: nothing was sent.
    pub fn broadcast(&self, targets: &Targets, body: Body<'_>) -> Result<bool, QueueFull> {
        self.append(|state| {
            let namespace = targets.namespace;
            if state.registry.entry(namespace).children.is_some() {
                return self.broadcast_to_children(state, targets, body);
            }
            let to = state.registry.receivers(namespace, targets.rooms.as_deref());
            if to.is_none() && !state.is_kept(targets) {
                return Ok(false);
            }
            self.check_room(&state.inbox, body.json.len() + body.binary.len())?;
            let is_sent = state.broadcast(namespace, to, targets, body);
            Ok(is_sent && self.is_inbox_full(&state.inbox))
        })
    }

    /// Asks for [`Event::InboxDrained`](crate::Event::InboxDrained) when the inbox has been taken.
    pub fn await_inbox(&self) {
        self.append(|state| state.awaited = true);
    }

    /// Whether the inbox is past its soft bound, so that whoever emits may wait.
    pub(super) fn is_inbox_full(&self, inbox: &Inbox) -> bool {
        let is_full = inbox.bytes() > self.limits.soft_inbox_bytes;
        if is_full {
            self.stats.reached(Limit::SoftInboxBytes);
        }
        is_full
    }

    /// Whether there is room for a packet. The inbox's bound is looked at before it is added, so that a larger one passes too.
    pub(super) fn check_room(&self, inbox: &Inbox, packet: usize) -> Result<(), QueueFull> {
        let (what, bytes, limit, reached) = if packet > self.limits.max_packet_bytes {
            ("packet", packet, self.limits.max_packet_bytes, Limit::MaxPacketBytes)
        } else {
            ("inbox", inbox.bytes(), self.limits.max_inbox_bytes, Limit::MaxInboxBytes)
        };
        if bytes <= limit {
            return Ok(());
        }
        self.stats.reached(reached);
        Err(QueueFull { what, bytes, limit })
    }
}

impl Targets {
    fn addressees(&self) -> Addressees {
        let sender = self.sender.as_ref().map(Sid::to_string);
        let except = self.except.iter().cloned().chain(sender).collect();
        Addressees::Rooms { rooms: self.rooms.clone(), except }
    }
}

impl State {
    /// Whether somebody may come back for a broadcast that nobody receives now.
    pub(super) fn is_kept(&self, targets: &Targets) -> bool {
        let keeps = !targets.volatile && !self.registry.entry(targets.namespace).is_external;
        keeps && self.recovery.as_ref().is_some_and(|it| it.has_sessions())
    }

    /// Sends an event to many of one namespace, and keeps it for those who may come back; whether there is anybody now.
    pub(super) fn broadcast(
        &mut self,
        namespace: NamespaceId,
        to: Option<Receivers>,
        targets: &Targets,
        body: Body<'_>,
    ) -> bool {
        let Self { registry, inbox, recovery, .. } = self;
        let Namespace { name, is_external, .. } = registry.entry(namespace);
        let keeps = !targets.volatile && !is_external;
        let range = match recovery.as_mut().filter(|_| keeps) {
            Some(recovery) => {
                let to = targets.addressees();
                recovery.write(&mut inbox.arena, namespace, name, body, to)
            }
            None => packet::encode(&mut inbox.arena, PacketType::Event, name, None, body),
        };
        let Some(to) = to else {
            inbox.arena.truncate(range.start as usize);
            return false;
        };
        let except = targets.except.iter().map(String::as_str);
        let except = except.chain(targets.sender.as_ref().map(Sid::as_str));
        let except = registry.members(namespace, except).into();
        let volatile = targets.volatile;
        let broadcast = Broadcast { namespace, to, except, range, volatile };
        inbox.commands.push_back(Command::Broadcast(broadcast));
        true
    }
}
