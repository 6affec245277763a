//! Row 9: what the language side talks to, from any thread; one short lock makes all of it one order.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use engineio::{Sid, Time};
use parking_lot::Mutex;

use crate::command::{Broadcast, Command, Inbox, NamespaceId};
use crate::conn::Conn;
use crate::error::QueueFull;
use crate::event::{DisconnectReason, SocketKey, Wake};
use crate::limits::{
    INBOX_HARD_BYTES, INBOX_SOFT_BYTES, MAX_PENDING_EVENT_BYTES_TOTAL, MAX_PENDING_EVENTS_TOTAL,
};
use crate::packet::{self, Body, PacketType};
use crate::registry::Registry;
use crate::socket_state::{Cause, SocketState};

/// The registry of namespaces, sockets and rooms, the ack ids and the hub's inbox.
pub struct Front {
    state: Mutex<State>,
    wake: Arc<dyn Wake>,
    max_pending_events: u32,
    /// Events queued and not started, of all connections, and their bytes.
    events: AtomicUsize,
    event_bytes: AtomicUsize,
}

#[derive(Default)]
struct State {
    registry: Registry,
    inbox: Inbox,
    /// A hub takes commands; without one they are dropped.
    served: bool,
    /// The hub sleeps: the next command wakes it.
    armed: bool,
    /// The hub has stopped reading for the total of events.
    paused: bool,
    /// Somebody waits for room in the inbox.
    awaited: bool,
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
}

impl Front {
    /// An empty front; `wake` wakes the driver of the hub, `max_pending_events` is the hub's bound per connection.
    pub fn new(wake: Arc<dyn Wake>, max_pending_events: u32) -> Self {
        Self {
            state: Mutex::default(),
            wake,
            max_pending_events,
            events: AtomicUsize::new(0),
            event_bytes: AtomicUsize::new(0),
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
            let State { registry, inbox, .. } = state;
            let Some(socket) = registry.sockets.get(key) else { return Ok(Sent::Gone) };
            let (namespace, conn) = (socket.namespace, Arc::clone(&socket.conn));
            if matches!(socket.state, SocketState::Closing(_)) {
                return Ok(Sent::Gone);
            }
            check_room(inbox)?;
            let entry = registry.entry_mut(namespace);
            let (kind, id, body) = match outbound {
                Outbound::Event(body) => (PacketType::Event, None, body),
                Outbound::EventWithAck(body) => {
                    entry.next_ack += 1;
                    (PacketType::Event, Some(entry.next_ack - 1), body)
                }
                Outbound::Answer(id, body) => (PacketType::Ack, Some(id), body),
            };
            let range = packet::encode(&mut inbox.arena, kind, &entry.name, id, body);
            conn.emitted(range.len());
            inbox.commands.push(Command::Send {
                session: conn.session,
                socket: key,
                range,
                volatile,
            });
            Ok(Sent::Queued { id, unsent_bytes: conn.unsent_bytes() })
        })
    }

    /// Sends an event to many. Returns whether the inbox is past its soft bound, so that the caller may wait.
    ///
    /// # Errors
    /// [`QueueFull`]: nothing was sent.
    pub fn broadcast(&self, targets: &Targets, body: Body<'_>) -> Result<bool, QueueFull> {
        self.append(|state| {
            let State { registry, inbox, .. } = state;
            let namespace = targets.namespace;
            let Some(to) = registry.receivers(namespace, targets.rooms.as_deref()) else {
                return Ok(false);
            };
            check_room(inbox)?;
            let mut except = registry.members(namespace, &targets.except);
            if let Some(sender) = targets.sender {
                except.extend(registry.members(namespace, &[sender.as_str().to_owned()]));
            }
            let name = &registry.entry(namespace).name;
            let range = packet::encode(&mut inbox.arena, PacketType::Event, name, None, body);
            let (except, volatile) = (except.into(), targets.volatile);
            let broadcast = Broadcast { namespace, to, except, range, volatile };
            inbox.commands.push(Command::Broadcast(broadcast));
            Ok(inbox.arena.len() > INBOX_SOFT_BYTES)
        })
    }

    /// Asks for [`Event::InboxDrained`](crate::Event::InboxDrained) when the inbox has been taken.
    pub fn await_inbox(&self) {
        self.append(|state| state.awaited = true);
    }

    /// Puts a socket into rooms, at once and for every later emit; nothing once it is closing.
    pub fn join(&self, key: SocketKey, rooms: &[String]) {
        self.append(|State { registry, inbox, .. }| {
            for name in rooms {
                let room = registry.join(key, name);
                inbox.commands.extend(room.map(|room| Command::Join { socket: key, room }));
            }
        });
    }

    /// Takes a socket out of rooms, at once and for every later emit.
    pub fn leave(&self, key: SocketKey, rooms: &[String]) {
        self.append(|State { registry, inbox, .. }| {
            for name in rooms {
                let room = registry.leave(key, name);
                inbox.commands.extend(room.map(|room| Command::Leave { socket: key, room }));
            }
        });
    }

    /// Ends a socket (`server namespace disconnect`), and with `close` its whole client.
    pub fn disconnect(&self, key: SocketKey, close: bool) {
        let cause = Cause::Ended(DisconnectReason::ServerNamespaceDisconnect);
        self.append(|State { registry, inbox, .. }| {
            let Some(socket) = registry.sockets.get_mut(key) else { return };
            let Some(state) = socket.state.after(cause) else { return };
            socket.state = state;
            inbox.commands.push(Command::Disconnect { socket: key, close });
        });
    }

    /// The middlewares said yes; nothing when the client has left meanwhile.
    pub fn accept(&self, key: SocketKey) {
        self.append(|State { registry, inbox, .. }| {
            let Some(socket) = registry.sockets.get_mut(key) else { return };
            let Some(state) = socket.state.after(Cause::Accepted) else { return };
            socket.state = state;
            inbox.commands.push(Command::Accept { socket: key });
        });
    }

    /// The middlewares said no; `error` is the JSON object of the CONNECT_ERROR packet. The socket is gone.
    pub fn refuse(&self, key: SocketKey, error: &[u8]) {
        self.append(|State { registry, inbox, .. }| {
            let Some(socket) = registry.sockets.get(key) else { return };
            if socket.state != SocketState::Authorizing {
                return;
            }
            let (session, name) = (socket.conn.session, &registry.entry(socket.namespace).name);
            let body = Body::json(error);
            let range =
                packet::encode(&mut inbox.arena, PacketType::ConnectError, name, None, body);
            inbox.commands.push(Command::Refuse { session, socket: key, range });
            registry.remove_socket(key);
        });
    }

    /// A socket's `disconnecting` handlers have ended: it leaves its rooms and is gone.
    pub fn forget(&self, key: SocketKey) {
        self.state.lock().registry.remove_socket(key);
    }

    /// A queued event of `bytes` has started, or was dropped: its connection may be read again.
    pub fn started(&self, conn: &Conn, bytes: usize) {
        let events = self.events.fetch_sub(1, Relaxed) - 1;
        let total = self.event_bytes.fetch_sub(bytes, Relaxed) - bytes;
        if conn.started(bytes, self.max_pending_events) {
            let session = conn.session;
            self.append(|state| state.inbox.commands.push(Command::Resume { session }));
        }
        let calm = events == MAX_PENDING_EVENTS_TOTAL / 2 || events == 0;
        if calm && total <= MAX_PENDING_EVENT_BYTES_TOTAL / 2 {
            self.append(|state| {
                if std::mem::take(&mut state.paused) {
                    state.inbox.commands.push(Command::ResumeAll);
                }
            });
        }
    }

    /// Closes every session (`server shutting down`); the hub answers with `Event::Stopped`.
    pub fn stop(&self) {
        self.append(|state| state.inbox.commands.push(Command::Stop));
    }

    /// Runs `change` under the lock and wakes the hub afterwards if it sleeps and has something to do.
    fn append<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock();
        let result = change(&mut state);
        let asked = !state.inbox.commands.is_empty() || state.awaited;
        if !state.served {
            state.inbox.commands.clear();
            state.inbox.arena.clear();
        }
        let wake = state.served && asked && std::mem::take(&mut state.armed);
        drop(state);
        if wake {
            self.wake.wake();
        }
        result
    }
}

fn check_room(inbox: &Inbox) -> Result<(), QueueFull> {
    let bytes = inbox.arena.len() + inbox.commands.len() * size_of::<Command>();
    let limit = INBOX_HARD_BYTES;
    if bytes > limit { Err(QueueFull { bytes, limit }) } else { Ok(()) }
}

/// What a client's wish for a namespace came to.
pub(crate) enum Admission {
    Unknown,
    /// Its middlewares have to be asked.
    Guarded(SocketKey),
    Connected(SocketKey, Sid),
}

/// What the hub asks of the front.
impl Front {
    /// A hub begins to take commands.
    pub(crate) fn begin(&self) {
        let mut state = self.state.lock();
        state.served = true;
        state.armed = false;
        self.events.store(0, Relaxed);
        self.event_bytes.store(0, Relaxed);
    }

    /// The hub has ended: what is emitted from now on is dropped.
    pub(crate) fn end(&self) {
        let mut state = self.state.lock();
        state.served = false;
        state.inbox = Inbox::default();
    }

    pub(crate) fn admit(
        &self,
        conn: &Arc<Conn>,
        name: &str,
        auth: Option<Arc<str>>,
        now: Time,
    ) -> Admission {
        let registry = &mut self.state.lock().registry;
        let Some(namespace) = registry.find_namespace(name) else { return Admission::Unknown };
        let socket = registry.add_socket(namespace, Arc::clone(conn), auth, now);
        if registry.entry(namespace).guarded {
            return Admission::Guarded(socket);
        }
        let Some(entry) = registry.sockets.get_mut(socket) else { return Admission::Unknown };
        entry.state = SocketState::Connected;
        Admission::Connected(socket, entry.id)
    }

    pub(crate) fn namespace_of(&self, key: SocketKey) -> Option<(NamespaceId, Arc<str>, Sid)> {
        let registry = &self.state.lock().registry;
        let socket = registry.sockets.get(key)?;
        let name = Arc::clone(&registry.entry(socket.namespace).name);
        Some((socket.namespace, name, socket.id))
    }

    /// The hub ends a socket; whether the language side has to hear of it, and with which reason: the first cause wins.
    pub(crate) fn ended(
        &self,
        key: SocketKey,
        reason: DisconnectReason,
    ) -> Option<DisconnectReason> {
        let registry = &mut self.state.lock().registry;
        let socket = registry.sockets.get_mut(key)?;
        match socket.state {
            SocketState::Authorizing => {
                registry.remove_socket(key);
                None
            }
            SocketState::Connected => {
                socket.state = SocketState::Closing(reason);
                Some(reason)
            }
            SocketState::Closing(first) => Some(first),
        }
    }

    /// Swaps the inbox with an empty one; false when there was nothing. The second is whether somebody waits for the room.
    pub(crate) fn take(&self, inbox: &mut Inbox) -> (bool, bool) {
        let mut state = self.state.lock();
        std::mem::swap(&mut state.inbox, inbox);
        (!inbox.commands.is_empty(), std::mem::take(&mut state.awaited))
    }

    /// Arms the wake-up when there is nothing to take.
    pub(crate) fn park(&self) -> bool {
        let mut state = self.state.lock();
        state.armed = state.inbox.commands.is_empty() && !state.awaited;
        state.armed
    }

    /// An event was queued; whether the total is past its bound and reads have to pause.
    pub(crate) fn queued(&self, bytes: usize) -> bool {
        let events = self.events.fetch_add(1, Relaxed) + 1;
        let bytes = self.event_bytes.fetch_add(bytes, Relaxed) + bytes;
        events >= MAX_PENDING_EVENTS_TOTAL || bytes >= MAX_PENDING_EVENT_BYTES_TOTAL
    }

    /// The hub pauses for the total; false when the queue has been emptied meanwhile and nobody would resume it.
    pub(crate) fn pause_all(&self) -> bool {
        let mut state = self.state.lock();
        state.paused = self.events.load(Relaxed) > MAX_PENDING_EVENTS_TOTAL / 2
            || self.event_bytes.load(Relaxed) > MAX_PENDING_EVENT_BYTES_TOTAL / 2;
        state.paused
    }
}
