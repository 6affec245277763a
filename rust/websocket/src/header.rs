//! The head of a client's frame (RFC 6455, 5.2), part of row 2.

use crate::error::Error;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Opcode {
    /// A further fragment of a message.
    Continuation = 0,
    /// A text message, or its first fragment.
    Text = 1,
    /// A binary message, or its first fragment.
    Binary = 2,
    /// The end of the stream.
    Close = 8,
    /// To be answered with a pong of the same payload.
    Ping = 9,
    /// The answer to a ping.
    Pong = 10,
}

impl Opcode {
    /// The opcode that a frame's first byte carries; None for the reserved ones.
    pub(crate) fn from_first_byte(first: u8) -> Option<Self> {
        Some(match first & 0x0f {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    pub(crate) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// The most bytes that the head of a client's frame has.
pub(crate) const MAX_CLIENT_HEADER: usize = 14;

/// A client's head that keeps all rules that a head alone can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) fin: bool,
    pub(crate) opcode: Opcode,
    pub(crate) payload_len: u64,
    pub(crate) mask: [u8; 4],
}

impl Header {
    /// Reads a head from the front of `bytes`: with its size, or None when it is not whole yet. Each of the first two bytes
    /// is judged as soon as it is there.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Error> {
        let Some((&first, rest)) = bytes.split_first() else { return Ok(None) };
        let (fin, opcode) = parse_first(first)?;
        let Some((&second, rest)) = rest.split_first() else { return Ok(None) };
        let (short, digits) = parse_second(second, opcode)?;
        let Some((digits, rest)) = rest.split_at_checked(digits) else { return Ok(None) };
        let payload_len = match digits {
            [] => u64::from(short),
            // A longer form than needed is accepted, as the reference's WebSocket layer does.
            digits => digits.iter().fold(0, |length, &digit| (length << 8) | u64::from(digit)),
        };
        if payload_len >> 63 != 0 {
            return Err(Error::InvalidLength);
        }
        let Some(&mask) = rest.first_chunk() else { return Ok(None) };
        let header = Self { fin, opcode, payload_len, mask };
        Ok(Some((header, 2 + digits.len() + mask.len())))
    }
}

fn parse_first(first: u8) -> Result<(bool, Opcode), Error> {
    if first & 0x70 != 0 {
        return Err(Error::ReservedBits);
    }
    let opcode = Opcode::from_first_byte(first).ok_or(Error::UnknownOpcode(first & 0x0f))?;
    let fin = first & 0x80 != 0;
    if opcode.is_control() && !fin {
        return Err(Error::FragmentedControl);
    }
    Ok((fin, opcode))
}

/// The seven bits of length, and how many bytes of a longer one follow.
fn parse_second(second: u8, opcode: Opcode) -> Result<(u8, usize), Error> {
    if second & 0x80 == 0 {
        return Err(Error::Unmasked);
    }
    match second & 0x7f {
        short @ 0..=125 => Ok((short, 0)),
        _ if opcode.is_control() => Err(Error::LongControl),
        126 => Ok((126, 2)),
        _ => Ok((127, 8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MASK: [u8; 4] = [1, 2, 3, 4];

    #[test]
    fn heads_of_every_form_are_read() {
        for (head, fin, opcode, payload_len) in [
            (&[0x81, 0x80][..], true, Opcode::Text, 0),
            (&[0x02, 0xfd], false, Opcode::Binary, 125),
            (&[0x80, 0xfe, 0, 126], true, Opcode::Continuation, 126),
            (&[0x82, 0xfe, 0xff, 0xff], true, Opcode::Binary, 65_535),
            (&[0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0], true, Opcode::Binary, 65_536),
            (&[0x82, 0xfe, 0, 3], true, Opcode::Binary, 3),
            (&[0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 3], true, Opcode::Binary, 3),
            (
                &[0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255],
                true,
                Opcode::Binary,
                u64::MAX >> 1,
            ),
            (&[0x88, 0x80], true, Opcode::Close, 0),
            (&[0x89, 0xfd], true, Opcode::Ping, 125),
            (&[0x8a, 0x81], true, Opcode::Pong, 1),
        ] {
            let bytes = [head, &MASK, b"payload"].concat();
            let size = head.len() + 4;
            let header = Header { fin, opcode, payload_len, mask: MASK };
            assert_eq!(Header::parse(&bytes), Ok(Some((header, size))), "{head:x?}");
            for short in 0..size {
                assert_eq!(Header::parse(&bytes[..short]), Ok(None), "{short} bytes of {head:x?}");
            }
        }
    }

    #[test]
    fn bad_heads_fail_at_their_first_bad_byte() {
        for (head, error) in [
            (&[0xc1][..], Error::ReservedBits),
            (&[0xa1], Error::ReservedBits),
            (&[0x91], Error::ReservedBits),
            (&[0x83], Error::UnknownOpcode(3)),
            (&[0x87], Error::UnknownOpcode(7)),
            (&[0x8b], Error::UnknownOpcode(11)),
            (&[0x8f], Error::UnknownOpcode(15)),
            (&[0x08], Error::FragmentedControl),
            (&[0x09], Error::FragmentedControl),
            (&[0x0a], Error::FragmentedControl),
            (&[0x81, 0x02], Error::Unmasked),
            (&[0x89, 0x7e], Error::Unmasked),
            (&[0x88, 0xfe], Error::LongControl),
            (&[0x89, 0xff], Error::LongControl),
            (&[0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], Error::InvalidLength),
            (&[0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 255], Error::InvalidLength),
        ] {
            assert_eq!(Header::parse(head), Err(error), "{head:x?}");
            assert_eq!(Header::parse(&head[..head.len() - 1]), Ok(None), "before it in {head:x?}");
        }
    }
}
