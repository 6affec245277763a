//! The load contract as packets, and the answers to it.

use crate::frames::{self, BINARY, TEXT};

/// The start of a WebSocket connection; the key is of RFC 6455, 1.3, and its answer is not looked at.
pub(crate) const UPGRADE: &[u8] = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n\
    Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// Joins the main namespace.
pub(crate) const CONNECT: &[u8] = b"40";

/// What each message of a broadcast begins with.
pub(crate) const MESSAGE: &[u8] = b"42[\"msg\"";

/// An argument of that many characters.
pub(crate) fn payload(bytes: usize) -> String {
    "abcdefghijklmnopqrstuvwxyz0123456789".chars().cycle().take(bytes).collect()
}

/// The packet `echo` with an ack id.
pub(crate) fn echo_packet(id: usize, payload: &str) -> String {
    format!("42{id}[\"echo\",\"{payload}\"]")
}

/// The frame of [`echo_packet`].
pub(crate) fn echo(id: usize, payload: &str) -> Vec<u8> {
    frames::masked(TEXT, echo_packet(id, payload).as_bytes())
}

/// `echo` of bytes: the packet and its attachment.
pub(crate) fn echo_binary(id: usize, payload: &[u8]) -> Vec<u8> {
    let packet = format!("451-{id}[\"echo\",{{\"_placeholder\":true,\"num\":0}}]");
    let mut frames = frames::masked(TEXT, packet.as_bytes());
    frames.extend(frames::masked(BINARY, payload));
    frames
}

/// An event without an ack id.
pub(crate) fn event(name: &str, argument: &str) -> Vec<u8> {
    let packet = format!("42[\"{name}\",\"{argument}\"]");
    frames::masked(TEXT, packet.as_bytes())
}

/// The id of an ack, `43…` or `461-…`.
pub(crate) fn ack_id(packet: &[u8]) -> Option<usize> {
    let digits = packet.strip_prefix(b"43").or_else(|| packet.strip_prefix(b"461-"))?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    let id = digits[..end].iter().fold(0, |id, digit| id * 10 + usize::from(digit - b'0'));
    (end > 0).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ack_has_its_id() {
        assert_eq!(ack_id(b"4317[\"x\"]"), Some(17));
        assert_eq!(ack_id(b"461-3[{\"_placeholder\":true,\"num\":0}]"), Some(3));
        assert_eq!(ack_id(b"42[\"msg\",1]"), None);
        assert_eq!(ack_id(b"43[1]"), None);
    }
}
