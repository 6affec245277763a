//! Row 9: the commands of the language side, in their order.

use std::ops::Range;

use engineio::{CloseReason, Output as EngineOutput, SessionKey, Time};

use crate::command::{Broadcast, Command};
use crate::event::{DisconnectReason, Event, SocketKey};
use crate::hub::{Hub, Output, SlowClient};
use crate::packet::{self, Body, PacketType};

impl Hub {
    /// Carries out commands; `true` when the caller has to flush and call again.
    ///
    /// It stops early when much has gathered for one client, so that none is called slow before a write was tried.
    pub fn handle_commands(&mut self, now: Time) -> bool {
        if self.done == self.inbox.commands.len() && !self.take_inbox() {
            return false;
        }
        while let Some(command) = self.inbox.commands.get_mut(self.done) {
            let command = std::mem::replace(command, Command::ResumeAll);
            self.done += 1;
            if self.handle_command(command, now) >= self.config.send_queue_bytes / 4 {
                break;
            }
        }
        self.settle();
        true
    }

    /// Arms the wake-up of the driver; false when there is something to do first.
    pub fn park(&mut self) -> bool {
        self.done == self.inbox.commands.len() && self.front.park()
    }

    /// Takes the next commands and makes their frames this batch's arena.
    fn take_inbox(&mut self) -> bool {
        self.inbox.commands.clear();
        self.done = 0;
        let (any, awaited) = self.front.take(&mut self.inbox);
        if awaited {
            self.batch.events.push(Event::InboxDrained);
        }
        let arena = self.sessions.arena();
        self.base = u32::try_from(arena.len()).expect("a batch stays below 4 GiB");
        if arena.is_empty() {
            std::mem::swap(arena, &mut self.inbox.arena);
        } else {
            arena.append(&mut self.inbox.arena);
        }
        any
    }

    /// Carries out one command; the most bytes that one client has got in this batch by it.
    fn handle_command(&mut self, command: Command, now: Time) -> usize {
        match command {
            Command::Send { session, socket, range, volatile } => {
                let Some(client) = self.clients.get_mut(session) else { return 0 };
                client.conn.taken(range.len());
                if client.paused && client.conn.acks_awaited() > 0 {
                    self.set_paused(session, false, now);
                }
                if self.rooms.session(socket).is_none() {
                    return 0;
                }
                return self.deliver(session, range, volatile, now);
            }
            Command::Broadcast(broadcast) => return self.broadcast(&broadcast, now),
            Command::Join { socket, room } => self.rooms.join(socket, room),
            Command::Leave { socket, room } => self.rooms.leave(socket, room),
            Command::Accept { socket } => self.accept(socket),
            Command::Refuse { session, socket, range } => {
                self.rooms.remove(socket);
                if let Some(client) = self.clients.get_mut(session) {
                    client.leave(socket);
                }
                self.enqueue(session, range);
            }
            Command::Disconnect { socket, close } => self.disconnect(socket, close, now),
            Command::Resume { session } => self.set_paused(session, false, now),
            Command::ResumeAll => {
                let sessions: Vec<SessionKey> = self.clients.sessions().collect();
                for session in sessions {
                    self.set_paused(session, false, now);
                }
            }
            Command::Stop => self.stop(now),
        }
        0
    }

    fn broadcast(&mut self, broadcast: &Broadcast, now: Time) -> usize {
        let mut receivers = std::mem::take(&mut self.receivers);
        let Broadcast { namespace, to, except, range, volatile } = broadcast;
        self.rooms.receivers(*namespace, to, except, &mut receivers);
        let mut most = 0;
        for session in receivers.drain(..) {
            most = most.max(self.deliver(session, range.clone(), *volatile, now));
        }
        self.receivers = receivers;
        most
    }

    /// Queues frames for a client, unless it is slow; the bytes that it has got in this batch.
    fn deliver(
        &mut self,
        session: SessionKey,
        range: Range<u32>,
        volatile: bool,
        now: Time,
    ) -> usize {
        if volatile && !self.sessions.writable(session) {
            return 0;
        }
        if self.sessions.queued_bytes(session) >= self.config.send_queue_bytes {
            self.overflow(session, now);
            return 0;
        }
        let fresh = self.enqueue(session, range);
        // A client with a backlog is known to be full: another try would tell nothing new.
        if self.sessions.backlog_bytes(session) > 0 { 0 } else { fresh }
    }

    /// Queues frames of the inbox for a session; the bytes that it has got in this batch.
    fn enqueue(&mut self, session: SessionKey, range: Range<u32>) -> usize {
        self.sessions.enqueue(session, range.start + self.base..range.end + self.base)
    }

    /// A client's send queue is full.
    fn overflow(&mut self, session: SessionKey, now: Time) {
        if self.config.slow_client == SlowClient::Drop {
            return;
        }
        let Some(client) = self.clients.get_mut(session) else { return };
        if client.reason.is_some() {
            return;
        }
        client.reason = Some(DisconnectReason::SlowConsumer);
        let connection = client.connection;
        self.log(
            false,
            "disconnected a slow consumer: its send queue is full; see send_queue_bytes".to_owned(),
        );
        self.sessions.close(session, CloseReason::ForcedClose, true, now);
        // It reads nothing, so no close frame would reach it.
        let abort = connection.map(|connection| EngineOutput::Abort { connection });
        self.outputs.extend(abort.map(Output::Engine));
    }

    fn accept(&mut self, socket: SocketKey) {
        let Some(session) = self.rooms.session(socket) else { return };
        let Some((_, name, sid)) = self.front.namespace_of(socket) else { return };
        self.connected(session, socket, &name, sid);
    }

    /// The server disconnects a socket, or its whole client.
    fn disconnect(&mut self, socket: SocketKey, close: bool, now: Time) {
        let Some(session) = self.rooms.session(socket) else { return };
        let Some(client) = self.clients.get_mut(session) else { return };
        let leaving = if close {
            std::mem::take(&mut client.sockets)
        } else {
            client.leave(socket).into_iter().collect()
        };
        for joined in leaving {
            if joined.connected {
                let (arena, name) = (self.sessions.arena(), &joined.namespace);
                let range =
                    packet::encode(arena, PacketType::Disconnect, name, None, Body::default());
                self.sessions.enqueue(session, range);
            }
            self.end_socket(joined.socket, DisconnectReason::ServerNamespaceDisconnect, None);
        }
        if close {
            self.sessions.close(session, CloseReason::ForcedClose, false, now);
        }
    }

    /// `io.close()`: every socket ends (`server shutting down`), then every session.
    fn stop(&mut self, now: Time) {
        self.stopping = true;
        let sessions: Vec<SessionKey> = self.clients.sessions().collect();
        for session in sessions {
            let Some(client) = self.clients.get_mut(session) else { continue };
            for joined in std::mem::take(&mut client.sockets) {
                self.end_socket(joined.socket, DisconnectReason::ServerShuttingDown, None);
            }
        }
        self.sessions.close_all(now);
    }
}
