//! Row 5: sockets of a client come, by its CONNECT for a namespace, and go.

use std::sync::Arc;

use engineio::{SessionKey, Sid, Time};

use crate::client::{Client, Joined};
use crate::conn::Conn;
use crate::event::{DisconnectReason, Event, SocketKey};
use crate::front::Admission;
use crate::hub::Hub;
use crate::packet::{self, PacketType};
use crate::recovery::wish;
use crate::stats::Limit;

/// What an unknown namespace is answered with; clients compare the text.
const INVALID_NAMESPACE: &[u8] = br#"{"message":"Invalid namespace"}"#;

impl Hub {
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
}
