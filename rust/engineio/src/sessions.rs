//! All sessions: what the driver tells them, and what they want done.

use std::borrow::Cow;
use std::io::IoSlice;
use std::ops::Range;

use smallvec::SmallVec;

use crate::config::{Config, TransportName};
use crate::request::Request;
use crate::response::Response;
use crate::sid::Sid;
use crate::table::Key;
use crate::time::Time;

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

/// What to do with an HTTP request.
#[derive(Debug)]
pub enum Outcome {
    /// Answer it.
    Respond(Response),
    /// A new session: answer the request.
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
    /// A POST: the body is read, then told by [`Sessions::finish_body`] or one of its siblings.
    Body {
        /// Its session.
        session: SessionKey,
        /// The most bytes that the body may have.
        limit: usize,
    },
}

/// What became of a WebSocket handshake; the 101 is sent for each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// A new session.
    Opened(SessionKey),
    /// A session that may move over from polling.
    Probing(SessionKey),
    /// Nothing: a close frame without status follows the 101.
    CloseAtOnce,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangup {
    /// The peer closed it, by a close frame or without.
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

/// What a packet or frame brought for the user of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// Nothing: it was of the engine's own business, or nobody's.
    Nothing,
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(Cow<'a, [u8]>),
    /// The session ended by it: the rest of its packets is not to be fed.
    Closed,
}

/// Something that happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It closed; its key is stale.
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
    /// Write these bytes as they are, before anything later; they are whole frames (the answer to a probe).
    Write {
        /// The connection.
        connection: ConnectionId,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Write these bytes, which end with a close frame, then wait a while for the peer's close frame, then drop the connection.
    Close {
        /// The connection.
        connection: ConnectionId,
        /// The bytes.
        last: Vec<u8>,
    },
    /// Drop the connection.
    Abort {
        /// The connection.
        connection: ConnectionId,
    },
    /// Drop the request, whose body is being read, without an answer.
    AbortBody {
        /// The request.
        request: RequestId,
    },
}

/// All sessions of a server.
#[derive(Debug)]
pub struct Sessions {
    config: Config,
}

#[allow(unused_variables, clippy::missing_errors_doc, missing_docs, reason = "being written")]
impl Sessions {
    pub fn new(config: Config) -> Self {
        Self { config }
    }
    pub fn config(&self) -> &Config {
        &self.config
    }
    pub fn handle_request(&mut self, request: &Request, id: RequestId, now: Time) -> Outcome {
        unimplemented!()
    }
    pub fn handle_upgrade(
        &mut self,
        request: &Request,
        connection: ConnectionId,
        now: Time,
    ) -> Result<(Upgrade, Response), Response> {
        unimplemented!()
    }
    pub fn finish_body(&mut self, session: SessionKey, id: RequestId) -> Response {
        unimplemented!()
    }
    pub fn body_too_large(&mut self, session: SessionKey, id: RequestId) -> Response {
        unimplemented!()
    }
    pub fn request_aborted(&mut self, session: SessionKey, id: RequestId, now: Time) {
        unimplemented!()
    }
    pub fn receive_packet<'a>(
        &mut self,
        session: SessionKey,
        packet: &'a str,
        now: Time,
    ) -> Received<'a> {
        unimplemented!()
    }
    pub fn receive_frame<'a>(
        &mut self,
        session: SessionKey,
        connection: ConnectionId,
        frame: Frame<'a>,
        now: Time,
    ) -> Received<'a> {
        unimplemented!()
    }
    /// A WebSocket ping: queues the pong behind what is unsent (one pending at most).
    pub fn receive_ping(&mut self, session: SessionKey, connection: ConnectionId, data: &[u8]) {
        unimplemented!()
    }
    pub fn connection_closed(
        &mut self,
        session: SessionKey,
        connection: ConnectionId,
        hangup: Hangup,
        now: Time,
    ) {
        unimplemented!()
    }
    pub fn arena(&mut self) -> &mut Vec<u8> {
        unimplemented!()
    }
    pub fn enqueue(&mut self, session: SessionKey, range: Range<u32>) -> usize {
        unimplemented!()
    }
    pub fn writable(&self, session: SessionKey) -> bool {
        unimplemented!()
    }
    pub fn backlog_bytes(&self, session: SessionKey) -> usize {
        unimplemented!()
    }
    pub fn queued_bytes(&self, session: SessionKey) -> usize {
        unimplemented!()
    }
    pub fn poll_write(&mut self) -> Option<(SessionKey, ConnectionId)> {
        unimplemented!()
    }
    pub fn slices<'a>(&'a self, session: SessionKey, into: &mut SmallVec<[IoSlice<'a>; 8]>) {
        unimplemented!()
    }
    pub fn wrote(&mut self, session: SessionKey, bytes: usize) {
        unimplemented!()
    }
    /// Appends what is missing of a frame that was written in part, so that a close frame may follow.
    pub fn rest_of_frame(&self, session: SessionKey, out: &mut Vec<u8>) {
        unimplemented!()
    }
    pub fn end_batch(&mut self) {
        unimplemented!()
    }
    pub fn close(&mut self, session: SessionKey, reason: CloseReason, discard: bool, now: Time) {
        unimplemented!()
    }
    pub fn close_all(&mut self, now: Time) {
        unimplemented!()
    }
    pub fn set_paused(&mut self, session: SessionKey, paused: bool, now: Time) {
        unimplemented!()
    }
    pub fn transport(&self, session: SessionKey) -> Option<TransportName> {
        unimplemented!()
    }
    pub fn sid(&self, session: SessionKey) -> Option<Sid> {
        unimplemented!()
    }
    pub fn len(&self) -> usize {
        unimplemented!()
    }
    pub fn is_empty(&self) -> bool {
        unimplemented!()
    }
    pub fn next_timeout(&self) -> Option<Time> {
        unimplemented!()
    }
    pub fn handle_timeout(&mut self, now: Time) {
        unimplemented!()
    }
    pub fn poll_event(&mut self) -> Option<Event> {
        unimplemented!()
    }
    pub fn poll_output(&mut self) -> Option<Output> {
        unimplemented!()
    }
}
