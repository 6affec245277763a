//! A hub with a pretended network: WebSocket clients are buffers, time is a number.

#![allow(unreachable_pub, dead_code, reason = "shared by the test files of the crate")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use engineio::{
    ConnectionId, Frame, Hangup, Key, Request, RequestId, SessionKey, Time, Transports,
};
use smallvec::SmallVec;
use socketio::{Config, Event, Flow, Front, Hub, Outcome, Output, SlowClient, SocketKey, Wake};

/// Counts wake-ups.
#[derive(Default)]
pub struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(&self) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// One WebSocket client.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub session: SessionKey,
    pub connection: ConnectionId,
}

/// What a hub said, in a form that reads well.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Authorize(SocketKey),
    Connected(SocketKey),
    Packet(SocketKey, Option<u64>, String, usize),
    Answer(SocketKey, u64, String),
    Disconnected(SocketKey, &'static str),
    Upgraded,
    Drained,
    InboxDrained,
    Closed,
    Log(String),
    Stopped,
}

pub struct World {
    pub hub: Hub,
    pub front: Arc<Front>,
    pub now: Time,
    bell: Arc<Bell>,
    next: u32,
    /// What each connection was sent and has not been asked for.
    sent: BTreeMap<ConnectionId, Vec<u8>>,
    /// Connections that read nothing.
    pub stuck: Vec<ConnectionId>,
    pub writes: usize,
    pub outputs: Vec<Output>,
}

pub fn config() -> Config {
    Config {
        engine: engineio::Config {
            path: "/socket.io/".into(),
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            upgrade_timeout: Duration::from_secs(10),
            max_http_buffer_size: 1_000_000,
            transports: Transports { polling: true, websocket: true },
            allow_upgrades: true,
            cors: None,
        },
        connect_timeout: Duration::from_secs(45),
        send_queue_bytes: 4 * 1024 * 1024,
        slow_client: SlowClient::Disconnect,
        max_pending_events: 256,
        max_attachments: 10,
    }
}

impl World {
    pub fn new(config: Config) -> Self {
        let bell = Arc::new(Bell::default());
        let wake: Arc<dyn Wake> = Arc::clone(&bell) as _;
        let front = Arc::new(Front::new(wake, config.max_pending_events));
        front.namespace("/");
        let hub = Hub::new(config, Arc::clone(&front));
        let (sent, stuck, outputs) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { hub, front, now: Time(0), bell, next: 0, sent, stuck, writes: 0, outputs }
    }

    pub fn wakes(&self) -> usize {
        self.bell.0.load(Relaxed)
    }

    /// A client whose engine session is open over WebSocket.
    pub fn open(&mut self) -> Peer {
        let connection = self.connection();
        let target = "/socket.io/?EIO=4&transport=websocket";
        let accepted = self.hub.handle_upgrade(upgrade_request(target), connection, self.now);
        let (session, response) = accepted.expect("a good handshake");
        assert_eq!(response.status, 101);
        let peer = Peer { session: session.expect("a session"), connection };
        self.turn();
        assert!(self.texts(peer)[0].starts_with("0{\"sid\":"));
        peer
    }

    /// A client whose socket is in `/`.
    pub fn join(&mut self) -> (Peer, SocketKey) {
        let peer = self.open();
        self.say(peer, "40");
        self.turn();
        self.texts(peer);
        match self.heard()[..] {
            [Heard::Connected(socket)] => (peer, socket),
            ref other => panic!("{other:?}"),
        }
    }

    pub fn connection(&mut self) -> ConnectionId {
        self.next += 1;
        ConnectionId(Key { index: self.next, generation: 0 })
    }

    pub fn say(&mut self, peer: Peer, text: &str) -> Flow {
        self.hub.handle_frame(peer.session, peer.connection, Frame::Text(text), self.now)
    }

    pub fn say_binary(&mut self, peer: Peer, bytes: &[u8]) -> Flow {
        self.hub.handle_frame(peer.session, peer.connection, Frame::Binary(bytes), self.now)
    }

    pub fn hang_up(&mut self, peer: Peer) {
        self.hub.handle_hangup(peer.session, peer.connection, Hangup::Close, self.now);
    }

    pub fn get(&mut self, target: &str, id: u64) -> Outcome {
        let request = Request::new("GET", target, "127.0.0.1", false, []);
        self.hub.handle_request(request, RequestId(id), self.now)
    }

    /// One turn of a driver, until the hub sleeps.
    pub fn turn(&mut self) {
        loop {
            while self.hub.handle_commands(self.now) {
                self.write();
            }
            self.write();
            while let Some(output) = self.hub.poll_output() {
                self.outputs.push(output);
            }
            self.hub.end_batch();
            if self.hub.park() {
                return;
            }
        }
    }

    fn write(&mut self) {
        while let Some((session, connection)) = self.hub.poll_write() {
            self.writes += 1;
            if self.stuck.contains(&connection) {
                continue;
            }
            let mut slices = SmallVec::new();
            self.hub.slices(session, &mut slices);
            let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
            drop(slices);
            self.hub.wrote(session, bytes.len());
            self.sent.entry(connection).or_default().extend(bytes);
        }
    }

    pub fn advance(&mut self, by: Duration) {
        self.now = self.now + by;
        self.hub.handle_timeout(self.now);
        self.turn();
    }

    /// What a client was sent since the last question: texts as they are, attachments as `<bytes>`.
    pub fn texts(&mut self, peer: Peer) -> Vec<String> {
        let bytes = self.sent.remove(&peer.connection).unwrap_or_default();
        websocket::Frames::new(&bytes)
            .map(|(opcode, payload)| match opcode {
                websocket::Opcode::Text => String::from_utf8(payload.to_vec()).expect("text"),
                _ => format!("<{payload:?}>"),
            })
            .collect()
    }

    /// What the language side was told since the last question.
    pub fn heard(&mut self) -> Vec<Heard> {
        let batch = std::mem::take(self.hub.take_events());
        let text = |range: std::ops::Range<u32>| {
            let bytes = &batch.bytes[range.start as usize..range.end as usize];
            String::from_utf8(bytes.to_vec()).expect("text")
        };
        let heard = |event: &Event| match event {
            Event::Authorize { socket } => Heard::Authorize(*socket),
            Event::Connected { socket } => Heard::Connected(*socket),
            Event::Packet { socket, ack, data, attachments } => {
                let count = attachments.as_deref().map_or(0, <[_]>::len);
                Heard::Packet(*socket, *ack, text(data.clone()), count)
            }
            Event::Answer { socket, id, data, .. } => {
                Heard::Answer(*socket, *id, text(data.clone()))
            }
            Event::Disconnected { socket, reason, .. } => {
                Heard::Disconnected(*socket, reason.as_str())
            }
            Event::Upgraded { .. } => Heard::Upgraded,
            Event::Drained { .. } => Heard::Drained,
            Event::InboxDrained => Heard::InboxDrained,
            Event::Closed { .. } => Heard::Closed,
            Event::Log(log) => Heard::Log(log.text.clone()),
            Event::Stopped => Heard::Stopped,
        };
        batch.events.iter().map(heard).collect()
    }
}

pub fn upgrade_request(target: &str) -> Request {
    let headers: [(&str, &[u8]); 4] = [
        ("Upgrade", b"websocket"),
        ("Connection", b"Upgrade"),
        ("Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", b"13"),
    ];
    Request::new("GET", target, "127.0.0.1", false, headers)
}
