//! Packets of the clients.

use std::borrow::Cow;

use websocket::Opcode;

use crate::config::TransportName;
use crate::exchange::{CloseReason, ConnectionId, Frame, Hangup, Received, SessionKey};
use crate::packet::Packet;
use crate::polling::NOOP;
use crate::session::Transport;
use crate::time::Time;

use super::Sessions;
use super::closing::Unsent;

impl Sessions {
    /// Takes one packet of the body of a POST, as [`payload::packets`](crate::payload::packets) gives them.
    pub fn receive_packet<'a>(
        &mut self,
        session: SessionKey,
        packet: &'a str,
        now: Time,
    ) -> Received<'a> {
        if let Some(post) = self.polling_mut(session).and_then(|polling| polling.post.as_mut()) {
            post.is_read = true;
        }
        self.take_packet(session, Packet::decode(packet), now)
    }

    /// Takes a WebSocket message: of the session's transport, or of a probe. One of a connection that has nothing to do with the session any more is ignored.
    pub fn receive_frame<'a>(
        &mut self,
        session: SessionKey,
        connection: ConnectionId,
        frame: Frame<'a>,
        now: Time,
    ) -> Received<'a> {
        let Some(state) = self.table.get(session) else { return Received::Closed };
        if cfg!(feature = "raw-echo") {
            self.send_back(session, frame);
            return Received::Nothing;
        }
        if matches!(state.transport, Transport::WebSocket(current) if current == connection) {
            let packet = match frame {
                Frame::Text(text) => Packet::decode(text),
                Frame::Binary(bytes) => Some(Packet::Binary(Cow::Borrowed(bytes))),
            };
            return self.take_packet(session, packet, now);
        }
        if state.is_probed_by(connection) {
            self.receive_probe(session, frame, now);
        }
        if self.table.get(session).is_none() { Received::Closed } else { Received::Nothing }
    }

    /// Sends a message back as it came.
    fn send_back(&mut self, session: SessionKey, frame: Frame<'_>) {
        self.send(session, |out| match frame {
            Frame::Text(text) => websocket::write_frame(out, Opcode::Text, text.as_bytes()),
            Frame::Binary(bytes) => websocket::write_frame(out, Opcode::Binary, bytes),
        });
    }

    /// A WebSocket has ended, which the driver deals with: the peer closed it, or it failed. (A frame that breaks the rules is answered by the driver.)
    pub fn connection_closed(
        &mut self,
        session: SessionKey,
        connection: ConnectionId,
        hangup: Hangup,
        _now: Time,
    ) {
        let Some(state) = self.table.get_mut(session) else { return };
        if state.is_probed_by(connection) {
            if let Some(polling) = state.polling_mut() {
                polling.probe = None;
            }
            return;
        }
        if matches!(state.transport, Transport::WebSocket(current) if current == connection) {
            let (reason, description) = match hangup {
                Hangup::Close => (CloseReason::TransportClose, None),
                Hangup::Error => (CloseReason::TransportError, Some("websocket error")),
            };
            self.end(session, reason, description, Unsent::Lost);
        }
    }

    /// Takes a packet, or what is none.
    fn take_packet<'a>(
        &mut self,
        key: SessionKey,
        packet: Option<Packet<'a>>,
        now: Time,
    ) -> Received<'a> {
        let Some(session) = self.table.get_mut(key) else { return Received::Closed };
        let transport = session.transport_name();
        if packet == Some(Packet::Close) && transport == TransportName::Polling {
            return self.closed_by_client(key);
        }
        if !session.is_open() {
            return Received::Nothing;
        }
        if packet == Some(Packet::Pong) {
            session.heartbeat.pong(&self.config, now);
            self.schedule(key);
            return Received::Nothing;
        }
        session.heartbeat.packet(&self.config, now);
        match packet {
            Some(Packet::Text(data)) => Received::Text(data),
            Some(Packet::Binary(data)) => Received::Binary(data),
            // Over a WebSocket only its own close counts, as in the reference.
            Some(Packet::Open | Packet::Close | Packet::Pong | Packet::Upgrade | Packet::Noop) => {
                Received::Nothing
            }
            Some(Packet::Ping(_)) => {
                let description = Some("invalid heartbeat direction");
                self.end(key, CloseReason::TransportError, description, Unsent::Offered);
                Received::Closed
            }
            None => {
                self.end(key, CloseReason::ParseError, None, Unsent::Offered);
                Received::Closed
            }
        }
    }

    fn closed_by_client(&mut self, session: SessionKey) -> Received<'static> {
        self.flush_poll(session);
        if let Some(get) = self.polling_mut(session).and_then(|polling| polling.get.take()) {
            self.respond(get, NOOP.to_vec());
        }
        self.end(session, CloseReason::TransportClose, None, Unsent::Sent);
        Received::Closed
    }
}
