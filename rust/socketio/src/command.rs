//! Row 9: what the language side tells the hub, in the one order of the front's lock.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use engineio::{Key, RequestId, SessionKey};

use crate::carrier::{CarriedId, Guest, Message};
use crate::conn::Conn;
use crate::event::{DisconnectReason, SocketKey, Verdict};
use crate::missed::Missed;

/// A namespace in the front's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamespaceId(pub Key);

impl NamespaceId {
    /// That of sockets whose namespace does not exist yet.
    pub(crate) const NONE: Self = Self(Key { index: u32::MAX, generation: u32::MAX });
}

/// A room that has members; the number is used again when it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RoomId(pub(crate) u32);

/// Who is meant by a name: the members of a room, or the socket whose id it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    Room(RoomId),
    Socket(SocketKey),
}

/// Whom a broadcast reaches.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Receivers {
    /// The whole namespace.
    Everyone,
    /// The members of one room or the one socket: the common case.
    One(Member),
    /// The union.
    Several(Box<[Member]>),
}

/// One command; ranges lie in the inbox's arena and hold whole WebSocket frames.
#[derive(Debug)]
pub(crate) enum Command {
    /// What concerns one session.
    Session(SessionKey, Action),
    Broadcast(Broadcast),
    BroadcastWithAck(BroadcastWithAck),
    Join {
        socket: SocketKey,
        room: RoomId,
    },
    Leave {
        socket: SocketKey,
        room: RoomId,
    },
    /// What concerns a session that another carries.
    Carried(CarriedId, Carried),
    Judge(RequestId, Verdict),
    Stop,
}

#[derive(Debug)]
pub(crate) enum Action {
    Send {
        socket: SocketKey,
        range: Range<u32>,
        volatile: bool,
    },
    Accept {
        socket: SocketKey,
    },
    /// Its middlewares are to be asked.
    Authorize {
        socket: SocketKey,
    },
    /// Its namespace was found.
    Enter {
        socket: SocketKey,
    },
    /// Its namespace is unknown.
    Unknown {
        socket: SocketKey,
    },
    /// The socket comes back: what it has missed, then as `Accept`.
    Restore {
        socket: SocketKey,
        missed: Box<[Missed]>,
    },
    /// The socket can't come back after all: the new one is its client's, and its middlewares are to be asked.
    Renew {
        socket: SocketKey,
        new: SocketKey,
    },
    Refuse {
        socket: SocketKey,
        range: Range<u32>,
    },
    Disconnect {
        socket: SocketKey,
        close: bool,
    },
    Message {
        conn: Arc<Conn>,
        range: Range<u32>,
        volatile: bool,
    },
    Close {
        conn: Arc<Conn>,
    },
    /// Ends a session without another byte.
    Abort {
        conn: Arc<Conn>,
    },
    Resume,
}

#[derive(Debug)]
pub(crate) enum Carried {
    Begin(Box<Guest>),
    Receive(Box<Message>),
    /// Its carrier may take more.
    Retry,
    /// Its client has gone.
    End(DisconnectReason, Option<&'static str>),
}

#[derive(Debug)]
pub(crate) struct Broadcast {
    pub(crate) namespace: NamespaceId,
    pub(crate) to: Receivers,
    pub(crate) except: Box<[Member]>,
    pub(crate) range: Range<u32>,
    pub(crate) volatile: bool,
}

/// A broadcast that its receivers are to answer: who they are was settled when it was emitted.
#[derive(Debug)]
pub(crate) struct BroadcastWithAck {
    pub(crate) receivers: Box<[(SessionKey, SocketKey)]>,
    pub(crate) range: Range<u32>,
    pub(crate) volatile: bool,
}

/// Commands in their order, and the frames they speak of.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    pub(crate) commands: VecDeque<Command>,
    pub(crate) arena: Vec<u8>,
    /// What the lists of receivers take.
    pub(crate) receiver_bytes: usize,
}

impl Inbox {
    /// What it holds, as its bounds count it.
    pub(crate) fn bytes(&self) -> usize {
        self.arena.len() + self.commands.len() * size_of::<Command>() + self.receiver_bytes
    }
}
