//! Packets for the clients: the arena of the batch, the writes of WebSockets, the answers of polls.

use std::io::IoSlice;
use std::ops::Range;

use smallvec::SmallVec;

use crate::exchange::{ConnectionId, SessionKey};
use crate::session::{Session, Transport};

use super::Sessions;

/// How much capacity the arena keeps from batch to batch.
const ARENA_KEPT: usize = 1 << 20;

impl Sessions {
    /// The bytes of this batch's packets, as WebSocket frames; more are appended. While it is empty another vector may be put in its place.
    pub fn arena(&mut self) -> &mut Vec<u8> {
        &mut self.arena
    }

    /// Queues whole frames of the arena for a session. Many sessions may be given the same range.
    ///
    /// Returns the session's unsent bytes of this batch; 0 when it takes no packets any more.
    pub fn enqueue(&mut self, session: SessionKey, range: Range<u32>) -> usize {
        let Some(state) = self.table.get_mut(session).filter(|state| state.is_open()) else {
            return 0;
        };
        state.outgoing.push(range);
        if !state.outgoing.is_listed {
            state.outgoing.is_listed = true;
            self.listed.push(session);
        }
        state.outgoing.fresh_bytes()
    }

    /// Takes the next session with packets of this batch. Waiting GETs of polling sessions are answered on the way; for a WebSocket the driver writes what [`Self::slices`] gives, and tells [`Self::wrote`].
    pub fn poll_write(&mut self) -> Option<(SessionKey, ConnectionId)> {
        while let Some(&key) = self.listed.get(self.polled) {
            self.polled += 1;
            let Some(session) = self.table.get_mut(key) else { continue };
            session.outgoing.is_listed = false;
            match session.transport {
                Transport::WebSocket(_) if session.outgoing.is_empty() => {}
                Transport::WebSocket(connection) => {
                    session.outgoing.note_try();
                    return Some((key, connection));
                }
                Transport::Polling(_) => self.isolate(key, |sessions| sessions.flush_poll(key)),
            }
        }
        None
    }

    /// The sessions that were given packets in this batch, or took some for a poll; some may be gone, or named twice.
    pub fn touched(&self) -> &[SessionKey] {
        &self.listed
    }

    /// Some of what `session` has to write, in order: at most 64 slices.
    pub fn slices<'a>(&'a self, session: SessionKey, into: &mut SmallVec<[IoSlice<'a>; 8]>) {
        if let Some(session) = self.table.get(session) {
            session.outgoing.slices(&self.arena, into);
        }
    }

    /// The first `bytes` bytes of the slices were written.
    pub fn wrote(&mut self, session: SessionKey, bytes: usize) {
        if let Some(session) = self.table.get_mut(session) {
            session.outgoing.wrote(&self.arena, bytes);
        }
    }

    /// Ends the batch, once [`Self::poll_write`] gives `None`: what could not be written is kept with its session, and the arena is empty again.
    pub fn end_batch(&mut self) {
        let mut shared = None;
        for &key in &self.listed {
            if let Some(session) = self.table.get_mut(key) {
                session.outgoing.end_batch(&self.arena, &mut shared);
            }
        }
        self.listed.drain(..self.polled);
        self.polled = 0;
        self.arena.clear();
        self.arena.shrink_to(ARENA_KEPT);
    }

    /// Whether a volatile packet would leave with this batch: a WebSocket has nothing unsent from before it or from a write; for polling, a GET waits.
    pub fn writable(&self, session: SessionKey) -> bool {
        self.table.get(session).is_some_and(Session::is_writable)
    }

    /// Unsent bytes from before this batch.
    pub fn backlog_bytes(&self, session: SessionKey) -> usize {
        self.table.get(session).map_or(0, |session| session.outgoing.backlog_bytes())
    }

    /// All unsent bytes.
    pub fn queued_bytes(&self, session: SessionKey) -> usize {
        let outgoing = self.table.get(session).map(|session| &session.outgoing);
        outgoing.map_or(0, |outgoing| outgoing.backlog_bytes() + outgoing.fresh_bytes())
    }

    /// Writes a packet of the engine's own into the arena and queues it.
    pub(super) fn send(&mut self, session: SessionKey, write: impl FnOnce(&mut Vec<u8>)) {
        let range = self.append(write);
        self.enqueue(session, range);
    }

    /// Writes frames into the arena.
    pub(super) fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Range<u32> {
        let offset = |arena: &Vec<u8>| u32::try_from(arena.len()).expect("an arena below 4 GiB");
        let start = offset(&self.arena);
        write(&mut self.arena);
        start..offset(&self.arena)
    }

    /// Lists a session whose transport has taken, or may now take, what it had queued.
    pub(super) fn list(&mut self, session: SessionKey) {
        self.enqueue(session, 0..0);
    }

    /// Answers a waiting GET with what is queued, if anything is.
    pub(super) fn flush_poll(&mut self, session: SessionKey) {
        let limit = self.config.max_http_buffer_size;
        let Some(session) = self.table.get_mut(session) else { return };
        let Transport::Polling(polling) = &mut session.transport else { return };
        if polling.get.is_none() {
            return;
        }
        let Some(body) = session.outgoing.take_payload(&self.arena, limit) else { return };
        if let Some(get) = polling.get.take() {
            self.respond(get, body);
        }
    }
}
