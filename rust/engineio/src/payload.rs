//! Several packets in one body of the polling transport, with a record separator between them.

use websocket::Opcode;

use crate::packet;

const SEPARATOR: char = '\x1e';

/// The packets of a POST's body, in order; an empty body holds one empty packet.
pub fn packets(body: &str) -> std::str::Split<'_, char> {
    body.split(SEPARATOR)
}

/// Appends a packet, given as a frame's opcode and content, unless the body would exceed `limit` by it; the first packet always fits.
///
/// Returns whether it was taken. Frames of other kinds are taken and leave no trace.
pub(crate) fn append(body: &mut Vec<u8>, opcode: Opcode, content: &[u8], limit: usize) -> bool {
    let length = match opcode {
        Opcode::Text => content.len(),
        Opcode::Binary => packet::encoded_len(content.len()),
        _ => return true,
    };
    if !body.is_empty() {
        if body.len() + 1 + length > limit {
            return false;
        }
        body.push(SEPARATOR as u8);
    }
    match opcode {
        Opcode::Text => body.extend_from_slice(content),
        _ => packet::encode_base64(body, content),
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_split_at_separators() {
        let split = |body| packets(body).collect::<Vec<_>>();
        assert_eq!(split(""), [""]);
        assert_eq!(split("4a"), ["4a"]);
        assert_eq!(split("4a\x1e\x1ebAA=="), ["4a", "", "bAA=="]);
        assert_eq!(split("2\x1e"), ["2", ""]);
    }

    #[test]
    fn a_body_is_filled_up_to_its_limit() {
        let mut body = Vec::new();
        assert!(append(&mut body, Opcode::Text, b"4larger than the limit", 8));
        assert!(!append(&mut body, Opcode::Text, b"4", 8));
        body.clear();
        assert!(append(&mut body, Opcode::Text, b"4a", 8));
        assert!(append(&mut body, Opcode::Binary, b"abc", 8));
        assert!(!append(&mut body, Opcode::Text, b"", 8));
        assert!(append(&mut body, Opcode::Pong, b"left out", 8));
        assert_eq!(body, b"4a\x1ebYWJj");
    }
}
