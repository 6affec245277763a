//! A hub with a driver that has no sockets: what is to be written is looked at and dropped.

use std::hint::black_box;
use std::sync::Arc;

use engineio::{ConnectionId, Frame, Hangup, Key, Request, RequestId, SessionKey, Time};
use smallvec::SmallVec;
use socketio::{
    Batch, Body, Config, Conn, Event, Front, Hub, Limits, Outcome, Output, SocketKey, Wake,
};

const PATH: &str = "/socket.io/?EIO=4&transport=";

/// The driver is never asleep when commands come.
struct Awake;

impl Wake for Awake {
    fn wake(&self) {}
}

pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) front: Arc<Front>,
    /// The events of the last batch, whose capacity is used again.
    batch: Batch,
    next: u32,
}

/// A socket in the main namespace.
pub(crate) struct Client {
    pub(crate) session: SessionKey,
    pub(crate) connection: ConnectionId,
    pub(crate) socket: SocketKey,
    pub(crate) conn: Arc<Conn>,
}

impl World {
    /// With the defaults.
    pub(crate) fn new() -> Self {
        let front = Arc::new(Front::new(Arc::new(Awake), Limits::default()));
        front.namespace("/");
        let config = Config::default();
        Self { hub: Hub::new(config, Arc::clone(&front)), front, batch: Batch::default(), next: 0 }
    }

    fn key(&mut self) -> Key {
        self.next += 1;
        Key { index: self.next, generation: 0 }
    }

    /// One batch, as a driver ends it.
    pub(crate) fn turn(&mut self) {
        loop {
            while self.hub.handle_commands(Time(0)) {
                self.flush();
            }
            self.flush();
            self.hub.end_batch();
            if self.hub.park() {
                return;
            }
        }
    }

    fn flush(&mut self) {
        while let Some(output) = self.hub.poll_output() {
            drop::<Output>(black_box(output));
        }
        while let Some((session, _)) = self.hub.poll_write() {
            let mut slices = SmallVec::new();
            self.hub.slices(session, &mut slices);
            let bytes = slices.iter().map(|slice| slice.len()).sum();
            drop(black_box(slices));
            self.hub.wrote(session, bytes);
        }
    }

    /// The events of the batch.
    pub(crate) fn events(&mut self) -> std::vec::Drain<'_, Event> {
        self.batch.bytes.clear();
        std::mem::swap(&mut self.batch, self.hub.take_events());
        self.batch.events.drain(..)
    }

    /// The socket that has just connected.
    fn connected(&mut self, session: SessionKey, connection: ConnectionId) -> Client {
        let connected = self.events().find_map(|event| match event {
            Event::Connected { socket, conn } => Some((socket, conn)),
            _ => None,
        });
        let (socket, conn) = connected.expect("a socket that has connected");
        self.front.started(&conn, 0);
        Client { session, connection, socket, conn }
    }

    /// A client over WebSocket.
    pub(crate) fn join(&mut self) -> Client {
        let connection = ConnectionId(self.key());
        let headers: [(&str, &[u8]); 5] = [
            ("host", b"127.0.0.1"),
            ("upgrade", b"websocket"),
            ("connection", b"Upgrade"),
            ("sec-websocket-key", b"dGhlIHNhbXBsZSBub25jZQ=="),
            ("sec-websocket-version", b"13"),
        ];
        let target = format!("{PATH}websocket");
        let request = Request::new("GET", &target, "127.0.0.1", false, headers);
        let upgraded = self.hub.handle_upgrade(request, connection, Time(0));
        let Ok((Some(session), _)) = upgraded else {
            panic!("refused");
        };
        self.turn();
        self.hub.handle_frame(session, connection, Frame::Text("40"), Time(0));
        self.turn();
        self.connected(session, connection)
    }

    /// Its connection is closed, and its handlers have run.
    pub(crate) fn leave(&mut self, client: &Client) {
        self.hub.handle_hangup(client.session, client.connection, Hangup::Close, Time(0));
        self.turn();
        assert!(self.events().count() > 0, "its end is told");
        self.front.started(&client.conn, 0);
        self.front.forget(client.socket);
    }

    /// A client over long-polling, and the target of its requests.
    pub(crate) fn join_polling(&mut self) -> (Client, String) {
        let handshake = self.get(&format!("{PATH}polling")).expect("a response");
        let sid = handshake.get(9..29).expect("a sid behind `0{\"sid\":\"`");
        let target = format!("{PATH}polling&sid={sid}");
        let session = self.post(&target, "40");
        self.turn();
        self.get(&target).expect("CONNECT waits");
        self.turn();
        let connection = ConnectionId(self.key());
        (self.connected(session, connection), target)
    }

    /// A GET, and its response unless it waits.
    pub(crate) fn get(&mut self, target: &str) -> Option<String> {
        let id = self.request_id();
        let request = Request::new("GET", target, "127.0.0.1", false, []);
        match self.hub.handle_request(request, id, Time(0)) {
            Outcome::Respond(response) | Outcome::Polled { response, .. } => {
                String::from_utf8(response.body).ok()
            }
            _ => None,
        }
    }

    /// A POST, and the session that it belongs to.
    pub(crate) fn post(&mut self, target: &str, payload: &str) -> SessionKey {
        let id = self.request_id();
        let request = Request::new("POST", target, "127.0.0.1", false, []);
        let Outcome::Body { session, .. } = self.hub.handle_request(request, id, Time(0)) else {
            panic!("refused");
        };
        self.hub.handle_body(session, id, payload.as_bytes(), Time(0));
        session
    }

    fn request_id(&mut self) -> RequestId {
        self.next += 1;
        RequestId(self.next.into())
    }
}

/// What an ack or an event carries.
pub(crate) fn body(json: &str) -> Body<'_> {
    Body::json(json.as_bytes())
}
