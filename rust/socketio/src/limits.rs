//! The bounds that are not options of their own. The configuration of [`Hub`](crate::Hub) and [`Front`](crate::Front) has them, and the driver's with it.

use std::time::Duration;

/// Packets of one POST that are taken before others have their turn.
pub(crate) const PACKETS_PER_TURN: usize = 64;

/// Events queued and not started, and their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// How many.
    pub events: usize,
    /// The bytes of their data and attachments.
    pub bytes: usize,
}

/// The bounds, with their defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of events queued and not started per connection; then its reads pause.
    pub max_pending_event_bytes: usize,
    /// While answers of a client are awaited its reads go on up to so many queued events; then it is closed.
    pub asked: Load,
    /// Events queued and not started of all connections together; then those that send and have their share pause.
    pub total: Load,
    /// Past this total a connection that may not pause, as an answer of its client is awaited, is closed when it sends and has its share.
    pub total_asked: Load,
    /// Events of a socket that are kept while its `connection` handlers run and have registered nothing for them.
    pub max_held_events: usize,
    /// Past so many bytes in the inbox, awaiting a broadcast waits.
    pub soft_inbox_bytes: usize,
    /// Past so many bytes in the inbox, an emit raises and nothing is sent.
    pub max_inbox_bytes: usize,
    /// Bytes of one packet that is sent; a larger one raises as past the inbox's bound.
    pub max_packet_bytes: usize,
    /// Namespaces per client.
    pub max_namespaces: usize,
    /// Bytes of a namespace's name.
    pub max_namespace_bytes: usize,
    /// Unknown namespaces that a client may ask for before it is closed.
    pub max_unknown_namespaces: u32,
    /// Requests about which the language side is asked and which it has not taken.
    pub max_pending_asks: usize,
    /// Answers that the server waits for per socket.
    pub max_pending_acks: usize,
    /// Bytes of packets and sessions that are kept for clients that may come back.
    pub max_recovery_bytes: usize,
    /// Changes of rooms that are kept until they are taken, where somebody watches.
    pub max_room_events: usize,
    /// Control frames that a WebSocket may send a second; four times as many at once.
    pub max_control_frames: usize,
    /// Bytes of a request's head.
    pub max_head_bytes: usize,
    /// Headers of a request.
    pub max_headers: usize,
    /// Bytes of a request's target.
    pub max_url_bytes: usize,
    /// How long a request's head may take.
    pub head_timeout: Duration,
    /// How long a request's body may pause.
    pub body_timeout: Duration,
    /// How long the peer may take nothing of a response.
    pub response_timeout: Duration,
    /// How long the peer of a closing WebSocket may take for its close frame.
    pub close_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            max_pending_event_bytes: MIB,
            asked: Load { events: 8_192, bytes: 4 * MIB },
            total: Load { events: 65_536, bytes: 64 * MIB },
            total_asked: Load { events: 1024 * 1024, bytes: 256 * MIB },
            max_held_events: 64,
            soft_inbox_bytes: 16 * MIB,
            max_inbox_bytes: 64 * MIB,
            max_packet_bytes: 1024 * MIB,
            max_namespaces: 100,
            max_namespace_bytes: 256,
            max_unknown_namespaces: 100,
            max_pending_asks: 1_000,
            max_pending_acks: 10_000,
            max_recovery_bytes: 64 * MIB,
            max_room_events: 100_000,
            max_control_frames: 50,
            max_head_bytes: 16 * 1024,
            max_headers: 100,
            max_url_bytes: 8 * 1024,
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(15),
            response_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(30),
        }
    }
}
