//! Row 9: the commands of the language side, in their order.

mod with_ack;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use engineio::{CloseReason, INTERNAL_ERROR, SessionKey, Time};

use crate::command::{Action, Broadcast, Command};
use crate::conn::Conn;
use crate::event::{DisconnectReason, Event, SocketKey};
use crate::exchange::{Output, SlowClient};
use crate::hub::{Hub, Phase};
use crate::notices::Notice;
use crate::packet::{self, Body, PacketType};
use crate::stats::Limit;

/// How much capacity the inbox's arena keeps where it is copied from.
const ARENA_KEPT: usize = 1 << 20;

impl Hub {
    /// Carries out commands; `true` when the caller has to flush and call again.
    ///
    /// A batch takes the inbox once, so that it ends however fast others fill it. It stops early when much has gathered for one client, so that none is
    /// called slow before a write was tried.
    pub fn handle_commands(&mut self, now: Time) -> bool {
        if !std::mem::replace(&mut self.has_taken, true) {
            self.read_on(now);
            self.take_inbox(now);
        }
        let any = !self.inbox.commands.is_empty();
        while let Some(command) = self.inbox.commands.pop_front() {
            if self.handle_command(command, now) >= self.config.send_queue_bytes / 4 {
                break;
            }
        }
        self.settle(now);
        any
    }

    /// Ends a batch: what could not be written is kept. Nothing while there are commands in it that are not carried out.
    pub fn end_batch(&mut self) {
        if !self.inbox.commands.is_empty() {
            return;
        }
        for index in 0..self.sessions.touched().len() {
            self.report(self.sessions.touched()[index]);
        }
        self.sessions.end_batch();
        self.missed.clear();
        self.has_taken = false;
    }

    /// Arms the wake-up of the driver; false when there is something to do first.
    pub fn park(&mut self) -> bool {
        self.inbox.commands.is_empty() && self.unread.is_empty() && self.front.park()
    }

    /// A step on behalf of a session has panicked: it ends at once (`forced close`), with a line in the log, and nothing else does.
    pub fn handle_panic(&mut self, session: SessionKey, now: Time) {
        let end = || {
            self.sessions.abort(session, CloseReason::ForcedClose, Some(INTERNAL_ERROR));
            self.settle(now);
        };
        // What is half done may panic once more; then there is nothing left to try.
        let _ = catch_unwind(AssertUnwindSafe(end));
    }

    /// Does a step on behalf of one session: a panic in it costs that session and nothing else.
    pub(crate) fn isolate<T: Default>(
        &mut self,
        session: SessionKey,
        now: Time,
        step: impl FnOnce(&mut Self) -> T,
    ) -> T {
        catch_unwind(AssertUnwindSafe(|| step(self))).unwrap_or_else(|_| {
            self.handle_panic(session, now);
            T::default()
        })
    }

    /// Takes the next commands and makes their frames this batch's arena.
    fn take_inbox(&mut self, now: Time) {
        if self.front.take(&mut self.inbox, now) {
            self.batch.events.push(Event::InboxDrained);
        }
        self.inbox.receiver_bytes = 0;
        let arena = self.sessions.arena();
        self.base = u32::try_from(arena.len()).expect("a batch stays below 4 GiB");
        if arena.is_empty() {
            std::mem::swap(arena, &mut self.inbox.arena);
        } else {
            arena.append(&mut self.inbox.arena);
            self.inbox.arena.shrink_to(ARENA_KEPT);
        }
    }

    /// Carries out one command; the most bytes that it has made one client's share of this batch.
    fn handle_command(&mut self, command: Command, now: Time) -> usize {
        match command {
            Command::Session(session, action) => {
                return self.isolate(session, now, |hub| hub.handle_action(session, action, now));
            }
            Command::Broadcast(broadcast) => return self.broadcast(&broadcast, now),
            Command::BroadcastWithAck(broadcast) => {
                return self.broadcast_with_ack(&broadcast, now);
            }
            Command::Join { socket, room } => self.rooms.join(socket, room),
            Command::Leave { socket, room } => self.rooms.leave(socket, room),
            Command::Carried(id, told) => self.handle_carried(id, told, now),
            Command::Judge(request, verdict) => {
                self.outputs.push_back(Output::Verdict { request, verdict });
            }
            Command::Stop => self.stop(now),
        }
        0
    }

    /// As [`handle_command`](Self::handle_command).
    fn handle_action(&mut self, session: SessionKey, action: Action, now: Time) -> usize {
        match action {
            Action::Send { socket, range, volatile } => {
                return self.send(session, socket, range, volatile, now);
            }
            Action::Restore { socket, missed } => {
                return self.restore(session, socket, &missed, now);
            }
            Action::Authorize { socket } => {
                self.tell(session, |conn| Event::Authorize { socket, conn }, now);
            }
            Action::Renew { socket, new } => self.renew(session, socket, new, now),
            Action::Accept { socket } => self.accept(session, socket, now),
            Action::Enter { socket } => self.enter(session, socket, now),
            Action::Unknown { socket } => self.forget_unknown(session, socket, now),
            Action::Refuse { socket, range } => {
                self.rooms.remove(socket);
                if let Some(client) = self.clients.get_mut(session) {
                    client.leave(socket);
                }
                self.enqueue(session, range);
            }
            Action::Disconnect { socket, close } => self.disconnect(session, socket, close, now),
            Action::Message { conn, range, volatile } => {
                return self.send_message(&conn, range, volatile, now);
            }
            Action::Close { conn } => {
                if self.is_served(&conn) {
                    self.sessions.close(session, CloseReason::ForcedClose, false, now);
                }
            }
            Action::Abort { conn } => {
                if self.is_served(&conn) {
                    self.sessions.abort(session, CloseReason::ForcedClose, None);
                }
            }
            Action::Resume => self.resume(session, now),
        }
        0
    }

    fn send(
        &mut self,
        session: SessionKey,
        socket: SocketKey,
        range: Range<u32>,
        volatile: bool,
        now: Time,
    ) -> usize {
        let Some(client) = self.clients.get_mut(session) else { return 0 };
        let bytes = range.len();
        // The answer that is awaited with this packet would never be read.
        if client.paused && client.conn.acks_awaited() > 0 {
            self.resume(session, now);
        }
        let is_alive = self.rooms.session(socket).is_some();
        let share = if is_alive { self.deliver(session, range, volatile, now) } else { 0 };
        if let Some(client) = self.clients.get_mut(session) {
            client.conn.set_in_hub(self.sessions.queued_bytes(session));
            client.conn.taken(bytes);
        }
        if !is_alive {
            // Whoever waits for the queue hears of what left it unsent.
            self.report(session);
        }
        share
    }

    fn send_message(
        &mut self,
        conn: &Arc<Conn>,
        range: Range<u32>,
        volatile: bool,
        now: Time,
    ) -> usize {
        let (session, bytes) = (conn.session, range.len());
        let is_served = self.is_served(conn);
        let share = if is_served { self.deliver(session, range, volatile, now) } else { 0 };
        conn.set_in_hub(self.sessions.queued_bytes(session));
        conn.taken(bytes);
        share
    }

    /// Whether a connection is this hub's: its session's key may be another one's in a later hub.
    fn is_served(&mut self, conn: &Arc<Conn>) -> bool {
        let client = self.clients.get_mut(conn.session);
        client.is_some_and(|client| Arc::ptr_eq(&client.conn, conn))
    }

    fn broadcast(&mut self, broadcast: &Broadcast, now: Time) -> usize {
        let mut receivers = std::mem::take(&mut self.receivers);
        let Broadcast { namespace, to, except, range, volatile } = broadcast;
        self.rooms.receivers(*namespace, to, except, &mut receivers);
        let mut most = 0;
        for session in receivers.drain(..) {
            let deliver = |hub: &mut Self| hub.deliver(session, range.clone(), *volatile, now);
            most = most.max(self.isolate(session, now, deliver));
        }
        self.receivers = receivers;
        most
    }

    /// Queues frames for a client, unless it is slow; its share of this batch if a write may take some of it.
    fn deliver(
        &mut self,
        session: SessionKey,
        range: Range<u32>,
        volatile: bool,
        now: Time,
    ) -> usize {
        if volatile
            && (self.send_volatile(session, range.clone()) || !self.sessions.writable(session))
        {
            return 0;
        }
        if self.sessions.queued_bytes(session) >= self.config.send_queue_bytes {
            self.overflow(session, now);
            return 0;
        }
        let share = self.enqueue(session, range);
        // A client that is known to be full tells nothing new by another try.
        if self.sessions.writable(session) { share } else { 0 }
    }

    /// Queues frames of the inbox for a session; the bytes that it has got in this batch.
    fn enqueue(&mut self, session: SessionKey, range: Range<u32>) -> usize {
        self.sessions.enqueue(session, range.start + self.base..range.end + self.base)
    }

    /// A client's send queue is full.
    fn overflow(&mut self, session: SessionKey, now: Time) {
        self.reached(Limit::SendQueueBytes);
        if self.config.slow_client == SlowClient::Disconnect {
            self.end_slow(session, now);
        }
    }

    /// Disconnects a client that does not read what it is sent.
    pub(crate) fn end_slow(&mut self, session: SessionKey, now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        client.reason = Some(DisconnectReason::SlowConsumer);
        let text = "disconnected a slow consumer: its send queue is full; see send_queue_bytes";
        self.log(Notice::SlowConsumer, text, now);
        // It reads nothing, so no close frame would reach it.
        self.sessions.abort(session, CloseReason::ForcedClose, None);
    }

    pub(crate) fn accept(&mut self, session: SessionKey, socket: SocketKey, now: Time) {
        if self.rooms.session(socket).is_none() {
            return;
        }
        let Some((_, name, sid)) = self.front.namespace_of(socket) else { return };
        self.connected(session, socket, &name, sid, now);
    }

    /// The server disconnects a socket, or its whole client.
    fn disconnect(&mut self, session: SessionKey, socket: SocketKey, close: bool, now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let leaving: Vec<SocketKey> = if close {
            client.sockets.iter().map(|joined| joined.socket).collect()
        } else {
            vec![socket]
        };
        for socket in leaving {
            self.disconnect_socket(session, socket);
        }
        if close {
            self.sessions.close(session, CloseReason::ForcedClose, false, now);
        }
    }

    fn disconnect_socket(&mut self, session: SessionKey, socket: SocketKey) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let Some(joined) = client.leave(socket) else { return };
        if joined.connected {
            let (arena, name) = (self.sessions.arena(), &joined.namespace);
            let range = packet::encode(arena, PacketType::Disconnect, name, None, Body::default());
            self.sessions.enqueue(session, range);
        }
        self.end_socket(session, socket, DisconnectReason::ServerNamespaceDisconnect, None);
    }

    /// `io.close()`: every socket ends (`server shutting down`), then every session.
    fn stop(&mut self, now: Time) {
        if self.phase != Phase::Serving {
            return;
        }
        self.phase = Phase::Stopping;
        // An engine alone knows no other end of a socket than its session's.
        let sockets = if self.config.raw { Vec::new() } else { self.sockets_by_namespace() };
        for (session, socket) in sockets {
            if let Some(client) = self.clients.get_mut(session) {
                client.leave(socket);
            }
            self.end_socket(session, socket, DisconnectReason::ServerShuttingDown, None);
        }
        self.sessions.close_all(now);
    }

    /// All sockets, those of the namespace that was made first in front.
    fn sockets_by_namespace(&self) -> Vec<(SessionKey, SocketKey)> {
        let mut sockets: Vec<_> = self.clients.sockets().collect();
        sockets
            .sort_by_key(|&(_, socket)| self.rooms.namespace(socket).map(|namespace| namespace.0));
        sockets
    }
}
