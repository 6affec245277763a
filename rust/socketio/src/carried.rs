//! Row 5 and 9: what becomes of sessions that others carry: their messages come as commands, and what is to be written for them goes to their carriers.

use std::ops::Range;
use std::sync::Arc;

use engineio::{ConnectionId, Output as EngineOutput, SessionKey, Time};
use smallvec::SmallVec;
use websocket::{Frames, Opcode};

use crate::carrier::{CarriedId, Content, Guest, Message};
use crate::command::Carried;
use crate::conn::Conn;
use crate::event::{DisconnectReason, Event};
use crate::guests::is_carried;
use crate::hub::{Hub, Phase};

impl Hub {
    /// What the language side has to tell of a carried session; nothing when that has ended here.
    pub(crate) fn handle_carried(&mut self, id: CarriedId, told: Carried, now: Time) {
        if let Carried::Begin(guest) = told {
            return self.begin_carried(id, *guest, now);
        }
        let Some(session) = self.guests.session(id) else { return };
        self.isolate(session, now, |hub| match told {
            Carried::Begin(_) => {}
            Carried::Receive(message) => hub.receive_carried(session, *message, now),
            Carried::Retry => {
                hub.sessions.enqueue(session, 0..0);
            }
            Carried::End(reason, description) => {
                hub.lose_carried(session, (reason, description), now);
            }
        });
        self.settle(now);
    }

    fn begin_carried(&mut self, id: CarriedId, guest: Guest, now: Time) {
        let Guest { sid, request, transport, carrier } = guest;
        if self.phase != Phase::Serving {
            carrier.close(&[]);
            self.batch.events.push(Event::Released(id));
            return;
        }
        let connection = self.guests.begin(id, carrier);
        let session = self.sessions.open_carried(sid, connection, now);
        if let Some(entry) = self.guests.get(connection) {
            entry.session = Some(session);
        }
        let all_events = Arc::clone(&self.all_events);
        let conn = Conn::new(session, sid, request, transport, all_events);
        self.begin(conn.carried_by(id), now);
    }

    fn receive_carried(&mut self, session: SessionKey, message: Message, now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        if client.paused {
            let connection = self.sessions.connection(session);
            if let Some(entry) = connection.and_then(|connection| self.guests.get(connection)) {
                entry.unread.push_back(message);
            }
            return;
        }
        self.take_message(session, &message, now);
    }

    fn take_message(&mut self, session: SessionKey, message: &Message, now: Time) {
        match &message.content {
            Content::Text(text) => self.receive_text(session, text, now),
            Content::Binary(bytes) => self.receive_binary(session, bytes, now),
        }
    }

    /// Takes what came while a session's reads were paused.
    pub(crate) fn read_carried(&mut self, session: SessionKey, now: Time) {
        loop {
            let Some(client) = self.clients.get_mut(session) else { return };
            let Some(connection) = self.sessions.connection(session) else { return };
            if client.paused || !is_carried(connection) {
                return;
            }
            let entry = self.guests.get(connection);
            let Some(message) = entry.and_then(|entry| entry.unread.pop_front()) else { return };
            self.take_message(session, &message, now);
        }
    }

    /// The client has gone: what it has sent is taken, whether its reads were paused or not. Its carrier has told the operator of it.
    fn lose_carried(
        &mut self,
        session: SessionKey,
        (reason, description): (DisconnectReason, Option<&'static str>),
        now: Time,
    ) {
        let Some(connection) = self.sessions.connection(session) else { return };
        let entry = self.guests.end(connection);
        for message in entry.into_iter().flat_map(|entry| entry.unread) {
            self.take_message(session, &message, now);
            self.settle(now);
        }
        self.sessions.forget_carried(session);
        self.close_client(session, reason, description);
    }

    /// Gives a carried session's frames to its carrier, as far as that takes them.
    pub(crate) fn write_carried(&mut self, session: SessionKey, connection: ConnectionId) {
        let Some(entry) = self.guests.get(connection) else { return };
        let carrier = Arc::clone(&entry.carrier);
        loop {
            let mut slices = SmallVec::new();
            self.sessions.slices(session, &mut slices);
            let sent = slices.iter().take_while(|slice| carrier.send(slice, false));
            let (count, bytes) = sent.fold((0, 0), |(n, bytes), it| (n + 1, bytes + it.len()));
            let is_full = count < slices.len();
            drop(slices);
            if count == 0 {
                return;
            }
            self.wrote(session, bytes);
            if is_full {
                return;
            }
        }
    }

    /// Sends a carried session what is dropped if its client is not ready: its carrier knows whether it is. False: the session is not carried.
    pub(crate) fn send_volatile(&mut self, session: SessionKey, range: Range<u32>) -> bool {
        let connection = self.sessions.connection(session).filter(|it| is_carried(*it));
        let Some(connection) = connection else { return false };
        self.write_carried(session, connection);
        if self.sessions.queued_bytes(session) == 0
            && let Some(entry) = self.guests.get(connection)
        {
            let range = (range.start + self.base) as usize..(range.end + self.base) as usize;
            entry.carrier.send(&self.sessions.arena()[range], true);
        }
        true
    }

    /// Does what the engine wants done with the connection of a carried session; gives back what concerns others.
    pub(crate) fn carry_out(&mut self, output: EngineOutput) -> Option<EngineOutput> {
        match output {
            EngineOutput::Close { connection, last } if is_carried(connection) => {
                let entry = self.guests.end(connection)?;
                // The close frame is the last one.
                let mut frames = Frames::new(&last);
                let mut end = 0;
                while let Some((opcode, _)) = frames.next() {
                    if opcode == Opcode::Close {
                        break;
                    }
                    end = frames.offset();
                }
                entry.carrier.close(&last[..end]);
                None
            }
            EngineOutput::Abort { connection } if is_carried(connection) => {
                self.guests.end(connection)?.carrier.abort();
                None
            }
            output => Some(output),
        }
    }
}
