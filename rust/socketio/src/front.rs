//! Row 9: what the language side talks to, from any thread; one short lock makes all of it one order.

mod carried;
mod dynamic;
mod hub_side;
mod many;

mod coming_back;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};

use engineio::{Frame, RequestId, Sid, Time};
use parking_lot::Mutex;

use crate::command::{Action, Broadcast, Command, Inbox, NamespaceId, Receivers};
use crate::conn::Conn;
use crate::error::QueueFull;
use crate::event::{SocketKey, Verdict, Wake};
use crate::gauge::Count;
use crate::limits::{Limits, Load};
use crate::packet::{self, Body, PacketType};
use crate::recovery::{Addressees, Recovery};
use crate::registry::Registry;
use crate::socket_state::{Cause, SocketState};
use crate::stats::{Limit, Stats};

pub use carried::Relay;
pub(crate) use hub_side::Admission;
pub use many::{Asked, Receiver};

/// The registry of namespaces, sockets and rooms, the ack ids and the hub's inbox.
pub struct Front {
    state: Mutex<State>,
    wake: Arc<dyn Wake>,
    limits: Limits,
    stats: Stats,
    /// Questions that the language side has not taken.
    asks: AtomicUsize,
    /// How many sessions there were that others carry.
    carried: AtomicU64,
}

#[derive(Default)]
struct State {
    registry: Registry,
    inbox: Inbox,
    /// A hub takes commands; without one they are dropped.
    served: bool,
    /// The hub sleeps: the next command wakes it.
    armed: bool,
    /// Somebody waits for room in the inbox.
    awaited: bool,
    /// Events queued and not started of the hub of the moment.
    all_events: Arc<Count>,
    /// Who may come back, where the hub of the moment wants it.
    recovery: Option<Box<Recovery>>,
}

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

/// What there is at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Gauges {
    /// Sockets, those included that join or leave.
    pub sockets: usize,
    /// Events queued and not started.
    pub events: Load,
    /// Bytes on their way to the hub.
    pub inbox_bytes: usize,
}

/// What the front knows of a socket.
#[derive(Clone, Debug)]
pub struct SocketInfo {
    /// Its id.
    pub id: Sid,
    /// Its namespace.
    pub namespace: NamespaceId,
    /// Its client's connection.
    pub conn: Arc<Conn>,
    /// The JSON object of its CONNECT packet.
    pub auth: Option<Arc<str>>,
    /// When it asked for its namespace.
    pub issued: Time,
    /// It has come back: what belonged to the one of its id that had ended is its own.
    pub restored: bool,
}

impl Front {
    /// An empty front; `wake` wakes the driver of the hub.
    pub fn new(wake: Arc<dyn Wake>, limits: Limits) -> Self {
        Self {
            state: Mutex::default(),
            wake,
            limits,
            stats: Stats::default(),
            asks: AtomicUsize::new(0),
            carried: AtomicU64::new(0),
        }
    }

    /// What was counted since the front was made.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// What there is now.
    pub fn gauges(&self) -> Gauges {
        let state = self.state.lock();
        Gauges {
            sockets: state.registry.sockets.len(),
            events: state.all_events.load(),
            inbox_bytes: state.inbox.bytes(),
        }
    }

    /// The namespace of that name, made if need be.
    pub fn namespace(&self, name: &str) -> NamespaceId {
        self.state.lock().registry.namespace(name)
    }

    /// From now on sockets of this namespace wait for [`accept`](Self::accept).
    pub fn guard(&self, namespace: NamespaceId) {
        self.state.lock().registry.entry_mut(namespace).guarded = true;
    }

    /// What is known of a socket; none when it has gone.
    pub fn socket(&self, key: SocketKey) -> Option<SocketInfo> {
        let state = self.state.lock();
        let socket = state.registry.sockets.get(key)?;
        Some(SocketInfo {
            id: socket.id,
            namespace: socket.namespace,
            conn: Arc::clone(&socket.conn),
            auth: socket.auth.clone(),
            issued: socket.issued,
            restored: socket.restored,
        })
    }

    /// Whether a socket is connected, as `socket.connected` shows it.
    pub fn is_connected(&self, key: SocketKey) -> bool {
        self.state
            .lock()
            .registry
            .sockets
            .get(key)
            .is_some_and(|socket| socket.state.is_connected())
    }

    /// The rooms of a socket, its own first; none after it has gone.
    pub fn rooms(&self, key: SocketKey) -> Vec<String> {
        self.state.lock().registry.rooms_of(key)
    }

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
                (Outbound::Event(_), Some(recovery)) if is_connected && !volatile => {
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

    /// Closes a session (`forced close`) when what was sent before is written.
    pub fn close(&self, conn: &Arc<Conn>) {
        let action = Action::Close { conn: Arc::clone(conn) };
        self.command(Command::Session(conn.session, action));
    }

    /// Whether one more question may be asked; it counts until it is [taken](Self::ask_taken).
    pub(crate) fn may_ask(&self) -> bool {
        let may = self.asks.load(SeqCst) < self.limits.max_pending_asks;
        if may {
            self.asks.fetch_add(1, SeqCst);
        } else {
            self.stats.reached(Limit::MaxPendingAsks);
        }
        may
    }

    /// [`Event::Ask`](crate::Event::Ask) was taken from the queue.
    pub fn ask_taken(&self) {
        self.asks.fetch_sub(1, SeqCst);
    }

    /// Answers [`Event::Ask`](crate::Event::Ask).
    pub fn judge(&self, request: RequestId, verdict: Verdict) {
        self.command(Command::Judge(request, verdict));
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

    /// Puts a socket into rooms, at once and for every later emit; once it is closing it is only shown there.
    pub fn join(&self, key: SocketKey, rooms: &[String]) {
        self.append(|state| state.join(key, rooms));
    }

    /// Takes a socket out of rooms, at once and for every later emit.
    pub fn leave(&self, key: SocketKey, rooms: &[String]) {
        self.append(|state| state.leave(key, rooms));
    }

    /// Ends a socket (`server namespace disconnect`), and with `close` its whole client.
    pub fn disconnect(&self, key: SocketKey, close: bool) {
        self.append(|state| state.disconnect(key, close));
    }

    /// The middlewares said yes; nothing when the client has left meanwhile.
    pub fn accept(&self, key: SocketKey) {
        self.append(|state| state.accept(key));
    }

    /// The middlewares said no; `error` is the JSON object of the CONNECT_ERROR packet. The socket is gone.
    pub fn refuse(&self, key: SocketKey, error: &[u8]) {
        self.append(|State { registry, inbox, recovery, .. }| {
            let Some(socket) = registry.sockets.get(key) else { return };
            let name = Arc::clone(&registry.entry(socket.namespace).name);
            let Some(session) = registry.advance(key, Cause::Refused) else { return };
            if let Some(recovery) = recovery {
                recovery.forget(key);
            }
            let (kind, body) = (PacketType::ConnectError, Body::json(error));
            let range = packet::encode(&mut inbox.arena, kind, &name, None, body);
            let action = Action::Refuse { socket: key, range };
            inbox.commands.push_back(Command::Session(session, action));
        });
    }

    /// A socket's `disconnecting` handlers have ended: it leaves its rooms and is gone.
    pub fn forget(&self, key: SocketKey) {
        self.state.lock().registry.advance(key, Cause::Forgotten);
    }

    /// A queued event of `bytes` has started, or was dropped: its connection may be read again.
    pub fn started(&self, conn: &Conn, bytes: usize) {
        conn.all_events.started(bytes);
        if conn.events.started(bytes) && !conn.is_over() {
            self.command(Command::Session(conn.session, Action::Resume));
        }
    }

    /// Closes every session (`server shutting down`); the hub answers with `Event::Stopped`.
    pub fn stop(&self) {
        self.command(Command::Stop);
    }

    fn command(&self, command: Command) {
        self.append(|state| state.inbox.commands.push_back(command));
    }

    /// Runs `change` under the lock and wakes the hub afterwards if it sleeps and has something to do.
    fn append<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock();
        let result = change(&mut state);
        let asked = !state.inbox.commands.is_empty() || state.awaited;
        if !state.served {
            state.inbox.commands.clear();
            state.inbox.arena.clear();
            state.inbox.receiver_bytes = 0;
            state.awaited = false;
        }
        let wake = state.served && asked && std::mem::take(&mut state.armed);
        drop(state);
        if wake {
            self.wake.wake();
        }
        result
    }

    /// Whether the inbox is past its soft bound, so that whoever emits may wait.
    fn is_inbox_full(&self, inbox: &Inbox) -> bool {
        let is_full = inbox.bytes() > self.limits.soft_inbox_bytes;
        if is_full {
            self.stats.reached(Limit::SoftInboxBytes);
        }
        is_full
    }

    /// Whether there is room for a packet. The inbox's bound is looked at before it is added, so that a larger one passes too.
    fn check_room(&self, inbox: &Inbox, packet: usize) -> Result<(), QueueFull> {
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
    fn is_kept(&self, targets: &Targets) -> bool {
        !targets.volatile && self.recovery.as_ref().is_some_and(|it| it.has_sessions())
    }

    /// Sends an event to many of one namespace, and keeps it for those who may come back; whether there is anybody now.
    fn broadcast(
        &mut self,
        namespace: NamespaceId,
        to: Option<Receivers>,
        targets: &Targets,
        body: Body<'_>,
    ) -> bool {
        let Self { registry, inbox, recovery, .. } = self;
        let name = &registry.entry(namespace).name;
        let range = match recovery.as_mut().filter(|_| !targets.volatile) {
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

    fn join(&mut self, key: SocketKey, rooms: &[String]) {
        let Self { registry, inbox, .. } = self;
        for name in rooms {
            let room = registry.join(key, name);
            inbox.commands.extend(room.map(|room| Command::Join { socket: key, room }));
        }
    }

    fn leave(&mut self, key: SocketKey, rooms: &[String]) {
        let Self { registry, inbox, .. } = self;
        for name in rooms {
            let room = registry.leave(key, name);
            inbox.commands.extend(room.map(|room| Command::Leave { socket: key, room }));
        }
    }

    fn disconnect(&mut self, key: SocketKey, close: bool) {
        let moved = self.registry.advance(key, Cause::Disconnected);
        let action = Action::Disconnect { socket: key, close };
        self.inbox.commands.extend(moved.map(|session| Command::Session(session, action)));
    }
}
