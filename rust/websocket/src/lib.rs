//! RFC 6455 without sockets, clock or runtime: what a server reads from a client's stream and writes to it.
//!
//! [`handshake::accept`] answers the opening handshake, a [`Reader`] turns the client's bytes into messages, and the
//! `write_` functions turn the server's into frames. No extension is agreed on.
//!
//! ```
//! use websocket::{Message, Opcode, Reader, write_close, write_frame};
//!
//! /// Answers what one read has brought; the error's close code ends the connection.
//! fn echo(reader: &mut Reader, mut input: &mut [u8], out: &mut Vec<u8>) {
//!     loop {
//!         match reader.next(&mut input, 1_000_000) {
//!             Ok(Some(Message::Text(text))) => write_frame(out, Opcode::Text, text.as_bytes()),
//!             Ok(Some(Message::Binary(bytes))) => write_frame(out, Opcode::Binary, bytes),
//!             Ok(Some(Message::Ping(bytes))) => write_frame(out, Opcode::Pong, bytes),
//!             Ok(Some(Message::Pong(_))) => {}
//!             Ok(Some(Message::Close(bytes))) => return write_frame(out, Opcode::Close, bytes),
//!             Ok(None) => return,
//!             Err(error) => return write_close(out, Some(error.close_code())),
//!         }
//!     }
//! }
//!
//! let mut out = Vec::new();
//! echo(&mut Reader::new(), &mut b"\x81\x82\0\0\0\0hi\x83".to_vec(), &mut out);
//! assert_eq!(out, b"\x81\x02hi\x88\x02\x03\xea");
//! ```

#![forbid(unsafe_code)]

mod error;

mod close;

mod header;

mod mask;

mod utf8;

mod writer;

mod reader;

pub mod handshake;

pub use close::CloseCode;
pub use error::Error;
pub use header::Opcode;
pub use reader::{Message, Reader};
pub use writer::{Frames, MAX_HEADER, write_close, write_frame, write_header};
