//! Connection state recovery in memory: who may come back, and what was sent of late, so that nothing is missed.

mod away;
mod log;
mod wish;

use std::ops::Range;
use std::time::Duration;

use engineio::{Sid, Time};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::command::NamespaceId;
use crate::event::SocketKey;
use crate::missed::Missed;
use crate::packet::{self, Body, PacketType};
use crate::registry::Registry;

pub(crate) use away::Session;
pub(crate) use log::Addressees;
pub(crate) use wish::{Wish, wish};

use away::Away;
use log::Log;

/// What the user asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryOptions {
    /// How long a client may be away.
    pub max_disconnection_duration: Duration,
    /// Middlewares are not asked about a client that comes back.
    pub skip_middlewares: bool,
}

impl RecoveryOptions {
    /// How often what has become too old is looked for; between two looks it is refused all the same.
    pub(crate) fn sweep_interval(self) -> Duration {
        let (least, most) = (Duration::from_secs(1), Duration::from_secs(60));
        (self.max_disconnection_duration / 4).clamp(least, most)
    }
}

/// What a connected socket needs to come back one day.
#[derive(Debug)]
struct Live {
    pid: Sid,
    /// The number that the next packet had when it was accepted: no older one was sent to it.
    since: u64,
    /// It comes back, and is not accepted yet.
    returning: Option<Returning>,
}

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

/// Who is there, who is away, and the packets.
#[derive(Debug)]
pub(crate) struct Recovery {
    pub(crate) options: RecoveryOptions,
    log: Log,
    /// What is missed may take no more: else the client has to begin anew.
    max_missed_bytes: usize,
    live: HashMap<SocketKey, Live, RandomState>,
    away: Away,
    /// Whose secret that is. The server makes these ids: no peer can choose collisions.
    pids: HashMap<[u8; Sid::LEN], SocketKey, RandomState>,
    has_made_room: bool,
    /// Scratch for the data of one packet.
    json: Vec<u8>,
}

impl Recovery {
    /// A quarter of `max_bytes` is for sessions, the rest for packets.
    pub(crate) fn new(options: RecoveryOptions, max_bytes: usize, max_missed_bytes: usize) -> Self {
        let max_session_bytes = max_bytes / 4;
        let max_age = options.max_disconnection_duration;
        Self {
            options,
            log: Log::new(max_age, max_bytes - max_session_bytes),
            max_missed_bytes,
            live: HashMap::default(),
            away: Away::new(max_age, max_session_bytes),
            pids: HashMap::default(),
            has_made_room: false,
            json: Vec::new(),
        }
    }

    /// Writes an event whose last argument is its offset, and keeps it.
    pub(crate) fn write(
        &mut self,
        out: &mut Vec<u8>,
        namespace: NamespaceId,
        name: &str,
        body: Body<'_>,
        to: Addressees,
    ) -> Range<u32> {
        self.json.clear();
        self.json.extend_from_slice(body.json.strip_suffix(b"]").unwrap_or(body.json));
        self.json.extend_from_slice(b",\"");
        self.json.extend_from_slice(itoa::Buffer::new().format(self.log.next()).as_bytes());
        self.json.extend_from_slice(b"\"]");
        let body = Body { json: &self.json, ..body };
        let range = packet::encode(out, PacketType::Event, name, None, body);
        let packet = out[range.start as usize..range.end as usize].into();
        self.has_made_room |= self.log.push(namespace, to, packet);
        range
    }

    /// Keeps an event for a socket that has ended and may come back.
    pub(crate) fn write_absent(&mut self, key: SocketKey, name: &str, body: Body<'_>) {
        let Some(session) = self.away.get(key) else { return };
        let (namespace, to) = (session.namespace, Addressees::Socket(session.id));
        self.write(&mut Vec::new(), namespace, name, body, to);
    }

    /// The namespace of a socket that has ended and may come back.
    pub(crate) fn absent_in(&self, key: SocketKey) -> Option<NamespaceId> {
        self.away.get(key).map(|session| session.namespace)
    }

    /// Whether anybody may come back.
    pub(crate) fn has_sessions(&self) -> bool {
        !self.away.is_empty()
    }

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

    /// The secret of a connected socket, for its client alone.
    pub(crate) fn pid(&self, key: SocketKey) -> Option<Sid> {
        self.live.get(&key).map(|live| live.pid)
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
        let kept = ended.map(|session| &session.rooms);
        // While it leaves, its handlers change where it was.
        let rooms = socket.map(|_| registry.rooms_of(key)).or_else(|| kept.cloned())?;
        let (after, next) = (offset.checked_add(1)?, self.log.next());
        let missed = self.log.missed(namespace, after, id, &rooms.iter().collect())?;
        if self.is_too_much(&missed) {
            return None;
        }
        if ended.is_none() {
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

    /// A socket is gone, and can't come back to what is kept here. Its secret.
    pub(crate) fn forget(&mut self, key: SocketKey) -> Option<Sid> {
        let pid = self.live.remove(&key).map(|live| live.pid);
        self.disown(pid);
        pid
    }

    /// A socket has ended for a reason that lets it come back; none of its rooms when nobody has heard of it.
    pub(crate) fn keep(
        &mut self,
        key: SocketKey,
        namespace: NamespaceId,
        id: Sid,
        rooms: Option<Vec<String>>,
    ) {
        let live = self.live.remove(&key);
        let pid = live.as_ref().map(|live| live.pid);
        // Who was sent nothing has no offset to come back with.
        let live = live.filter(|live| live.since != self.log.next());
        let (Some(Live { pid, since, .. }), Some(rooms)) = (live, rooms) else {
            self.disown(pid);
            return self.away.lose(id);
        };
        self.away.add(key, Session { namespace, id, rooms, pid, since, ended: None });
        self.make_room();
    }

    /// A socket has ended for such a reason, and can't come back.
    pub(crate) fn lose(&mut self, id: Sid) {
        self.away.lose(id);
    }

    /// The leave of a socket that may come back has ended: these are the rooms that it was in.
    pub(crate) fn settle(&mut self, key: SocketKey, rooms: Vec<String>) {
        self.away.settle(key, rooms);
        self.make_room();
    }

    /// It is `now`: what came since the last time came before. Whether something had to make room since then.
    pub(crate) fn mark(&mut self, now: Time) -> bool {
        self.log.mark(now);
        self.away.mark(now);
        std::mem::take(&mut self.has_made_room)
    }

    /// Drops what is too old. Whether anything is left.
    pub(crate) fn sweep(&mut self, now: Time) -> bool {
        self.has_made_room = self.mark(now);
        self.log.expire(now);
        while let Some(session) = self.away.expire(now) {
            self.disown(Some(session.pid));
        }
        self.has_sessions() || !self.log.is_empty()
    }

    /// Those that can't come back any more, each told once.
    pub(crate) fn take_lost(&mut self) -> Vec<Sid> {
        self.away.take_lost()
    }

    fn is_too_much(&self, missed: &[Missed]) -> bool {
        let bytes = missed.iter().map(|missed| missed.packet.len()).sum::<usize>();
        bytes > self.max_missed_bytes
    }

    /// The oldest sessions make room for later ones.
    fn make_room(&mut self) {
        while let Some(session) = self.away.make_room() {
            self.disown(Some(session.pid));
            self.has_made_room = true;
        }
    }

    fn take(&mut self, key: SocketKey) -> Option<Session> {
        let session = self.away.take(key)?;
        self.disown(Some(session.pid));
        Some(session)
    }

    /// A secret is nobody's from now on.
    fn disown(&mut self, pid: Option<Sid>) {
        if let Some(pid) = pid.as_ref().and_then(as_key) {
            self.pids.remove(&pid);
        }
    }
}

fn as_key(pid: &Sid) -> Option<[u8; Sid::LEN]> {
    pid.as_str().as_bytes().try_into().ok()
}
