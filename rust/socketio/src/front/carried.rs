//! What the language side tells of sessions that others carry, and what such a one does where it is another front.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crate::carrier::{CarriedId, Carrier, Guest, Message};
use crate::command::{Action, Carried, Command};
use crate::conn::Conn;
use crate::event::DisconnectReason;

use super::{Front, State};

/// Without a hub nobody takes commands.
impl Front {
    /// Begins a session that another carries; [`Event::Released`](crate::Event::Released) ends it.
    pub fn carry(&self, guest: Guest) -> CarriedId {
        let before = self.carried.fetch_add(1, Relaxed);
        let id = CarriedId(NonZeroU64::MIN.saturating_add(before));
        self.command(Command::Carried(id, Carried::Begin(Box::new(guest))));
        id
    }

    /// A message of a carried session.
    pub fn receive_carried(&self, id: CarriedId, message: Message) {
        // What nobody takes is dropped behind the lock, as its carrier hears of it.
        let left = self.append(|State { inbox, served, .. }| {
            if !*served {
                return Some(message);
            }
            inbox.receiver_bytes += message.bytes();
            inbox.commands.push_back(Command::Carried(id, Carried::Receive(Box::new(message))));
            None
        });
        drop(left);
    }

    /// What a carried session has not sent may be tried again.
    pub fn retry_carried(&self, id: CarriedId) {
        self.command(Command::Carried(id, Carried::Retry));
    }

    /// The client of a carried session has gone.
    pub fn end_carried(
        &self,
        id: CarriedId,
        reason: DisconnectReason,
        description: Option<&'static str>,
    ) {
        self.command(Command::Carried(id, Carried::End(reason, description)));
    }
}

/// Has a client of an engine alone carry a session of another hub.
pub struct Relay {
    /// The front of the engine.
    pub front: Arc<Front>,
    /// The client's connection.
    pub conn: Arc<Conn>,
    /// How many bytes may wait for it: where the engine tells that it is [drained](crate::Event::Drained).
    pub mark: usize,
}

impl Relay {
    fn is_full(&self) -> bool {
        self.conn.unsent_bytes() > self.mark && !self.conn.is_over()
    }

    fn push(&self, state: &mut State, frames: &[u8], volatile: bool) {
        let arena = &mut state.inbox.arena;
        let offset = |arena: &Vec<u8>| u32::try_from(arena.len()).expect("an inbox below 4 GiB");
        let start = offset(arena);
        arena.extend_from_slice(frames);
        let range = start..offset(arena);
        self.conn.emitted(range.len());
        let action = Action::Message { conn: Arc::clone(&self.conn), range, volatile };
        state.inbox.commands.push_back(Command::Session(self.conn.session, action));
    }
}

impl Carrier for Relay {
    fn send(&self, frames: &[u8], volatile: bool) -> bool {
        if self.is_full() {
            if volatile {
                return true;
            }
            self.conn.await_drain();
            // It may have been drained before that was asked for.
            if self.is_full() {
                return false;
            }
        }
        self.front.append(|state| {
            let has_room = !self.front.is_inbox_full(&state.inbox);
            if has_room {
                self.push(state, frames, volatile);
            } else if !volatile {
                state.awaited = true;
            }
            has_room || volatile
        })
    }

    fn close(&self, last: &[u8]) {
        self.front.append(|state| {
            // Where there is not even room for that, nobody reads it.
            if !last.is_empty() && self.front.check_room(&state.inbox, last.len()).is_ok() {
                self.push(state, last, false);
            }
            let action = Action::Close { conn: Arc::clone(&self.conn) };
            state.inbox.commands.push_back(Command::Session(self.conn.session, action));
        });
    }

    fn abort(&self) {
        let action = Action::Abort { conn: Arc::clone(&self.conn) };
        self.front.command(Command::Session(self.conn.session, action));
    }

    fn taken(&self, bytes: usize) {
        self.front.started(&self.conn, bytes);
    }
}
