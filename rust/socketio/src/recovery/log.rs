//! The packets that were sent of late, in their order.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use engineio::{Sid, Time};

use crate::command::NamespaceId;
use crate::missed::Missed;

/// Marks of the time per longest absence: packets may be kept longer by such a part.
const MARKS: u32 = 64;

/// Whom a packet was for.
#[derive(Clone, Debug)]
pub(crate) enum Addressees {
    /// One socket.
    Socket(Sid),
    /// The union of these rooms (none: everyone), but for members of the others.
    Rooms { rooms: Option<Vec<String>>, except: Vec<String> },
}

impl Addressees {
    fn bytes(&self) -> usize {
        let Self::Rooms { rooms, except } = self else { return 0 };
        let names = rooms.iter().flatten().chain(except);
        names.map(|name| size_of::<String>() + name.len()).sum()
    }

    /// Whether the socket of this id was meant, which was in these rooms.
    fn include(&self, id: Sid, joined: &HashSet<&String>) -> bool {
        match self {
            Self::Socket(socket) => *socket == id,
            Self::Rooms { rooms, except } => {
                let is_in = |rooms: &Vec<String>| rooms.iter().any(|room| joined.contains(room));
                rooms.as_ref().is_none_or(is_in) && !is_in(except)
            }
        }
    }
}

#[derive(Debug)]
struct Entry {
    namespace: NamespaceId,
    to: Addressees,
    packet: Arc<[u8]>,
}

impl Entry {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.packet.len() + self.to.bytes()
    }
}

/// Numbered packets, bounded by bytes and by age.
#[derive(Debug)]
pub(super) struct Log {
    entries: VecDeque<Entry>,
    /// The number of the first.
    first: u64,
    bytes: usize,
    max_bytes: usize,
    max_age: Duration,
    /// Times, and the number of the first packet that came later; the last one moves on for a while.
    marks: VecDeque<(Time, u64)>,
}

impl Log {
    /// An empty one. Numbers begin anywhere, so that an offset of another process means nothing here.
    pub(super) fn new(max_age: Duration, max_bytes: usize) -> Self {
        let random = Sid::new();
        let random = random.as_str().bytes().take(7);
        let first = random.fold(1, |first, byte| first << 6 | u64::from(byte & 63));
        let entries = VecDeque::new();
        Self { entries, first, bytes: 0, max_bytes, max_age, marks: VecDeque::new() }
    }

    /// The number that the next packet gets.
    pub(super) fn next(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds a packet. Whether others had to make room.
    pub(super) fn push(
        &mut self,
        namespace: NamespaceId,
        to: Addressees,
        packet: Arc<[u8]>,
    ) -> bool {
        let first = self.first;
        let entry = Entry { namespace, to, packet };
        self.bytes += entry.bytes();
        self.entries.push_back(entry);
        while self.bytes > self.max_bytes {
            self.pop();
        }
        self.first > first
    }

    fn pop(&mut self) {
        let Some(entry) = self.entries.pop_front() else { return };
        self.first += 1;
        self.bytes -= entry.bytes();
        if self.entries.is_empty() {
            self.entries = VecDeque::new();
        }
    }

    /// What came since the last mark came before `now`.
    pub(super) fn mark(&mut self, now: Time) {
        let next = self.next();
        let last = self.marks.back_mut();
        match last {
            Some((_, number)) if *number == next => {}
            Some((begun, number)) if now.since(*begun) < self.max_age / MARKS => *number = next,
            _ if self.entries.is_empty() => {}
            _ => self.marks.push_back((now, next)),
        }
    }

    /// Drops what is older than it may be.
    pub(super) fn expire(&mut self, now: Time) {
        let limit = self.max_age + self.max_age / MARKS;
        while let Some(&(begun, number)) = self.marks.front() {
            if now.since(begun) <= limit {
                break;
            }
            self.marks.pop_front();
            while self.first < number && !self.entries.is_empty() {
                self.pop();
            }
        }
    }

    /// Whether the packet of this number is here, and is of this namespace.
    pub(super) fn has(&self, namespace: NamespaceId, number: u64) -> bool {
        let at = self.place(number).and_then(|at| self.entries.get(at));
        at.is_some_and(|entry| entry.namespace == namespace)
    }

    /// What came for a socket from the packet of this number on; none when some of it has gone.
    pub(super) fn missed(
        &self,
        namespace: NamespaceId,
        number: u64,
        id: Sid,
        joined: &HashSet<&String>,
    ) -> Option<Vec<Missed>> {
        let at = self.place(number).filter(|&at| at <= self.entries.len())?;
        let later = (number..).zip(self.entries.range(at..));
        let missed =
            later.filter(|(_, entry)| entry.namespace == namespace && entry.to.include(id, joined));
        let shared = |(number, entry): (u64, &Entry)| Missed {
            number: Some(number),
            packet: Arc::clone(&entry.packet),
        };
        Some(missed.map(shared).collect())
    }

    fn place(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok()
    }
}
