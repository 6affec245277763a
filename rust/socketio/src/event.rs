//! Row 5 to 6: what the hub tells the language side, as plain data in batches.

use std::ops::Range;
use std::sync::Arc;

use engineio::{CloseReason, Key, Request, RequestId, SessionKey, Sid};

use crate::carrier::CarriedId;
use crate::conn::Conn;

/// A socket in the front's table.
pub type SocketKey = Key;

/// Why a socket was disconnected, in the reference's words, and one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisconnectReason {
    /// The connection was closed by the peer or lost.
    TransportClose,
    /// The connection failed.
    TransportError,
    /// An undecodable Engine.IO packet.
    ParseError,
    /// No pong in time.
    PingTimeout,
    /// The engine session was closed by the server, for a bad Socket.IO packet too.
    ForcedClose,
    /// The client left the namespace.
    ClientNamespaceDisconnect,
    /// The server disconnected the socket.
    ServerNamespaceDisconnect,
    /// The client broke the protocol.
    ForcedServerClose,
    /// The server closes.
    ServerShuttingDown,
    /// The client read too slowly for what it was sent.
    SlowConsumer,
}

impl DisconnectReason {
    /// Its text on the Python side.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TransportClose => "transport close",
            Self::TransportError => "transport error",
            Self::ParseError => "parse error",
            Self::PingTimeout => "ping timeout",
            Self::ForcedClose => "forced close",
            Self::ClientNamespaceDisconnect => "client namespace disconnect",
            Self::ServerNamespaceDisconnect => "server namespace disconnect",
            Self::ForcedServerClose => "forced server close",
            Self::ServerShuttingDown => "server shutting down",
            Self::SlowConsumer => "slow consumer",
        }
    }
}

impl DisconnectReason {
    /// Whether it was the client that left, or its connection; else it was the server that ended it.
    pub fn is_peers(self) -> bool {
        match self {
            Self::TransportClose
            | Self::TransportError
            | Self::PingTimeout
            | Self::ClientNamespaceDisconnect => true,
            Self::ParseError
            | Self::ForcedClose
            | Self::ServerNamespaceDisconnect
            | Self::ForcedServerClose
            | Self::ServerShuttingDown
            | Self::SlowConsumer => false,
        }
    }

    /// Whether a client that ended so may come back to what it had: not when either side meant it.
    pub fn is_recoverable(self) -> bool {
        match self {
            Self::TransportClose
            | Self::TransportError
            | Self::PingTimeout
            | Self::ForcedClose
            | Self::ForcedServerClose
            | Self::ServerShuttingDown => true,
            Self::ParseError
            | Self::ClientNamespaceDisconnect
            | Self::ServerNamespaceDisconnect
            | Self::SlowConsumer => false,
        }
    }
}

impl From<CloseReason> for DisconnectReason {
    fn from(reason: CloseReason) -> Self {
        match reason {
            CloseReason::TransportClose => Self::TransportClose,
            CloseReason::TransportError => Self::TransportError,
            CloseReason::ParseError => Self::ParseError,
            CloseReason::PingTimeout => Self::PingTimeout,
            CloseReason::ForcedClose => Self::ForcedClose,
        }
    }
}

/// The attachments of a packet, in the order of their numbers; none for most.
pub type Attachments = Option<Box<[Box<[u8]>]>>;

/// One thing that happened.
#[derive(Debug)]
pub enum Event {
    /// A client asks for a session, and the language side is to allow it: `Front::judge`.
    Ask {
        /// The number of the question.
        request: RequestId,
        /// The request.
        head: Box<Request>,
    },
    /// A client asks for a namespace that there is not: find or make it, then call `Front::found`.
    Find {
        /// The socket that it will be.
        socket: SocketKey,
        /// Its connection: `Front::started` with no bytes is to be called for it.
        conn: Arc<Conn>,
        /// The name.
        name: Arc<str>,
    },
    /// A client asks to come back in a namespace that is [external](crate::Front::set_external): find what it was, then call `Front::recalled`.
    Recall {
        /// The socket that it will be.
        socket: SocketKey,
        /// Its connection: `Front::started` with no bytes is to be called for it.
        conn: Arc<Conn>,
    },
    /// A client asks for a namespace that is guarded: run its middlewares, then call `Front::accept` or `Front::refuse`.
    Authorize {
        /// The socket.
        socket: SocketKey,
        /// Its connection: `Front::started` with no bytes is to be called for it.
        conn: Arc<Conn>,
    },
    /// A socket is connected; its CONNECT packet is queued.
    Connected {
        /// The socket.
        socket: SocketKey,
        /// Its connection: `Front::started` with no bytes is to be called for it.
        conn: Arc<Conn>,
    },
    /// A client's event: `data` is a JSON array with the name in front, checked. With `Config::raw` it is a message: its text, or one attachment.
    Packet {
        /// The socket.
        socket: SocketKey,
        /// The client wants an answer with this id.
        ack: Option<u64>,
        /// The JSON in the batch's bytes; empty when the packet carried none.
        data: Range<u32>,
        /// The attachments.
        attachments: Attachments,
    },
    /// A client's answer: `data` is a JSON array, checked.
    Answer {
        /// The socket.
        socket: SocketKey,
        /// The id that the server had given.
        id: u64,
        /// The JSON in the batch's bytes; empty when the packet carried none.
        data: Range<u32>,
        /// The attachments.
        attachments: Attachments,
    },
    /// A socket has ended: run `disconnecting`, then `Front::forget`, then `disconnect`. Nothing of this socket follows.
    ///
    /// Without [`Event::Connected`] before it, its client left while its middlewares ran, or before the hub knew of their verdict: it is only to be forgotten.
    Disconnected {
        /// The socket.
        socket: SocketKey,
        /// Its connection: `Front::started` with no bytes is to be called for it.
        conn: Arc<Conn>,
        /// Why.
        reason: DisconnectReason,
        /// What the engine knows besides.
        description: Option<&'static str>,
        /// Where its namespace is [external](crate::Front::set_external) and its client may come back: the secret with which it will ask.
        pid: Option<Sid>,
    },
    /// The socket of this id, which ended for a [recoverable](DisconnectReason::is_recoverable) reason, can't come back (any more).
    Lost(Sid),
    /// A session has moved from polling to WebSocket.
    Upgraded {
        /// The session.
        session: SessionKey,
    },
    /// Somebody waits for this client's send queue, and it is below its mark now.
    Drained {
        /// The session.
        session: SessionKey,
    },
    /// Somebody waits for room in the inbox, and there is some.
    InboxDrained,
    /// A session has ended and all its sockets have; nothing of it follows.
    Closed {
        /// The session.
        session: SessionKey,
    },
    /// The session of this number, which somebody else carries, has ended here; nothing of it follows.
    Released(CarriedId),
    /// Something that the operator should know of.
    Log(Log),
    /// All sessions are closed after `Front::stop`; nothing follows.
    Stopped,
}

/// Whether a session may be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Allowed,
    /// It may not; the client is told why, or the usual text.
    Refused(Option<Box<str>>),
}

/// A line for the log.
#[derive(Debug)]
pub struct Log {
    /// How much it matters.
    pub level: Level,
    /// The line.
    pub text: String,
}

/// How much a line of the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It belongs to the day's work.
    Info,
    /// A client, or the way in which the server is used, is at fault.
    Warning,
    /// The server is at fault.
    Error,
}

/// Events in their order, and the bytes they speak of.
#[derive(Debug, Default)]
pub struct Batch {
    /// The events.
    pub events: Vec<Event>,
    /// Their JSON, one after the other.
    pub bytes: Vec<u8>,
}

impl Batch {
    /// Copies `text` in and tells where it lies.
    pub fn keep(&mut self, text: &str) -> Range<u32> {
        let start = position(&self.bytes);
        self.bytes.extend_from_slice(text.as_bytes());
        start..position(&self.bytes)
    }

    /// Moves everything of `other` to the end of this batch; `other` keeps its capacity.
    pub fn append(&mut self, other: &mut Self) {
        let base = position(&self.bytes);
        self.bytes.append(&mut other.bytes);
        self.events.extend(other.events.drain(..).map(|mut event| {
            if let Event::Packet { data, .. } | Event::Answer { data, .. } = &mut event {
                *data = data.start + base..data.end + base;
            }
            event
        }));
    }
}

fn position(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("reads pause long before 4 GiB are queued")
}

/// Takes batches to the language side; it never blocks and never touches the interpreter.
pub trait EventSink: Send + Sync {
    /// Takes all that is in `batch`; its capacity may be swapped.
    fn push(&self, batch: &mut Batch);
}

/// Wakes the driver of a hub; called at most once per sleep.
pub trait Wake: Send + Sync {
    /// Wakes it.
    fn wake(&self);
}
