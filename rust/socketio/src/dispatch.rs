//! Row 5: a client's packets become events of its sockets; what needs no Python is settled here.

use engineio::{CloseReason, Received, SessionKey, Time};

use crate::attachments::{Reassembly, Whole, weight};
use crate::client::{Body, Joined};
use crate::error::DecodeError;
use crate::event::{Attachments, DisconnectReason, Event};
use crate::hub::Hub;
use crate::limits::PACKETS_PER_TURN;
use crate::notices::Notice;
use crate::packet::{Packet, PacketType};
use crate::stats::Limit;

impl Hub {
    /// Takes the packets of a POST one by one: it waits, and its response with it, when the client's events have to, and after some packets for others to have
    /// their turn.
    pub(crate) fn read_body(&mut self, session: SessionKey, mut body: Box<Body>, now: Time) {
        let mut taken = 0;
        while let Some((packet, next)) = body.next() {
            match self.sessions.receive_packet(session, packet, now) {
                Received::Nothing => self.receive_nothing(session, now),
                Received::Closed => break,
                Received::Text(text) => self.receive_text(session, text, now),
                Received::Binary(bytes) => self.receive_binary(session, &bytes, now),
            }
            body.at = next;
            taken += 1;
            let Some(client) = self.clients.get_mut(session) else { break };
            if client.paused {
                client.body = Some(body);
                return;
            }
            // What came by polling precedes what comes by WebSocket, which does not wait.
            if taken == PACKETS_PER_TURN && self.sessions.connection(session).is_none() {
                client.body = Some(body);
                self.unread.push_back(session);
                return;
            }
        }
        let response = self.sessions.finish_body(session, body.request);
        self.respond(body.request, response);
    }

    /// Goes on with the POSTs that left others their turn.
    pub(crate) fn read_on(&mut self, now: Time) {
        for _ in 0..self.unread.len() {
            let Some(session) = self.unread.pop_front() else { return };
            self.isolate(session, now, |hub| hub.read_rest(session, now));
        }
    }

    /// Goes on with the POST of a client that may be read.
    pub(crate) fn read_rest(&mut self, session: SessionKey, now: Time) {
        let Some(client) = self.clients.get_mut(session).filter(|client| !client.paused) else {
            return;
        };
        if let Some(body) = client.body.take() {
            self.read_body(session, body, now);
        }
    }

    /// A text message of the engine: a packet.
    pub(crate) fn receive_text(&mut self, session: SessionKey, text: &str, now: Time) {
        if self.config.raw {
            return self.receive_raw(session, text, None, now);
        }
        let max_attachments = self.config.max_attachments;
        let Some(client) = self.clients.get_mut(session) else { return };
        if client.reassembly.is_some() {
            return self.fail(session, DecodeError::UnexpectedText, now);
        }
        match Packet::decode(text, max_attachments) {
            Err(error) => self.fail(session, error, now),
            // One that nobody may send is not awaited.
            Ok(packet) if packet.attachments > 0 && client.has_joined(packet.namespace) => {
                client.reassembly = Some(Box::new(Reassembly::new(text, packet.attachments, now)));
            }
            Ok(packet) => self.receive_packet(session, &packet, None, now),
        }
    }

    /// A binary message of the engine: an attachment.
    pub(crate) fn receive_binary(&mut self, session: SessionKey, bytes: &[u8], now: Time) {
        if self.config.raw {
            return self.receive_raw(session, "", Some([bytes.into()].into()), now);
        }
        let Some(client) = self.clients.get_mut(session) else { return };
        let Some(reassembly) = client.reassembly.take() else {
            return self.fail(session, DecodeError::UnexpectedBinary, now);
        };
        match reassembly.take(bytes, now) {
            Err(reassembly) => client.reassembly = Some(reassembly),
            Ok(Whole { text, attachments }) => {
                match Packet::decode(&text, self.config.max_attachments) {
                    Ok(packet) => self.receive_packet(session, &packet, attachments, now),
                    Err(error) => self.fail(session, error, now),
                }
            }
        }
    }

    /// A message of an engine alone.
    fn receive_raw(
        &mut self,
        session: SessionKey,
        text: &str,
        attachments: Attachments,
        now: Time,
    ) {
        let client = self.clients.get_mut(session);
        let Some(&Joined { socket, .. }) = client.and_then(|client| client.sockets.first()) else {
            return;
        };
        let data = self.batch.keep(text);
        let bytes = weight(&data, &attachments);
        self.batch.events.push(Event::Packet { socket, ack: None, data, attachments });
        self.count(session, bytes, now);
    }

    /// A message that is none of Socket.IO, such as a pong. Who answers pings and does not send the rest of a packet would leave it unfinished for ever;
    /// for one attachment no client may take so long, as no pong can overtake it.
    pub(crate) fn receive_nothing(&mut self, session: SessionKey, now: Time) {
        let limit = self.config.engine.ping_interval + self.config.engine.ping_timeout;
        let Some(client) = self.clients.get_mut(session) else { return };
        if client.reassembly.as_ref().is_some_and(|reassembly| now.since(reassembly.since) > limit)
        {
            self.fail(session, DecodeError::MissingAttachments, now);
        }
    }

    fn receive_packet(
        &mut self,
        session: SessionKey,
        packet: &Packet<'_>,
        attachments: Attachments,
        now: Time,
    ) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let socket = match client.joined(packet.namespace) {
            None if packet.kind == PacketType::Connect => {
                return self.connect(session, packet.namespace, packet.data, now);
            }
            // Asked for once more while its middlewares run: there is one answer, as clients heed only the first.
            Some(Joined { connected: false, .. }) if packet.kind == PacketType::Connect => return,
            Some(&Joined { socket, connected: true, .. }) => socket,
            _ => {
                let what = "a packet for a namespace that it has not joined";
                return self.violate(session, what, now);
            }
        };
        match packet.kind {
            PacketType::Connect => self.violate(session, "a second CONNECT", now),
            PacketType::ConnectError => self.violate(session, "a CONNECT_ERROR", now),
            PacketType::Disconnect => {
                client.leave(socket);
                let reason = DisconnectReason::ClientNamespaceDisconnect;
                self.end_socket(session, socket, reason, None);
            }
            PacketType::Event | PacketType::BinaryEvent => {
                let data = self.batch.keep(packet.data);
                let bytes = weight(&data, &attachments);
                self.batch.events.push(Event::Packet { socket, ack: packet.id, data, attachments });
                self.count(session, bytes, now);
            }
            PacketType::Ack | PacketType::BinaryAck => {
                let Some(id) = packet.id else { return };
                let data = self.batch.keep(packet.data);
                let bytes = weight(&data, &attachments);
                self.batch.events.push(Event::Answer { socket, id, data, attachments });
                self.count(session, bytes, now);
            }
        }
    }

    /// The client sent what is no packet: its connection is closed (`forced close`).
    fn fail(&mut self, session: SessionKey, error: DecodeError, now: Time) {
        let mut remedy = "";
        if error == DecodeError::TooManyAttachments {
            self.reached(Limit::MaxAttachments);
            remedy = ": see max_attachments";
        }
        let text = format_args!("closed a connection that sent a bad packet: {error}{remedy}");
        self.log(Notice::BadPacket, text, now);
        self.sessions.expel(session, CloseReason::ForcedClose, now);
    }

    /// The client broke the protocol: its session is closed, and all its sockets end with it (`forced close`); where the close has to wait for a GET, they do not
    /// (`forced server close`). The reference comes to the same two reasons.
    pub(crate) fn violate(&mut self, session: SessionKey, what: &str, now: Time) {
        let text = format_args!("closed a connection that sent what the protocol forbids: {what}");
        self.log(Notice::Breach, text, now);
        self.sessions.expel(session, CloseReason::ForcedClose, now);
        self.settle(now);
        self.end_sockets(session, DisconnectReason::ForcedServerClose, None);
    }
}
