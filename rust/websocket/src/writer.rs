//! Row 10: messages as a server's frames, unmasked and whole.

use crate::close::CloseCode;
use crate::header::Opcode;

/// The most bytes that the head of a server's frame has; a client's has four more.
pub const MAX_HEADER: usize = 10;

/// Writes the head of a frame whose payload of `payload_len` bytes follows; all the server's frames are whole messages.
pub fn write_header(out: &mut Vec<u8>, opcode: Opcode, payload_len: usize) {
    out.push(0x80 | opcode as u8);
    if let Ok(short @ 0..126) = u8::try_from(payload_len) {
        out.push(short);
    } else if let Ok(medium) = u16::try_from(payload_len) {
        out.push(126);
        out.extend_from_slice(&medium.to_be_bytes());
    } else {
        out.push(127);
        out.extend_from_slice(&(payload_len as u64).to_be_bytes());
    }
}

/// Writes a whole frame. The payload of a control frame has at most 125 bytes.
///
/// ```
/// let mut out = Vec::new();
/// websocket::write_frame(&mut out, websocket::Opcode::Text, b"hi");
/// assert_eq!(out, b"\x81\x02hi");
/// ```
pub fn write_frame(out: &mut Vec<u8>, opcode: Opcode, payload: &[u8]) {
    out.reserve(MAX_HEADER + payload.len());
    write_header(out, opcode, payload.len());
    out.extend_from_slice(payload);
}

/// Writes a close frame; without a code it has no payload (the peer sees 1005).
pub fn write_close(out: &mut Vec<u8>, code: Option<CloseCode>) {
    match code {
        None => write_frame(out, Opcode::Close, &[]),
        Some(code) => write_frame(out, Opcode::Close, &code.0.to_be_bytes()),
    }
}

/// Walks over whole frames that this module wrote: what waits for a WebSocket is turned back into packets for a poll.
///
/// It ends where the bytes do, or where they are none of this module's frames.
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Frames<'a> {
    /// Begins at the front of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// How many bytes the frames have that were walked over.
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = (Opcode, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.offset..)?;
        let (&[first, short], tail) = rest.split_first_chunk()?;
        let opcode = Opcode::from_first_byte(first)?;
        let (length, digits): (usize, usize) = match short {
            126 => (usize::from(u16::from_be_bytes(*tail.first_chunk()?)), 2),
            127 => (usize::try_from(u64::from_be_bytes(*tail.first_chunk()?)).ok()?, 8),
            short => (usize::from(short), 0),
        };
        let payload = tail.get(digits..digits.checked_add(length)?)?;
        self.offset += 2 + digits + length;
        Some((opcode, payload))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_take_the_shortest_form() {
        for (length, head) in [
            (0, &[0x81, 0][..]),
            (125, &[0x81, 125]),
            (126, &[0x81, 126, 0, 126]),
            (65_535, &[0x81, 126, 0xff, 0xff]),
            (65_536, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
        ] {
            let mut out = Vec::new();
            write_header(&mut out, Opcode::Text, length);
            assert_eq!(out, head);
        }
    }

    #[test]
    fn frames_are_read_back_as_they_were_written() {
        let payloads = [vec![], vec![1; 125], vec![2; 126], vec![3; 65_535], vec![4; 65_536]];
        let mut out = Vec::new();
        for payload in &payloads {
            write_frame(&mut out, Opcode::Binary, payload);
        }
        write_close(&mut out, None);
        write_close(&mut out, Some(CloseCode::TOO_BIG));
        let mut frames = Frames::new(&out);
        for payload in &payloads {
            assert_eq!(frames.next(), Some((Opcode::Binary, &payload[..])));
        }
        assert_eq!(frames.next(), Some((Opcode::Close, &[][..])));
        assert_eq!(frames.next(), Some((Opcode::Close, &[0x03, 0xf1][..])));
        assert_eq!(frames.next(), None);
        assert_eq!(frames.offset(), out.len());
    }

    #[test]
    fn the_offset_stands_behind_the_last_whole_frame() {
        let mut out = Vec::new();
        write_frame(&mut out, Opcode::Text, b"one");
        let first = out.len();
        write_frame(&mut out, Opcode::Text, &vec![b'x'; 70_000]);
        for end in first..first + 20 {
            let mut frames = Frames::new(&out[..end]);
            assert_eq!(frames.next(), Some((Opcode::Text, &b"one"[..])));
            assert_eq!(frames.next(), None);
            assert_eq!(frames.offset(), first);
        }
    }
}
