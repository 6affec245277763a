//! WebSocket clients.

use engineio::{ConnectionId, Frame, Hangup, Key, Request, Response, SessionKey};
use socketio::{Flow, SocketKey};
use websocket::{Frames, Opcode};

use super::{Heard, PATH, World};

/// One WebSocket client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) session: SessionKey,
    pub(crate) connection: ConnectionId,
}

impl World {
    /// A client whose engine session is open.
    pub(crate) fn open(&mut self) -> Peer {
        let peer = self.open_before_commands();
        self.turn();
        assert!(self.texts(peer)[0].starts_with("0{\"sid\":"));
        peer
    }

    /// As [`open`](Self::open), before the driver has its turn.
    pub(crate) fn open_before_commands(&mut self) -> Peer {
        let (connection, accepted) = self.upgrade(upgrade_request("websocket", &[]));
        let (session, response) = accepted.expect("a good handshake");
        assert_eq!(response.status, 101);
        Peer { session: session.expect("a session"), connection }
    }

    /// A client whose socket is in `/`.
    pub(crate) fn join(&mut self) -> (Peer, SocketKey) {
        let peer = self.open();
        self.say(peer, "40");
        (peer, self.joined(peer))
    }

    /// The socket that has just joined, which is the only news.
    pub(crate) fn joined(&mut self, peer: Peer) -> SocketKey {
        self.turn();
        self.texts(peer);
        match self.heard()[..] {
            [Heard::Connected(socket)] => socket,
            ref other => panic!("{other:?}"),
        }
    }

    pub(crate) fn upgrade(
        &mut self,
        request: Request,
    ) -> (ConnectionId, Result<(Option<SessionKey>, Response), Response>) {
        self.next += 1;
        let connection = ConnectionId(Key { index: self.next, generation: 0 });
        (connection, self.hub.handle_upgrade(request, connection, self.now))
    }

    pub(crate) fn say(&mut self, peer: Peer, text: &str) -> Flow {
        self.hub.handle_frame(peer.session, peer.connection, Frame::Text(text), self.now)
    }

    pub(crate) fn say_binary(&mut self, peer: Peer, bytes: &[u8]) -> Flow {
        self.hub.handle_frame(peer.session, peer.connection, Frame::Binary(bytes), self.now)
    }

    pub(crate) fn hang_up(&mut self, peer: Peer, hangup: Hangup) {
        self.hub.handle_hangup(peer.session, peer.connection, hangup, self.now);
    }

    /// From now on a client reads nothing.
    pub(crate) fn block(&mut self, peer: Peer) {
        self.stuck.insert(peer.connection);
    }

    /// A client reads again: its connection takes what had to wait.
    pub(crate) fn unblock(&mut self, peer: Peer) {
        self.stuck.remove(&peer.connection);
        self.write(peer);
    }

    /// What a client was sent since the last question: texts as they are, attachments as `<bytes>`, the close frame as `close`.
    pub(crate) fn texts(&mut self, peer: Peer) -> Vec<String> {
        let bytes = self.sent.remove(&peer.connection).unwrap_or_default();
        Frames::new(&bytes)
            .map(|(opcode, payload)| match opcode {
                Opcode::Text => String::from_utf8(payload.to_vec()).expect("text"),
                Opcode::Close => "close".to_owned(),
                _ => format!("<{payload:?}>"),
            })
            .collect()
    }
}

/// An upgrade request for a new session.
pub(crate) fn upgrade_request(transport: &str, headers: &[(&str, &str)]) -> Request {
    request_to(&format!("{PATH}{transport}"), headers)
}

pub(super) fn request_to(target: &str, headers: &[(&str, &str)]) -> Request {
    let mut all = vec![
        ("Host", "self.example"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
    ];
    all.extend_from_slice(headers);
    let headers = all.into_iter().map(|(name, value)| (name, value.as_bytes()));
    Request::new("GET", target, "127.0.0.1", false, headers)
}
