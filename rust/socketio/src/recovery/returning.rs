//! Clients that come back: whom to, and with what.

use engineio::{Sid, Time};

use crate::command::NamespaceId;
use crate::event::SocketKey;
use crate::missed::Missed;
use crate::registry::Registry;

use super::{Live, Recovery, Session, Wish, as_key};

/// What a socket that comes back is to be sent when it is accepted.
#[derive(Debug)]
pub(crate) struct Returning {
    /// What it has missed up to now.
    missed: Vec<Missed>,
    /// The number of the packet that is to come next: it misses that too. None where nothing is kept for it here.
    next: Option<u64>,
}

/// Whom a client wants to come back to.
#[derive(Debug)]
pub(crate) enum Found {
    /// A socket that has ended: nobody can ask for it again.
    Ended(Session, Returning),
    /// One that has not, as far as the server knows.
    Living(SocketKey),
}

/// How a socket begins that is accepted.
#[derive(Debug)]
pub(crate) enum Beginning {
    /// As a new one.
    New,
    /// With what it has missed.
    Back(Box<[Missed]>),
    /// Not at all: what it has missed can't be told any more.
    TooLate,
}

impl Recovery {
    /// A socket is accepted, which is in these rooms: how it begins.
    pub(crate) fn accept(
        &mut self,
        key: SocketKey,
        namespace: NamespaceId,
        id: Sid,
        rooms: &[String],
    ) -> Beginning {
        let next = self.log.next();
        let Some(live) = self.live.get_mut(&key) else {
            let pid = Sid::new();
            self.live.insert(key, Live { pid, since: next, returning: None });
            self.pids.extend(as_key(&pid).map(|pid| (pid, key)));
            return Beginning::New;
        };
        let Some(Returning { mut missed, next }) = live.returning.take() else {
            return Beginning::New;
        };
        if let Some(next) = next {
            let later = self.log.missed(namespace, next, id, &rooms.iter().collect());
            let Some(later) = later else { return Beginning::TooLate };
            missed.extend(later);
        }
        if self.is_too_much(&missed) { Beginning::TooLate } else { Beginning::Back(missed.into()) }
    }

    /// Finds the socket that a client wants to come back to; none when it begins anew.
    pub(crate) fn find(
        &mut self,
        registry: &Registry,
        namespace: NamespaceId,
        wish: Wish,
        now: Time,
    ) -> Option<Found> {
        let key = *self.pids.get(&wish.pid)?;
        let (ended, socket) = (self.away.get(key), registry.sockets.get(key));
        let (home, id, since) = match (ended, self.live.get(&key), socket) {
            (Some(session), ..) => (session.namespace, session.id, session.since),
            (None, Some(live), Some(socket)) => (socket.namespace, socket.id, live.since),
            _ => return None,
        };
        let offset = wish.offset?;
        let has_been_sent = offset >= since && self.log.has(namespace, offset);
        if home != namespace || !has_been_sent || self.away.is_due(key, now) {
            return None;
        }
        let kept = ended.filter(|session| session.is_settled || socket.is_none());
        // While it leaves, its handlers change where it was.
        let rooms = kept.map_or_else(|| registry.rooms_of(key), |session| session.rooms.clone());
        let (after, next) = (offset.checked_add(1)?, self.log.next());
        let missed = self.log.missed(namespace, after, id, &rooms.iter().collect())?;
        let (is_ended, is_too_much) = (ended.is_some(), self.is_too_much(&missed));
        if is_too_much {
            // It will never be less: nobody has the log looked through for it again.
            self.give_up(key);
            return None;
        }
        if !is_ended {
            return Some(Found::Living(key));
        }
        let session = Session { rooms, ..self.take(key)? };
        Some(Found::Ended(session, Returning { missed, next: Some(next) }))
    }

    /// A socket comes back, and is not accepted yet.
    pub(crate) fn resume(&mut self, key: SocketKey, session: &Session, returning: Returning) {
        let Session { pid, since, .. } = *session;
        self.live.insert(key, Live { pid, since, returning: Some(returning) });
        self.pids.extend(as_key(&pid).map(|pid| (pid, key)));
    }

    /// Whether no socket has this secret.
    pub(crate) fn is_free(&self, pid: Sid) -> bool {
        as_key(&pid).is_some_and(|pid| !self.pids.contains_key(&pid))
    }

    /// The same for a socket that was kept elsewhere; false: it has missed too much.
    pub(crate) fn resume_external(
        &mut self,
        key: SocketKey,
        pid: Sid,
        missed: Vec<Missed>,
    ) -> bool {
        if self.is_too_much(&missed) {
            return false;
        }
        let returning = Some(Returning { missed, next: None });
        self.live.insert(key, Live { pid, since: self.log.next(), returning });
        self.pids.extend(as_key(&pid).map(|pid| (pid, key)));
        true
    }

    /// A client can't come back with what it has been sent until now.
    fn give_up(&mut self, key: SocketKey) {
        if let Some(live) = self.live.get_mut(&key) {
            live.since = self.log.next();
        } else if let Some(session) = self.take(key) {
            self.away.lose(session.id);
        }
    }

    fn is_too_much(&self, missed: &[Missed]) -> bool {
        let bytes = missed.iter().map(|missed| missed.packet.len()).sum::<usize>();
        bytes > self.max_missed_bytes
    }
}
