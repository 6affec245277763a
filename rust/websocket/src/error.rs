//! The peer's mistakes.

use thiserror::Error as ThisError;

/// What a client did wrong; its connection ends with the close code that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
pub enum Error {
    /// A reserved bit is set though no extension was agreed on.
    #[error("reserved bits are set")]
    ReservedBits,
    /// An opcode that RFC 6455 does not know.
    #[error("unknown opcode {0}")]
    UnknownOpcode(u8),
    /// A client has to mask its frames.
    #[error("unmasked frame")]
    Unmasked,
    /// A control frame in fragments.
    #[error("fragmented control frame")]
    FragmentedControl,
    /// A control frame of more than 125 bytes.
    #[error("control frame of more than 125 bytes")]
    LongControl,
    /// A continuation without a message to continue.
    #[error("continuation of nothing")]
    UnexpectedContinuation,
    /// A new message inside an unfinished one.
    #[error("new message inside an unfinished one")]
    UnfinishedMessage,
    /// A close frame with one byte of payload, or a code that may not be sent.
    #[error("invalid close frame")]
    InvalidClose,
    /// A length with its highest bit set.
    #[error("invalid length")]
    InvalidLength,
    /// Text, or the reason of a close frame, is not UTF-8.
    #[error("text is not UTF-8")]
    InvalidUtf8,
    /// A message is larger than the limit, or in more fragments than [`Reader::next`](crate::Reader::next) allows.
    #[error("message exceeds the limit of {limit} bytes")]
    TooBig {
        /// The limit.
        limit: usize,
    },
}
