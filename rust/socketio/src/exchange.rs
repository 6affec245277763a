//! The values that the driver and the hub exchange.

use std::time::Duration;

use engineio::{ConnectionId, Response, SessionKey};

/// What the hub is told once.
#[derive(Clone, Debug)]
pub struct Config {
    /// The engine's part.
    pub engine: engineio::Config,
    /// A session that has joined no namespace by then is closed.
    pub connect_timeout: Duration,
    /// Bytes that may wait for one client, measured before a packet is added.
    pub send_queue_bytes: usize,
    /// What becomes of a client that does not read as fast as it is sent to.
    pub slow_client: SlowClient,
    /// Events of one connection that may wait for the loop; then its reads pause.
    pub max_pending_events: u32,
    /// Attachments that one packet of a client may have.
    pub max_attachments: usize,
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
    /// Feed this connection again.
    Resume {
        /// The connection.
        connection: ConnectionId,
    },
    /// All is closed; the hub takes no commands any more.
    Stopped,
}
