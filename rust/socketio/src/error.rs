//! What can go wrong, by whose mistake.

use thiserror::Error;

/// The peer's mistake in a Socket.IO packet; its connection is closed (`forced close`, reference 2.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// The first character is not a packet type.
    #[error("unknown packet type")]
    UnknownType,
    /// A binary packet without a usable count, or a placeholder without its attachment.
    #[error("illegal attachments")]
    IllegalAttachments,
    /// More attachments announced than `max_attachments`.
    #[error("too many attachments")]
    TooManyAttachments,
    /// The ack id is larger than JavaScript can count (2^53 - 1).
    #[error("ack id exceeds the limit of 9007199254740991")]
    IdTooLarge,
    /// The JSON is broken, too deep, or not what the packet's type carries.
    #[error("invalid payload")]
    InvalidPayload,
    /// A text packet came while attachments were awaited.
    #[error("got plaintext data when reconstructing a packet")]
    UnexpectedText,
    /// A binary message came while no attachment was awaited.
    #[error("got binary data when not reconstructing a packet")]
    UnexpectedBinary,
}

/// The inbox of the I/O thread is past its hard bound; nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("inbox of {bytes} bytes exceeds the limit of {limit}")]
pub struct QueueFull {
    /// What the inbox holds.
    pub bytes: usize,
    /// Its hard bound.
    pub limit: usize,
}
