//! The values that the driver and the hub exchange.

use std::time::Duration;

use engineio::{ConnectionId, RequestId, Response, SessionKey};

use crate::event::Verdict;
use crate::limits::Limits;
use crate::recovery::RecoveryOptions;

/// What the hub is told once, with its defaults.
#[derive(Clone, Debug)]
pub struct Config {
    /// The engine's part.
    pub engine: engineio::Config,
    /// A session that has joined no namespace by then is closed.
    pub connect_timeout: Duration,
    /// The engine is alone: each session is one socket of the namespace `/` from its beginning to its end, and its messages are events as they came.
    pub raw: bool,
    /// Bytes that may wait for one client, measured before a packet is added.
    pub send_queue_bytes: usize,
    /// What becomes of a client that does not read as fast as it is sent to.
    pub slow_client: SlowClient,
    /// Events of one connection that may wait for the loop; then its reads pause.
    pub max_pending_events: u32,
    /// Attachments that one packet of a client may have.
    pub max_attachments: usize,
    /// How long the language side may take to allow a session, where the engine's [`asks`](engineio::Config::asks) says that it is asked.
    pub hook_timeout: Duration,
    /// Clients may come back to what they had; none where they begin anew.
    pub recovery: Option<RecoveryOptions>,
    /// The other bounds.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            engine: engineio::Config::default(),
            connect_timeout: Duration::from_secs(45),
            raw: false,
            send_queue_bytes: 4 * 1024 * 1024,
            slow_client: SlowClient::Disconnect,
            max_pending_events: 256,
            max_attachments: 10,
            hook_timeout: Duration::from_secs(10),
            recovery: None,
            limits: Limits::default(),
        }
    }
}

/// What becomes of a client whose send queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlowClient {
    /// It is disconnected (`slow consumer`).
    Disconnect,
    /// It misses the packet.
    Drop,
}

/// What to do with an HTTP request.
#[derive(Debug)]
pub enum Outcome {
    /// Answer it.
    Respond(Response),
    /// Answer it; the response carries packets, for whose loss there is `handle_answer_lost`.
    Polled {
        /// Their session.
        session: SessionKey,
        /// The response.
        response: Response,
    },
    /// It is answered by [`engineio::Output::Respond`].
    Parked {
        /// Its session.
        session: SessionKey,
    },
    /// A POST: read the body, then call one of `handle_body`, `handle_body_too_large`, `handle_request_aborted`.
    Body {
        /// Its session.
        session: SessionKey,
        /// The most bytes that the body may have.
        limit: usize,
    },
}

/// Whether a connection may go on feeding frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It may.
    Continue,
    /// Not until [`Output::Resume`].
    Pause,
}

/// Something for the driver to do.
#[derive(Debug)]
pub enum Output {
    /// What the engine wants done.
    Engine(engineio::Output),
    /// What became of a question ([`Hub::ask`](crate::Hub::ask)).
    Verdict {
        /// The request.
        request: RequestId,
        /// The answer.
        verdict: Verdict,
    },
    /// Feed this connection again.
    Resume {
        /// The connection.
        connection: ConnectionId,
    },
    /// All is closed; the hub takes no commands any more.
    Stopped,
}
