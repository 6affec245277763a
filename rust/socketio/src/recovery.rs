//! Connection state recovery in memory: who may come back, and what was sent of late, so that nothing is missed.

mod log;
mod wish;

use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::time::Duration;

use engineio::{Sid, Time};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::command::NamespaceId;
use crate::event::SocketKey;
use crate::missed::Missed;
use crate::packet::{self, Body, PacketType};

pub(crate) use log::Addressees;
pub(crate) use wish::{Wish, wish};

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
    /// It comes back: the last packet that its client has, until the missed ones are sent.
    has: Option<u64>,
}

/// A socket that has ended and may come back.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) namespace: NamespaceId,
    pub(crate) id: Sid,
    pub(crate) rooms: Vec<String>,
    pid: Sid,
    since: u64,
    /// When it ended; none until the hub has told the time.
    ended: Option<Time>,
}

impl Session {
    fn bytes(&self) -> usize {
        let rooms: usize = self.rooms.iter().map(|room| size_of::<String>() + room.len()).sum();
        // The tables' own share counts too.
        2 * size_of::<Self>() + rooms
    }
}

/// The sessions, each found by the socket that has ended and by its secret, and the packets.
#[derive(Debug)]
pub(crate) struct Recovery {
    pub(crate) options: RecoveryOptions,
    log: Log,
    /// What is missed may take no more: else the client has to begin anew.
    max_missed_bytes: usize,
    live: HashMap<SocketKey, Live, RandomState>,
    sessions: HashMap<SocketKey, Session, RandomState>,
    /// The server makes these ids: no peer can choose collisions.
    pids: HashMap<[u8; Sid::LEN], SocketKey, RandomState>,
    /// In the order in which they ended; some have gone meanwhile.
    order: VecDeque<SocketKey>,
    /// So many at the end of `order` do not know when they ended.
    untimed: usize,
    session_bytes: usize,
    max_session_bytes: usize,
    /// Those that can't come back any more, and of whom that was not told.
    lost: Vec<Sid>,
    has_made_room: bool,
    /// Scratch for the data of one packet.
    json: Vec<u8>,
}

impl Recovery {
    /// A quarter of `max_bytes` is for sessions, the rest for packets.
    pub(crate) fn new(options: RecoveryOptions, max_bytes: usize, max_missed_bytes: usize) -> Self {
        let max_session_bytes = max_bytes / 4;
        Self {
            options,
            log: Log::new(options.max_disconnection_duration, max_bytes - max_session_bytes),
            max_missed_bytes,
            live: HashMap::default(),
            sessions: HashMap::default(),
            pids: HashMap::default(),
            order: VecDeque::new(),
            untimed: 0,
            session_bytes: 0,
            max_session_bytes,
            lost: Vec::new(),
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
        let Some(session) = self.sessions.get(&key) else { return };
        let (namespace, to) = (session.namespace, Addressees::Socket(session.id));
        self.write(&mut Vec::new(), namespace, name, body, to);
    }

    /// The namespace of a socket that has ended and may come back.
    pub(crate) fn absent_in(&self, key: SocketKey) -> Option<NamespaceId> {
        self.sessions.get(&key).map(|session| session.namespace)
    }

    /// Whether anybody may come back.
    pub(crate) fn has_sessions(&self) -> bool {
        !self.sessions.is_empty()
    }

    /// A socket is accepted. What it has missed, when it comes back and that can still be told; else it begins anew.
    pub(crate) fn accept(
        &mut self,
        key: SocketKey,
        namespace: NamespaceId,
        id: Sid,
        rooms: &[String],
    ) -> Option<Box<[Missed]>> {
        let next = self.log.next();
        let new = || Live { pid: Sid::new(), since: next, has: None };
        let live = self.live.entry(key).or_insert_with(new);
        let has = live.has.take()?;
        let missed = self.log.missed(namespace, has, id, &rooms.iter().collect());
        if missed.is_none() {
            *live = new();
        }
        missed
    }

    /// The secret of a connected socket, for its client alone.
    pub(crate) fn pid(&self, key: SocketKey) -> Option<Sid> {
        self.live.get(&key).map(|live| live.pid)
    }

    /// Takes out the session that a client asks for, which nobody can ask for again; none when it begins anew.
    pub(crate) fn restore(
        &mut self,
        namespace: NamespaceId,
        wish: Wish,
        now: Time,
    ) -> Option<Session> {
        let key = *self.pids.get(&wish.pid)?;
        let session = self.sessions.get(&key)?;
        let is_due = |ended: Time| now.since(ended) > self.options.max_disconnection_duration;
        if session.namespace != namespace || session.ended.is_some_and(is_due) {
            return None;
        }
        let rooms: HashSet<&String> = session.rooms.iter().collect();
        let missed = (wish.offset >= session.since)
            .then(|| self.log.missed(namespace, wish.offset, session.id, &rooms))
            .flatten();
        let bytes = missed?.iter().map(|missed| missed.packet.len()).sum::<usize>();
        if bytes > self.max_missed_bytes {
            return None;
        }
        self.take(key)
    }

    /// A socket that comes back, with the last packet that its client has.
    pub(crate) fn resume(&mut self, key: SocketKey, session: &Session, offset: u64) {
        let Session { pid, since, .. } = *session;
        self.live.insert(key, Live { pid, since, has: Some(offset) });
    }

    /// A socket is gone, and can't come back.
    pub(crate) fn forget(&mut self, key: SocketKey) {
        self.live.remove(&key);
    }

    /// A socket has ended for a reason that lets it come back; none of its rooms when it never was connected.
    pub(crate) fn keep(
        &mut self,
        key: SocketKey,
        namespace: NamespaceId,
        id: Sid,
        rooms: Option<Vec<String>>,
    ) {
        let (Some(Live { pid, since, .. }), Some(rooms)) = (self.live.remove(&key), rooms) else {
            return self.lost.push(id);
        };
        // Who was sent nothing has no offset to come back with.
        if since == self.log.next() {
            return self.lost.push(id);
        }
        let session = Session { namespace, id, rooms, pid, since, ended: None };
        self.session_bytes += session.bytes();
        self.pids.extend(as_key(&pid).map(|pid| (pid, key)));
        self.sessions.insert(key, session);
        self.order.push_back(key);
        self.untimed += 1;
        while self.session_bytes > self.max_session_bytes {
            let Some(oldest) = self.order.front().copied() else { break };
            self.lose(oldest);
            self.has_made_room = true;
        }
    }

    /// It is `now`: what came since the last time came before. Whether something had to make room since then.
    pub(crate) fn mark(&mut self, now: Time) -> bool {
        self.log.mark(now);
        let start = self.order.len() - self.untimed;
        for key in self.order.range(start..) {
            if let Some(session) = self.sessions.get_mut(key) {
                session.ended = Some(now);
            }
        }
        self.untimed = 0;
        std::mem::take(&mut self.has_made_room)
    }

    /// Drops what is too old. Whether anything is left.
    pub(crate) fn sweep(&mut self, now: Time) -> bool {
        self.has_made_room = self.mark(now);
        self.log.expire(now);
        while let Some(&key) = self.order.front() {
            let ended = self.sessions.get(&key).and_then(|session| session.ended);
            let limit = self.options.max_disconnection_duration;
            if ended.is_some_and(|ended| now.since(ended) <= limit) {
                break;
            }
            self.lose(key);
        }
        self.has_sessions() || !self.log.is_empty()
    }

    /// Those that can't come back any more, each told once.
    pub(crate) fn take_lost(&mut self) -> Vec<Sid> {
        std::mem::take(&mut self.lost)
    }

    /// Drops the first in the order.
    fn lose(&mut self, key: SocketKey) {
        self.order.pop_front();
        self.untimed = self.untimed.min(self.order.len());
        let lost = self.take(key);
        self.lost.extend(lost.map(|session| session.id));
    }

    fn take(&mut self, key: SocketKey) -> Option<Session> {
        let session = self.sessions.remove(&key)?;
        self.pids.remove(&as_key(&session.pid)?);
        self.session_bytes -= session.bytes();
        // Those that have gone never outnumber the others by much.
        if self.untimed == 0 && self.order.len() > 2 * self.sessions.len() + 64 {
            self.order.retain(|key| self.sessions.contains_key(key));
        }
        Some(session)
    }
}

fn as_key(pid: &Sid) -> Option<[u8; Sid::LEN]> {
    pid.as_str().as_bytes().try_into().ok()
}
