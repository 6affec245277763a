//! Row 5: a client's packets become events of its sockets; what needs no Python is settled here.

use std::sync::Arc;

use engineio::{CloseReason, Received, SessionKey, Sid, Time};

use crate::attachments::{Reassembly, Whole, weight};
use crate::client::{Body, Client, Joined};
use crate::conn::Conn;
use crate::error::DecodeError;
use crate::event::{Attachments, DisconnectReason, Event, SocketKey};
use crate::exchange::Output;
use crate::front::Admission;
use crate::hub::Hub;
use crate::limits::{Load, PACKETS_PER_TURN};
use crate::notices::Notice;
use crate::packet::{self, Packet, PacketType};
use crate::recovery::wish;
use crate::stats::Limit;

/// What an unknown namespace is answered with; clients compare the text.
const INVALID_NAMESPACE: &[u8] = br#"{"message":"Invalid namespace"}"#;

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

    /// A client asks for a namespace.
    pub(crate) fn connect(&mut self, session: SessionKey, name: &str, auth: &str, now: Time) {
        self.arm_sweep(now);
        let Some(client) = self.clients.get_mut(session) else { return };
        if client.sockets.len() >= self.config.limits.max_namespaces {
            self.reached(Limit::MaxNamespaces);
            return self.violate(
                session,
                "a CONNECT for one namespace too many (max_namespaces)",
                now,
            );
        }
        if self.sessions.queued_bytes(session) >= self.config.send_queue_bytes {
            // Without its answer it could not go on.
            self.reached(Limit::SendQueueBytes);
            return self.end_slow(session, now);
        }
        let auth = (!auth.is_empty()).then(|| Arc::<str>::from(auth));
        let admission = if name.len() > self.config.limits.max_namespace_bytes {
            self.reached(Limit::MaxNamespaceBytes);
            Admission::Unknown
        } else {
            let wish = auth.as_deref().filter(|_| self.config.recovery.is_some()).and_then(wish);
            let conn = Arc::clone(&client.conn);
            self.admit(&conn, name, auth.as_ref(), wish, now)
        };
        match admission {
            Admission::Unknown | Admission::Living(_) => self.refuse_unknown(session, name, now),
            Admission::Sought(socket) => {
                let name = Arc::<str>::from(name);
                let namespace = Arc::clone(&name);
                self.add_joined(session, Joined { namespace, socket, connected: false });
                self.tell(session, |conn| Event::Find { socket, conn, name }, now);
            }
            Admission::Recalled(socket) => {
                self.add_socket(session, socket);
                self.tell(session, |conn| Event::Recall { socket, conn }, now);
            }
            Admission::Guarded(socket) => {
                self.add_socket(session, socket);
                self.tell(session, |conn| Event::Authorize { socket, conn }, now);
            }
            Admission::Restored(socket) => self.add_socket(session, socket),
            Admission::Connected(socket, sid) => {
                self.add_socket(session, socket);
                self.connected(session, socket, name, sid, now);
            }
        }
    }

    pub(crate) fn refuse_unknown(&mut self, session: SessionKey, name: &str, now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        client.unknown_namespaces += 1;
        if client.unknown_namespaces > self.config.limits.max_unknown_namespaces {
            self.reached(Limit::MaxUnknownNamespaces);
            return self.violate(
                session,
                "a CONNECT for one unknown namespace too many (max_unknown_namespaces)",
                now,
            );
        }
        let arena = self.sessions.arena();
        let body = packet::Body::json(INVALID_NAMESPACE);
        let range = packet::encode(arena, PacketType::ConnectError, name, None, body);
        self.sessions.enqueue(session, range);
    }

    fn add_socket(&mut self, session: SessionKey, socket: SocketKey) {
        let Some((namespace, name, _)) = self.front.namespace_of(socket) else { return };
        self.rooms.add(socket, session, namespace);
        self.add_joined(session, Joined { namespace: name, socket, connected: false });
    }

    fn add_joined(&mut self, session: SessionKey, joined: Joined) {
        let Some(client) = self.clients.get_mut(session) else { return };
        client.sockets.push(joined);
    }

    /// A socket is accepted: its CONNECT packet precedes all that follows.
    pub(crate) fn connected(
        &mut self,
        session: SessionKey,
        socket: SocketKey,
        name: &str,
        sid: Sid,
        now: Time,
    ) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let Some(joined) = client.sockets.iter_mut().find(|joined| joined.socket == socket) else {
            return;
        };
        joined.connected = true;
        client.joined = true;
        if !self.config.raw {
            let json = match self.pid(socket) {
                None => format!("{{\"sid\":\"{sid}\"}}"),
                Some(pid) => format!("{{\"sid\":\"{sid}\",\"pid\":\"{pid}\"}}"),
            };
            let (arena, body) = (self.sessions.arena(), packet::Body::json(json.as_bytes()));
            let range = packet::encode(arena, PacketType::Connect, name, None, body);
            self.sessions.enqueue(session, range);
        }
        self.rooms.connect(socket);
        self.tell(session, |conn| Event::Connected { socket, conn }, now);
    }

    /// Tells the loop what a client's CONNECT has brought; it counts as an event of the client.
    pub(crate) fn tell(
        &mut self,
        session: SessionKey,
        event: impl FnOnce(Arc<Conn>) -> Event,
        now: Time,
    ) {
        let Some(client) = self.clients.get_mut(session) else { return };
        self.batch.events.push(event(Arc::clone(&client.conn)));
        self.count(session, 0, now);
    }

    /// Ends a socket on the hub's side and tells the loop; the caller takes it off its client's list.
    pub(crate) fn end_socket(
        &mut self,
        session: SessionKey,
        socket: SocketKey,
        reason: DisconnectReason,
        description: Option<&'static str>,
    ) {
        self.rooms.remove(socket);
        if let Some((reason, pid)) = self.front.ended(socket, reason) {
            let Some(client) = self.clients.get_mut(session) else { return };
            let conn = Arc::clone(&client.conn);
            // It counts with the others, but pauses nobody: only a CONNECT can bring about another one.
            conn.events.queued(0);
            conn.all_events.queued(0);
            let ended = Event::Disconnected { socket, conn, reason, description, pid };
            self.batch.events.push(ended);
        }
        self.tell_lost();
    }

    /// Ends all sockets of a client, in the order in which they asked for their namespaces.
    pub(crate) fn end_sockets(
        &mut self,
        session: SessionKey,
        reason: DisconnectReason,
        description: Option<&'static str>,
    ) {
        while let Some(socket) = self.clients.get_mut(session).and_then(Client::leave_first) {
            self.end_socket(session, socket, reason, description);
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
    fn violate(&mut self, session: SessionKey, what: &str, now: Time) {
        let text = format_args!("closed a connection that sent what the protocol forbids: {what}");
        self.log(Notice::Breach, text, now);
        self.sessions.expel(session, CloseReason::ForcedClose, now);
        self.settle(now);
        self.end_sockets(session, DisconnectReason::ForcedServerClose, None);
    }

    /// An event of `bytes` was queued: pauses the client's reads at the bounds.
    fn count(&mut self, session: SessionKey, bytes: usize, now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let own = client.conn.events.queued(bytes);
        let all = client.conn.all_events.queued(bytes);
        // Those who have no more than their share are not held back by what others have.
        let share = self.config.limits.total.share(self.sessions.len());
        let (bound, limits) = if all.reaches(self.config.limits.total) && own.reaches(share) {
            (share, [Limit::MaxTotalPendingEvents, Limit::MaxTotalPendingEventBytes])
        } else if own.reaches(self.own_events) {
            (self.own_events, [Limit::MaxPendingEvents, Limit::MaxPendingEventBytes])
        } else {
            return;
        };
        if client.conn.acks_awaited() > 0 {
            return self.count_asked(session, own, all, bytes, now);
        }
        if client.conn.events.pause(bound) {
            client.paused = true;
            self.reached(limits[usize::from(own.events < bound.events)]);
            self.sessions.set_paused(session, true, now);
        }
    }

    /// The same for a client whose answer is awaited, which may not pause: closes it at the harder bounds.
    fn count_asked(&mut self, session: SessionKey, own: Load, all: Load, bytes: usize, now: Time) {
        let limits = &self.config.limits;
        // Measured before this event, so that one larger one passes.
        let before = Load { events: own.events - 1, bytes: own.bytes - bytes };
        let share = limits.total_asked.share(self.sessions.len());
        let reached = if before.reaches(limits.asked) {
            let names = [Limit::MaxPendingEventsAsked, Limit::MaxPendingEventBytesAsked];
            names[usize::from(before.events < limits.asked.events)]
        } else if all.reaches(limits.total_asked) && own.reaches(share) {
            let names = [Limit::MaxTotalPendingEventsAsked, Limit::MaxTotalPendingEventBytesAsked];
            names[usize::from(all.events < limits.total_asked.events)]
        } else {
            return;
        };
        self.reached(reached);
        let Load { events, bytes } = before;
        let text = format_args!(
            "closed a connection with {events} events of {bytes} bytes waiting while the server awaits its answer"
        );
        self.log(Notice::TooManyEvents, text, now);
        self.sessions.expel(session, CloseReason::ForcedClose, now);
    }

    /// Resumes a client's reads, if they are paused.
    pub(crate) fn resume(&mut self, session: SessionKey, now: Time) {
        let client = self.clients.get_mut(session);
        if !client.is_some_and(|client| std::mem::take(&mut client.paused)) {
            return;
        }
        self.sessions.set_paused(session, false, now);
        let connection = self.sessions.connection(session);
        self.outputs.extend(connection.map(|connection| Output::Resume { connection }));
        self.read_rest(session, now);
        self.read_carried(session, now);
    }
}
