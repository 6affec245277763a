//! Connection state recovery in memory: who may come back, and what was sent of late, so that nothing is missed.

mod away;
mod log;
mod returning;
mod wish;

use std::ops::Range;
use std::time::Duration;

use engineio::{Sid, Time};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::command::NamespaceId;
use crate::event::SocketKey;
use crate::packet::{self, Body, PacketType};

pub(crate) use away::Session;
pub(crate) use log::Addressees;
pub(crate) use returning::{Beginning, Found, Returning};
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

    /// The secret of a connected socket, for its client alone.
    pub(crate) fn pid(&self, key: SocketKey) -> Option<Sid> {
        self.live.get(&key).map(|live| live.pid)
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
        let is_settled = false;
        self.away.add(key, Session { namespace, id, rooms, is_settled, pid, since, ended: None });
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
