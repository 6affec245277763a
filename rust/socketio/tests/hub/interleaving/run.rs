//! A run of steps, and what the clients do in each.

// By its path, as the fuzz target takes this file in by its own.
#[path = "run/hearing.rs"]
mod hearing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use engineio::{ConnectionId, Hangup, RequestId, SessionKey};
use socketio::{Body, Config, Conn, Flow, Outbound, Sent, SocketKey, Targets};
use websocket::{Message, Reader};

use crate::world::{Peer, Poller, World, config};

/// A number stands for one of the clients, sockets or requests that there have been.
#[derive(Clone, Debug)]
pub(crate) enum Step<'a> {
    Open,
    OpenPolling,
    Say(usize, &'a str),
    SayBinary(usize, &'a [u8]),
    /// Bytes of a WebSocket's stream.
    Feed(usize, &'a [u8]),
    HangUp(usize, Hangup),
    Get(usize),
    Post(usize, &'a str),
    BeginPost(usize),
    TooLarge(usize),
    AbortRequest(usize),
    Probe(usize),
    Accept(usize),
    Refuse(usize),
    Enter(usize, &'a str),
    Leave(usize, &'a str),
    Emit(usize),
    Ask(usize),
    Broadcast(Option<&'a str>, bool),
    AskAll(Option<&'a str>),
    Disconnect(usize, bool),
    Forget(usize),
    Start(usize),
    Block(usize, bool),
    Panic(usize),
    Stop,
    Turn,
    Pass(u64),
}

/// The longest message that a stream may bring.
const MAX_MESSAGE_BYTES: usize = 1_000;

/// What the language side knows of a socket.
struct Known {
    conn: Arc<Conn>,
    /// The hub did not hear of its end: the server refused it.
    refused: bool,
    /// It was heard of, in this order: connected, ended.
    connected: bool,
    ended: bool,
}

pub(crate) struct Run {
    world: World,
    peers: Vec<Peer>,
    pollers: Vec<Poller>,
    sockets: BTreeMap<SocketKey, Known>,
    keys: Vec<SocketKey>,
    /// Events that have not started: whose, and their weight.
    waiting: Vec<(Arc<Conn>, usize)>,
    sessions: BTreeSet<SessionKey>,
    closed: BTreeSet<SessionKey>,
    paused: BTreeSet<ConnectionId>,
    /// What reads a WebSocket's stream, and what of that has to wait.
    streams: BTreeMap<ConnectionId, (Reader, Vec<u8>)>,
    /// Connections that have been WebSockets from their beginning.
    direct: BTreeSet<ConnectionId>,
    /// Connections that are fed no more.
    over: BTreeSet<ConnectionId>,
    /// Requests without an answer; of POSTs, whether their body has come.
    requests: BTreeMap<RequestId, (Poller, Option<bool>)>,
    emitted: u64,
    /// The last number that each connection got.
    got: BTreeMap<ConnectionId, u64>,
    is_stopping: bool,
    stops: usize,
    has_panicked: bool,
}

/// The log is read line by line, and by people.
fn assert_is_line(line: &str) {
    assert!(!line.contains(char::is_control), "{line:?}");
}

fn pick<T: Clone>(list: &[T], index: usize) -> Option<T> {
    // The latest are the most interesting.
    list.iter().rev().nth(index % list.len().clamp(1, 6)).cloned()
}

impl Run {
    pub(crate) fn new() -> Self {
        let world = World::new(Config { max_pending_events: 3, ..config() });
        world.front.namespace("/b");
        world.guard("/guarded");
        Self {
            world,
            peers: Vec::new(),
            pollers: Vec::new(),
            sockets: BTreeMap::new(),
            keys: Vec::new(),
            waiting: Vec::new(),
            sessions: BTreeSet::new(),
            closed: BTreeSet::new(),
            paused: BTreeSet::new(),
            streams: BTreeMap::new(),
            direct: BTreeSet::new(),
            over: BTreeSet::new(),
            requests: BTreeMap::new(),
            emitted: 0,
            got: BTreeMap::new(),
            is_stopping: false,
            stops: 0,
            has_panicked: false,
        }
    }

    pub(crate) fn step(&mut self, step: &Step<'_>) {
        // Its driver has ended.
        if self.stops > 0 {
            return;
        }
        match *step {
            Step::Open | Step::OpenPolling if self.is_stopping => {}
            Step::Open => {
                let peer = self.world.open_before_commands();
                self.sessions.insert(peer.session);
                self.direct.insert(peer.connection);
                self.peers.push(peer);
            }
            Step::OpenPolling => {
                let poller = self.world.open_polling();
                self.sessions.insert(poller.session);
                self.pollers.push(poller);
            }
            Step::Stop if !self.is_stopping => self.stop(),
            Step::Turn => self.world.turn(),
            Step::Pass(millis) => self.world.pass(Duration::from_millis(millis)),
            Step::Broadcast(room, volatile) => {
                let targets =
                    Targets { volatile, ..self.world.to(room.as_ref().map(std::slice::from_ref)) };
                let json = self.next_json();
                self.world.broadcast(&targets, &json);
            }
            Step::AskAll(room) => self.ask_all(room),
            Step::TooLarge(index) | Step::AbortRequest(index) => self.request_step(index, step),
            Step::Start(index) => self.start(index),
            Step::Say(index, _)
            | Step::SayBinary(index, _)
            | Step::Feed(index, _)
            | Step::HangUp(index, _)
            | Step::Block(index, _)
            | Step::Panic(index) => self.peer_step(index, step),
            Step::Get(index)
            | Step::Post(index, _)
            | Step::BeginPost(index)
            | Step::Probe(index) => self.poller_step(index, step),
            _ => self.socket_step(step),
        }
        self.settle();
    }

    fn ask_all(&mut self, room: Option<&str>) {
        let targets = self.world.to(room.as_ref().map(std::slice::from_ref));
        let json = self.next_json();
        let front = &self.world.front;
        let asked = front.broadcast_with_ack(&targets, Body::json(json.as_bytes()));
        let receivers = asked.expect("room in the inbox").receivers;
        let keys: BTreeSet<SocketKey> = receivers.iter().map(|it| it.socket).collect();
        assert_eq!(keys.len(), receivers.len(), "each once");
        for key in keys {
            assert!(front.is_connected(key));
            let rooms = front.rooms(key);
            assert!(room.is_none_or(|room| rooms.iter().any(|it| it == room)));
        }
    }

    fn next_json(&mut self) -> String {
        self.emitted += 1;
        format!("[{}]", self.emitted)
    }

    fn peer_step(&mut self, index: usize, step: &Step<'_>) {
        let Some(peer) = pick(&self.peers, index) else { return };
        if self.over.contains(&peer.connection) {
            return;
        }
        let is_paused = self.paused.contains(&peer.connection);
        match *step {
            Step::Say(_, text) if !is_paused => {
                let flow = self.world.say(peer, text);
                self.note(peer, flow);
            }
            Step::SayBinary(_, bytes) if !is_paused => {
                let flow = self.world.say_binary(peer, bytes);
                self.note(peer, flow);
            }
            Step::Feed(_, bytes) if !is_paused => self.feed(peer, bytes),
            Step::HangUp(_, hangup) => self.hang_up(peer, hangup),
            Step::Block(_, blocks) if self.direct.contains(&peer.connection) => {
                if blocks {
                    self.world.block(peer);
                } else {
                    self.world.unblock(peer);
                }
            }
            Step::Panic(_) => {
                self.has_panicked = true;
                self.world.hub.handle_panic(peer.session, self.world.now);
            }
            _ => {}
        }
    }

    fn hang_up(&mut self, peer: Peer, hangup: Hangup) {
        self.world.hang_up(peer, hangup);
        self.over.insert(peer.connection);
    }

    /// Bytes that a WebSocket has brought, behind those that had to wait.
    fn feed(&mut self, peer: Peer, bytes: &[u8]) {
        let (mut reader, mut stream) = self.streams.remove(&peer.connection).unwrap_or_default();
        stream.extend_from_slice(bytes);
        let mut input = &mut stream[..];
        while !self.paused.contains(&peer.connection) {
            let flow = match reader.next(&mut input, MAX_MESSAGE_BYTES) {
                Ok(None) => break,
                Ok(Some(Message::Close(_))) => return self.hang_up(peer, Hangup::Close),
                Err(error) => {
                    self.world.hub.note_bad_frame(error, self.world.now);
                    return self.hang_up(peer, Hangup::Error);
                }
                Ok(Some(Message::Ping(data))) => {
                    self.world.hub.handle_ping(peer.session, peer.connection, data);
                    continue;
                }
                Ok(Some(Message::Pong(_))) => continue,
                Ok(Some(Message::Text(text))) => self.world.say(peer, text),
                Ok(Some(Message::Binary(bytes))) => self.world.say_binary(peer, bytes),
            };
            self.note(peer, flow);
        }
        let unread = input.to_vec();
        self.streams.insert(peer.connection, (reader, unread));
    }

    fn note(&mut self, peer: Peer, flow: Flow) {
        if flow == Flow::Pause {
            self.paused.insert(peer.connection);
        }
    }

    fn poller_step(&mut self, index: usize, step: &Step<'_>) {
        let Some(poller) = pick(&self.pollers, index) else { return };
        match *step {
            Step::Get(_) => {
                let id = self.world.get(poller);
                self.requests.insert(id, (poller, None));
            }
            Step::Post(_, body) => {
                let id = self.world.begin_post(poller);
                self.requests.insert(id, (poller, Some(true)));
                self.settle();
                if self.requests.contains_key(&id) {
                    let now = self.world.now;
                    self.world.hub.handle_body(poller.session, id, body.as_bytes(), now);
                }
            }
            Step::BeginPost(_) => {
                let id = self.world.begin_post(poller);
                self.requests.insert(id, (poller, Some(false)));
            }
            Step::Probe(_) => self.peers.extend(self.world.try_probe(poller)),
            _ => {}
        }
    }

    fn request_step(&mut self, index: usize, step: &Step<'_>) {
        let requests: Vec<_> = self.requests.iter().map(|(id, it)| (*id, *it)).collect();
        let Some((id, (poller, body))) = pick(&requests, index) else { return };
        if let Step::AbortRequest(_) = step {
            self.world.hub.handle_request_aborted(poller.session, id, self.world.now);
            self.requests.remove(&id);
        } else if body == Some(false) {
            self.world.hub.handle_body_too_large(poller.session, id, self.world.now);
        }
    }

    fn socket_step(&mut self, step: &Step<'_>) {
        let (Step::Accept(index)
        | Step::Refuse(index)
        | Step::Enter(index, _)
        | Step::Leave(index, _)
        | Step::Emit(index)
        | Step::Ask(index)
        | Step::Disconnect(index, _)
        | Step::Forget(index)) = *step
        else {
            return;
        };
        let Some(key) = pick(&self.keys, index) else { return };
        let json = self.next_json();
        let Some(known) = self.sockets.get_mut(&key) else { return };
        let front = &self.world.front;
        match *step {
            Step::Accept(_) => front.accept(key),
            Step::Refuse(_) => {
                let was_there = front.socket(key).is_some();
                front.refuse(key, b"{\"message\":\"no\"}");
                known.refused |= was_there && front.socket(key).is_none();
            }
            Step::Enter(_, room) => self.world.enter(key, &[room]),
            Step::Leave(_, room) => front.leave(key, &[room.to_owned()]),
            Step::Emit(_) => drop(self.world.emit(key, &json)),
            Step::Ask(_) if front.is_connected(key) => {
                known.conn.ack_awaited();
                let question = Outbound::EventWithAck(Body::json(json.as_bytes()));
                if front.send(key, question, false) == Ok(Sent::Gone) {
                    known.conn.ack_settled();
                }
            }
            Step::Disconnect(_, close) => front.disconnect(key, close),
            Step::Forget(_) if known.ended => front.forget(key),
            _ => {}
        }
    }
}
