//! Row 9: what the language side talks to, from any thread; one short lock makes all of it one order.

mod carried;
mod dynamic;
mod hub_side;
mod many;
mod sending;
mod watching;

mod coming_back;
mod recalling;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};

use engineio::{RequestId, Sid, Time};
use parking_lot::Mutex;

use crate::command::{Action, Command, Inbox, NamespaceId};
use crate::conn::Conn;
use crate::event::{SocketKey, Verdict, Wake};
use crate::gauge::Count;
use crate::limits::{Limits, Load};
use crate::packet::{self, Body, PacketType};
use crate::recovery::Recovery;
use crate::registry::Registry;
use crate::socket_state::Cause;
use crate::stats::{Limit, Stats};

pub use carried::Relay;
pub(crate) use hub_side::Admission;
pub use many::{Asked, Receiver};
pub use recalling::{Recalled, Unfit};
pub use sending::{Outbound, Sent, Targets};

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
        let mut state = State::default();
        state.registry.room_events.max = limits.max_room_events;
        Self {
            state: state.into(),
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
}

impl State {
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
        if let (Some(_), Some(socket)) = (moved, self.registry.sockets.get(key)) {
            socket.conn.put_out(close);
        }
        let action = Action::Disconnect { socket: key, close };
        self.inbox.commands.extend(moved.map(|session| Command::Session(session, action)));
    }
}
