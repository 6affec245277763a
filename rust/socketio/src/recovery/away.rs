//! The sockets that have ended and may come back, in the order in which they ended.

use std::collections::VecDeque;
use std::time::Duration;

use engineio::{Sid, Time};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::command::NamespaceId;
use crate::event::SocketKey;

/// A socket that has ended and may come back.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) namespace: NamespaceId,
    pub(crate) id: Sid,
    /// Those that it was in when it ended; while it leaves the registry knows better.
    pub(crate) rooms: Vec<String>,
    /// Those are all: what becomes of its rooms since then is its leave.
    pub(super) is_settled: bool,
    pub(super) pid: Sid,
    pub(super) since: u64,
    /// When it ended; none until the hub has told the time.
    pub(super) ended: Option<Time>,
}

impl Session {
    fn bytes(&self) -> usize {
        let rooms: usize = self.rooms.iter().map(|room| size_of::<String>() + room.len()).sum();
        // The tables' own share counts too.
        2 * size_of::<Self>() + rooms
    }
}

/// The sessions, bounded by bytes and by age.
#[derive(Debug)]
pub(super) struct Away {
    sessions: HashMap<SocketKey, Session, RandomState>,
    /// In the order in which they ended; some have gone meanwhile.
    order: VecDeque<SocketKey>,
    /// So many at the end of `order` do not know when they ended.
    untimed: usize,
    bytes: usize,
    max_bytes: usize,
    max_age: Duration,
    /// Those that can't come back any more, and of whom that was not told.
    lost: Vec<Sid>,
}

impl Away {
    pub(super) fn new(max_age: Duration, max_bytes: usize) -> Self {
        Self {
            sessions: HashMap::default(),
            order: VecDeque::new(),
            untimed: 0,
            bytes: 0,
            max_bytes,
            max_age,
            lost: Vec::new(),
        }
    }

    pub(super) fn get(&self, key: SocketKey) -> Option<&Session> {
        self.sessions.get(&key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    pub(super) fn add(&mut self, key: SocketKey, session: Session) {
        self.bytes += session.bytes();
        self.sessions.insert(key, session);
        self.order.push_back(key);
        self.untimed += 1;
    }

    /// The rooms of a session, as they were in the end: when that is told first.
    pub(super) fn settle(&mut self, key: SocketKey, rooms: Vec<String>) {
        let session = self.sessions.get_mut(&key).filter(|session| !session.is_settled);
        let Some(session) = session else { return };
        self.bytes -= session.bytes();
        session.rooms = rooms;
        session.is_settled = true;
        self.bytes += session.bytes();
    }

    /// Whether one is too old.
    pub(super) fn is_due(&self, key: SocketKey, now: Time) -> bool {
        let ended = self.sessions.get(&key).and_then(|session| session.ended);
        ended.is_some_and(|ended| now.since(ended) > self.max_age)
    }

    /// It is `now`: what ended since the last time ended before.
    pub(super) fn mark(&mut self, now: Time) {
        let start = self.order.len() - self.untimed;
        for key in self.order.range(start..) {
            if let Some(session) = self.sessions.get_mut(key) {
                session.ended = Some(now);
            }
        }
        self.untimed = 0;
    }

    /// The oldest one when they take too much together; it is lost.
    pub(super) fn make_room(&mut self) -> Option<Session> {
        if self.bytes <= self.max_bytes { None } else { self.lose_oldest() }
    }

    /// The oldest one when it is too old; it is lost.
    pub(super) fn expire(&mut self, now: Time) -> Option<Session> {
        let oldest = self.oldest()?;
        if self.is_due(oldest, now) { self.lose_oldest() } else { None }
    }

    /// One that its client has come back to.
    pub(super) fn take(&mut self, key: SocketKey) -> Option<Session> {
        let session = self.sessions.remove(&key)?;
        self.bytes -= session.bytes();
        // Those that have gone never outnumber the others by much.
        if self.untimed == 0 && self.order.len() > 2 * self.sessions.len() + 64 {
            self.order.retain(|key| self.sessions.contains_key(key));
        }
        Some(session)
    }

    /// The socket of this id can't come back.
    pub(super) fn lose(&mut self, id: Sid) {
        self.lost.push(id);
    }

    pub(super) fn take_lost(&mut self) -> Vec<Sid> {
        std::mem::take(&mut self.lost)
    }

    /// The first in the order that has not gone.
    fn oldest(&mut self) -> Option<SocketKey> {
        loop {
            let first = *self.order.front()?;
            if self.sessions.contains_key(&first) {
                return Some(first);
            }
            self.order.pop_front();
            self.untimed = self.untimed.min(self.order.len());
        }
    }

    fn lose_oldest(&mut self) -> Option<Session> {
        let oldest = self.oldest()?;
        let session = self.take(oldest)?;
        self.lost.push(session.id);
        Some(session)
    }
}
