//! RFC 6455 without sockets, clock or runtime: what a server reads from a client's stream and writes to it.

mod error;

mod close;

mod header;

mod mask;

mod writer;

mod reader;

pub mod handshake;

pub use close::CloseCode;
pub use error::Error;
pub use header::Opcode;
pub use reader::{Message, Reader};
pub use writer::{Frames, MAX_HEADER, write_close, write_frame, write_header};
