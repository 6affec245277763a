//! One Engine.IO packet on the wire: a type digit and data, or bytes.

/// Writes a text packet, the digit of its type and its data, as one WebSocket frame: what is queued for a session is always frames, whatever its transport.
#[allow(unused_variables, reason = "being written")]
pub fn write_text(out: &mut Vec<u8>, digit: u8, data: &str) {
    unimplemented!()
}

/// Writes a binary message as one WebSocket frame.
#[allow(unused_variables, reason = "being written")]
pub fn write_binary(out: &mut Vec<u8>, data: &[u8]) {
    unimplemented!()
}
