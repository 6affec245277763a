//! The values that the driver and the sessions exchange.

use std::borrow::Cow;

use crate::response::Response;
use crate::table::Key;

/// A session, as long as it lives.
pub type SessionKey = Key;

/// A WebSocket connection of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub Key);

/// An HTTP request of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// Why a session closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The peer closed the connection, or asked for it.
    TransportClose,
    /// The connection failed, or the peer broke the transport's rules.
    TransportError,
    /// The peer sent what is no packet.
    ParseError,
    /// The peer answered no ping in time.
    PingTimeout,
    /// The server closed it.
    ForcedClose,
}

impl CloseReason {
    /// The reference's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TransportClose => "transport close",
            Self::TransportError => "transport error",
            Self::ParseError => "parse error",
            Self::PingTimeout => "ping timeout",
            Self::ForcedClose => "forced close",
        }
    }
}

/// The description of a session's end when it was no mistake of its client's but ours: a step on its behalf has panicked.
pub const INTERNAL_ERROR: &str = "internal error";

/// What to do with an HTTP request.
#[derive(Debug)]
pub enum Outcome {
    /// Answer it.
    Respond(Response),
    /// Answer it; the response carries packets of the session, which are lost if the client does not get it ([`answer_lost`](crate::Sessions::answer_lost)).
    Polled {
        /// The session.
        session: SessionKey,
        /// The response.
        response: Response,
    },
    /// There is a new session: answer the request.
    Opened {
        /// The session.
        session: SessionKey,
        /// The response; its body holds the open packet only.
        response: Response,
    },
    /// A GET waits; it is answered by [`Output::Respond`].
    Parked {
        /// Its session.
        session: SessionKey,
    },
    /// A POST: its body is to be read, then reported by one of [`finish_body`](crate::Sessions::finish_body), [`body_too_large`](crate::Sessions::body_too_large) and [`request_aborted`](crate::Sessions::request_aborted), unless [`Output::AbortBody`] comes first.
    Body {
        /// Its session.
        session: SessionKey,
        /// The most bytes that the body may have.
        limit: usize,
    },
}

/// What a WebSocket is for, once its handshake is accepted; the 101 is sent in all three cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// A new session.
    Opened(SessionKey),
    /// A polling session that may move over to it.
    Probing(SessionKey),
    /// Nothing: a close frame without status follows.
    CloseAtOnce,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangup {
    /// The peer closed it, with a close frame or without.
    Close,
    /// It failed, or the peer broke the rules of WebSocket.
    Error,
}

/// A WebSocket message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// Text.
    Text(&'a str),
    /// Bytes.
    Binary(&'a [u8]),
}

/// What a packet brought for the user of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// Nothing: it was of the engine's own business, or nobody's.
    Nothing,
    /// A text message, without the type digit.
    Text(&'a str),
    /// A binary message.
    Binary(Cow<'a, [u8]>),
    /// The session has ended: nothing more is to be fed to it.
    Closed,
}

/// Something that happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It closed, and its key is stale; this comes once for each session that was opened.
    Closed {
        /// The session.
        session: SessionKey,
        /// Why.
        reason: CloseReason,
        /// What happened in detail.
        description: Option<&'static str>,
    },
    /// It moved from polling to WebSocket.
    Upgraded {
        /// The session.
        session: SessionKey,
    },
    /// A session was not upgraded in time, and stays with polling.
    UpgradeTimedOut,
}

/// Something for the driver to do.
#[derive(Debug)]
pub enum Output {
    /// Answer a request that was parked.
    Respond {
        /// The request.
        request: RequestId,
        /// The response.
        response: Response,
    },
    /// Write these whole frames before anything else is written to the connection. As long as they cannot be written, nothing is read from it, so that a peer that does not read cannot make them pile up.
    Write {
        /// The connection.
        connection: ConnectionId,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Write these bytes, which end with a close frame, wait up to 30 s for the peer's close frame, then drop the connection.
    Close {
        /// The connection.
        connection: ConnectionId,
        /// The bytes.
        last: Vec<u8>,
    },
    /// Drop the connection now: a frame is written in part, or the peer does not read.
    Abort {
        /// The connection.
        connection: ConnectionId,
    },
    /// Drop a request whose body is being read; it gets no answer.
    AbortBody {
        /// The request.
        request: RequestId,
    },
}
