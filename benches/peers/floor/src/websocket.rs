//! The few bytes of RFC 6455.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;

/// The response to an upgrade with that key.
pub(crate) fn accept(key: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let accept = STANDARD.encode(hash.finalize());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

/// Appends a frame whose payload is made of pieces.
pub(crate) fn write(out: &mut Vec<u8>, opcode: u8, pieces: &[&[u8]]) {
    let length = pieces.iter().map(|piece| piece.len()).sum::<usize>();
    out.push(0x80 | opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => out.push(short),
        (_, Ok(medium)) => {
            out.push(126);
            out.extend(medium.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    for piece in pieces {
        out.extend_from_slice(piece);
    }
}

/// Where the payload of the first frame is, which is unmasked in place.
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    pub(crate) payload: Range<usize>,
}

/// None as long as the frame is not complete.
pub(crate) fn unmask_first(bytes: &mut [u8]) -> Option<Frame> {
    let (start, length) = match *bytes {
        [_, second, ..] if second & 0x7F < 126 => (6, usize::from(second & 0x7F)),
        [_, second, high, low, ..] if second & 0x7F == 126 => {
            (8, usize::from(u16::from_be_bytes([high, low])))
        }
        // No message of the contract is as large as 64 KiB.
        _ => return None,
    };
    let payload = start..start + length;
    let opcode = bytes[0] & 0x0F;
    let (head, masked) = bytes.get_mut(..payload.end)?.split_at_mut(start);
    unmask(masked, [0, 1, 2, 3].map(|index| head[start - 4 + index]));
    Some(Frame { opcode, payload })
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let wide = u64::from_ne_bytes([mask, mask].concat().try_into().unwrap_or_default());
    let (words, rest) = payload.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}
