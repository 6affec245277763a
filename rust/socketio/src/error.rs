//! What can go wrong, by whose mistake.

use thiserror::Error;

use crate::json::MAX_DEPTH;

/// The peer's mistake in a Socket.IO packet; its connection is closed (`forced close`). Texts are those of socket.io-parser 4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The first character is not a packet type: the digit that it is, if it is one.
    #[error("unknown packet type {}", .0.map_or("NaN".to_owned(), |digit| digit.to_string()))]
    UnknownType(Option<u32>),
    /// A binary packet without a usable count of attachments.
    #[error("Illegal attachments")]
    IllegalAttachments,
    /// More attachments announced than `max_attachments`.
    #[error("too many attachments")]
    TooManyAttachments,
    /// Attachments that are awaited do not come; not an error of the reference, which waits for ever.
    #[error("attachments are missing")]
    MissingAttachments,
    /// A placeholder without its attachment.
    #[error("illegal attachments")]
    IllegalPlaceholder,
    /// The ack id of an event is larger than JavaScript can count, so it could not be sent back.
    #[error("ack id exceeds the limit of 9007199254740991")]
    IdTooLarge,
    /// The JSON is broken, or not what the packet's type carries.
    #[error("invalid payload")]
    InvalidPayload,
    /// The JSON is deeper than any that is read; not an error of the reference.
    #[error("JSON of more than {MAX_DEPTH} levels")]
    TooDeep,
    /// A text packet came while attachments were awaited.
    #[error("got plaintext data when reconstructing a packet")]
    UnexpectedText,
    /// A binary message came while no attachment was awaited.
    #[error("got binary data when not reconstructing a packet")]
    UnexpectedBinary,
}

/// The inbox of the I/O thread is past its hard bound, or the packet past what any inbox takes; nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{what} of {bytes} bytes exceeds the limit of {limit}")]
pub struct QueueFull {
    /// What is too large.
    pub what: &'static str,
    /// What it holds.
    pub bytes: usize,
    /// Its bound.
    pub limit: usize,
}
