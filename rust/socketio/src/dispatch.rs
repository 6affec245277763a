//! Row 5: a client's packets become events of its sockets; what needs no Python is settled here.

use std::sync::Arc;

use engineio::{CloseReason, Received, SessionKey, Sid, Time};

use crate::attachments::{Reassembly, Whole, weight};
use crate::client::{Body, Client, Joined};
use crate::error::DecodeError;
use crate::event::{Attachments, DisconnectReason, Event, Log, SocketKey};
use crate::front::Admission;
use crate::hub::{Hub, Output};
use crate::limits::{
    MAX_NAMESPACE_BYTES, MAX_NAMESPACES, MAX_PENDING_EVENT_BYTES, MAX_PENDING_EVENT_BYTES_HARD,
    MAX_UNKNOWN_NAMESPACES,
};
use crate::packet::{self, Packet, PacketType};

/// What an unknown namespace is answered with; clients compare the text.
const INVALID_NAMESPACE: &[u8] = br#"{"message":"Invalid namespace"}"#;

impl Hub {
    /// Reads a POST's packets one by one, so that a client whose events have to wait waits for its response.
    pub(crate) fn read_body(&mut self, session: SessionKey, mut body: Box<Body>, now: Time) {
        while let Some((packet, next)) = body.next() {
            let received = self.sessions.receive_packet(session, packet, now);
            match received {
                Received::Nothing => {}
                Received::Closed => break,
                Received::Text(text) => self.receive_text(session, text, now),
                Received::Binary(bytes) => self.receive_binary(session, &bytes, now),
            }
            body.at = next;
            let Some(client) = self.clients.get_mut(session) else { break };
            if client.paused {
                client.body = Some(body);
                return;
            }
        }
        let response = self.sessions.finish_body(session, body.request);
        self.respond(body.request, response);
    }

    /// A text message of the engine: a packet.
    pub(crate) fn receive_text(&mut self, session: SessionKey, text: &str, now: Time) {
        let max_attachments = self.config.max_attachments;
        let Some(client) = self.clients.get_mut(session) else { return };
        if client.reassembly.is_some() {
            return self.fail(session, DecodeError::UnexpectedText, now);
        }
        match Packet::decode(text, max_attachments) {
            Err(error) => self.fail(session, error, now),
            Ok(packet) if packet.attachments > 0 => {
                client.reassembly = Some(Box::new(Reassembly::new(text, packet.attachments)));
            }
            Ok(packet) => self.receive_packet(session, &packet, None, now),
        }
    }

    /// A binary message of the engine: an attachment.
    pub(crate) fn receive_binary(&mut self, session: SessionKey, bytes: &[u8], now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let Some(reassembly) = client.reassembly.take() else {
            return self.fail(session, DecodeError::UnexpectedBinary, now);
        };
        match reassembly.take(bytes) {
            Err(reassembly) => client.reassembly = Some(reassembly),
            Ok(Whole { text, attachments }) => {
                match Packet::decode(&text, self.config.max_attachments) {
                    Ok(packet) => self.receive_packet(session, &packet, attachments, now),
                    Err(error) => self.fail(session, error, now),
                }
            }
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
        let joined = client.joined(packet.namespace);
        if packet.kind == PacketType::Connect && joined.is_none() {
            return self.connect(session, packet.namespace, packet.data, now);
        }
        let Some(&Joined { socket, connected: true, .. }) = joined else {
            return self.violate(session, now);
        };
        match packet.kind {
            PacketType::Connect | PacketType::ConnectError => self.violate(session, now),
            PacketType::Disconnect => {
                client.leave(socket);
                self.end_socket(socket, DisconnectReason::ClientNamespaceDisconnect, None);
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

    /// A client asks for a namespace.
    fn connect(&mut self, session: SessionKey, name: &str, auth: &str, now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        if client.sockets.len() >= MAX_NAMESPACES {
            return self.violate(session, now);
        }
        let auth = (!auth.is_empty()).then(|| Arc::<str>::from(auth));
        let admission = if name.len() > MAX_NAMESPACE_BYTES {
            Admission::Unknown
        } else {
            self.front.admit(&client.conn, name, auth, now)
        };
        match admission {
            Admission::Unknown => self.refuse_unknown(session, name, now),
            Admission::Guarded(socket) => {
                self.add_socket(session, socket);
                self.batch.events.push(Event::Authorize { socket });
            }
            Admission::Connected(socket, sid) => {
                self.add_socket(session, socket);
                self.connected(session, socket, name, sid);
            }
        }
    }

    fn refuse_unknown(&mut self, session: SessionKey, name: &str, now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        client.unknown_namespaces += 1;
        if client.unknown_namespaces > MAX_UNKNOWN_NAMESPACES {
            return self.violate(session, now);
        }
        let arena = self.sessions.arena();
        let body = packet::Body::json(INVALID_NAMESPACE);
        let range = packet::encode(arena, PacketType::ConnectError, name, None, body);
        self.sessions.enqueue(session, range);
    }

    fn add_socket(&mut self, session: SessionKey, socket: SocketKey) {
        let Some((namespace, name, _)) = self.front.namespace_of(socket) else { return };
        self.rooms.add(socket, session, namespace);
        let Some(client) = self.clients.get_mut(session) else { return };
        client.sockets.push(Joined { namespace: name, socket, connected: false });
    }

    /// A socket is accepted: its CONNECT packet precedes all that follows.
    pub(crate) fn connected(
        &mut self,
        session: SessionKey,
        socket: SocketKey,
        name: &str,
        sid: Sid,
    ) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let Some(joined) = client.sockets.iter_mut().find(|joined| joined.socket == socket) else {
            return;
        };
        joined.connected = true;
        client.joined = true;
        let json = format!("{{\"sid\":\"{sid}\"}}");
        let body = packet::Body::json(json.as_bytes());
        let range = packet::encode(self.sessions.arena(), PacketType::Connect, name, None, body);
        self.sessions.enqueue(session, range);
        self.rooms.connect(socket);
        self.batch.events.push(Event::Connected { socket });
    }

    /// Ends a socket on the hub's side and tells the loop; the caller takes it off its client's list.
    pub(crate) fn end_socket(
        &mut self,
        socket: SocketKey,
        reason: DisconnectReason,
        description: Option<&'static str>,
    ) {
        self.rooms.remove(socket);
        if let Some(reason) = self.front.ended(socket, reason) {
            self.batch.events.push(Event::Disconnected { socket, reason, description });
        }
    }

    /// The client sent what is no packet: its connection is closed (`forced close`).
    fn fail(&mut self, session: SessionKey, error: DecodeError, now: Time) {
        self.log(false, format!("closed a connection that sent a bad packet: {error}"));
        self.sessions.close(session, CloseReason::ForcedClose, false, now);
    }

    /// The client broke the protocol: all its sockets end (`forced server close`), then its connection.
    pub(crate) fn violate(&mut self, session: SessionKey, now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let sockets = std::mem::take(&mut client.sockets);
        for joined in sockets {
            self.end_socket(joined.socket, DisconnectReason::ForcedServerClose, None);
        }
        self.sessions.close(session, CloseReason::ForcedClose, false, now);
    }

    /// An event of `bytes` was queued: pauses the client's reads at the bounds.
    fn count(&mut self, session: SessionKey, bytes: usize, now: Time) {
        let total_is_full = self.front.queued(bytes);
        let max_pending_events = self.config.max_pending_events;
        let Some(client) = self.clients.get_mut(session) else { return };
        let (events, bytes) = client.conn.queued(bytes);
        let full = events >= max_pending_events || bytes >= MAX_PENDING_EVENT_BYTES;
        if !full && !total_is_full {
            return;
        }
        if client.conn.acks_awaited() > 0 {
            if bytes >= MAX_PENDING_EVENT_BYTES_HARD {
                let text = format!(
                    "closed a connection with {bytes} bytes of events waiting while the server awaits its answer"
                );
                self.log(false, text);
                self.sessions.close(session, CloseReason::ForcedClose, false, now);
            }
            return;
        }
        let waits = full && wait_for_events(client, max_pending_events);
        if waits || (total_is_full && self.front.pause_all()) {
            self.set_paused(session, true, now);
        }
    }

    /// Pauses or resumes a client's reads.
    pub(crate) fn set_paused(&mut self, session: SessionKey, paused: bool, now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        if client.paused == paused {
            return;
        }
        client.paused = paused;
        self.sessions.set_paused(session, paused, now);
        if paused {
            return;
        }
        client.conn.unpause();
        let connection = client.connection;
        self.outputs.extend(connection.map(|connection| Output::Resume { connection }));
        if let Some(body) = client.body.take() {
            self.read_body(session, body, now);
        }
    }

    pub(crate) fn log(&mut self, error: bool, text: String) {
        self.batch.events.push(Event::Log(Log { error, text }));
    }
}

/// Marks the client as paused for its own events; false when they have been started meanwhile and nobody would resume it.
fn wait_for_events(client: &Client, max_pending_events: u32) -> bool {
    client.conn.pause();
    let (events, bytes) = client.conn.pending();
    let calm = events <= max_pending_events / 2 && bytes <= MAX_PENDING_EVENT_BYTES / 2;
    !(calm && client.conn.unpause())
}
