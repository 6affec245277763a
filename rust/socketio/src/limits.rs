//! The bounds that no option sets.

/// Bytes of events queued and not started per connection; then its reads pause.
pub const MAX_PENDING_EVENT_BYTES: usize = 1024 * 1024;

/// While answers of a client are awaited its reads go on up to this many bytes of queued events; then it is closed.
pub const MAX_PENDING_EVENT_BYTES_HARD: usize = 4 * 1024 * 1024;
/// The same as a count: events may be empty.
pub const MAX_PENDING_EVENTS_HARD: usize = 8_192;

/// Events queued and not started of all connections together, and their bytes; then every connection that sends pauses.
pub const MAX_PENDING_EVENTS_TOTAL: usize = 65_536;
/// See [`MAX_PENDING_EVENTS_TOTAL`].
pub const MAX_PENDING_EVENT_BYTES_TOTAL: usize = 64 * 1024 * 1024;

/// Past these totals a connection that may not pause, as an answer of its client is awaited, is closed when it sends.
pub const MAX_PENDING_EVENTS_TOTAL_HARD: usize = 1024 * 1024;
/// See [`MAX_PENDING_EVENTS_TOTAL_HARD`].
pub const MAX_PENDING_EVENT_BYTES_TOTAL_HARD: usize = 256 * 1024 * 1024;

/// Past this many bytes in the inbox, awaiting a broadcast waits.
pub const INBOX_SOFT_BYTES: usize = 16 * 1024 * 1024;
/// Past this many bytes in the inbox, an emit raises and nothing is sent.
pub const INBOX_HARD_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of one packet that is sent; a larger one raises as past the inbox's bound.
pub const MAX_PACKET_BYTES: usize = 1024 * 1024 * 1024;

/// Packets of one POST that are taken before others have their turn.
pub const PACKETS_PER_TURN: usize = 64;

/// Namespaces per client.
pub const MAX_NAMESPACES: usize = 100;
/// Bytes of a namespace's name.
pub const MAX_NAMESPACE_BYTES: usize = 256;
/// Unknown namespaces that a client may ask for before it is closed.
pub const MAX_UNKNOWN_NAMESPACES: u32 = 100;
/// Answers that the server waits for per socket.
pub const MAX_PENDING_ACKS: usize = 10_000;
