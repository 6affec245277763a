//! What the crates without I/O do for one operation, for `benches/micro.rs` (time) and `bin/count.rs` (instructions).
//!
//! What turns JSON into Python objects and back needs an interpreter and is not here: `make bench` measures it with the rest.

#![forbid(unsafe_code)]

mod world;

pub mod operations;

/// A client's text frame, masked (RFC 6455, 5.3).
pub fn masked_text(text: &str) -> Vec<u8> {
    const KEY: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
    let mut frame = Vec::new();
    websocket::write_header(&mut frame, websocket::Opcode::Text, text.len());
    frame[1] |= 0x80;
    frame.extend(KEY);
    let key = KEY.iter().cycle();
    frame.extend(text.bytes().zip(key).map(|(byte, key)| byte ^ key));
    frame
}
