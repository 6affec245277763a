//! The reader of WebSocket: any stream gives messages, then perhaps an error, and the same ones however it is cut.
//!
//! The first byte is the limit in units of 16 bytes, the rest the stream.

#![no_main]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../rust/websocket/tests/streams/client.rs"]
mod client;

use libfuzzer_sys::fuzz_target;

use client::{Owned, every_byte, read};

/// What a control frame may carry (RFC 6455, 5.5).
const MAX_CONTROL: usize = 125;

fuzz_target!(|data: &[u8]| {
    let Some((&limit, stream)) = data.split_first() else { return };
    let limit = usize::from(limit) * 16;
    let whole = read(stream, &[], limit);
    for message in &whole.0 {
        match message {
            Owned::Text(text) => assert!(text.len() <= limit),
            Owned::Binary(bytes) => assert!(bytes.len() <= limit),
            Owned::Ping(bytes) | Owned::Pong(bytes) | Owned::Close(bytes) => {
                assert!(bytes.len() <= MAX_CONTROL);
            }
        }
    }
    assert_eq!(read(stream, &every_byte(stream), limit), whole, "byte by byte");
    for cut in [1, stream.len() / 2, stream.len().saturating_sub(1)] {
        assert_eq!(read(stream, &[cut.min(stream.len())], limit), whole, "cut at {cut}");
    }
});
