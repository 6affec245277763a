//! The head of a frame (RFC 6455, 5.2).

use crate::error::Error;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
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

/// The most bytes that the head of a client's frame may have.
pub(crate) const MAX_CLIENT_HEADER: usize = 14;

/// The head of a client's frame, its rules checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) fin: bool,
    pub(crate) opcode: Opcode,
    pub(crate) length: u64,
    pub(crate) mask: [u8; 4],
}

impl Header {
    /// Reads a head from the front of `bytes`: with its size, or none when it is not whole yet. The first two bytes are judged as soon as they are there.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Error> {
        let &[first, second, ref rest @ ..] = bytes else {
            return bytes
                .first()
                .map_or(Ok(()), |&first| check_first(first).map(|_| ()))
                .map(|()| None);
        };
        let (fin, opcode) = check_first(first)?;
        if second & 0x80 == 0 {
            return Err(Error::Unmasked);
        }
        let short = second & 0x7f;
        if opcode.is_control() && short > 125 {
            return Err(Error::LongControl);
        }
        let extended = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let Some((digits, rest)) = rest.split_at_checked(extended) else { return Ok(None) };
        let length = match extended {
            0 => u64::from(short),
            _ => digits.iter().fold(0, |length, &digit| (length << 8) | u64::from(digit)),
        };
        if length >> 63 != 0 {
            return Err(Error::InvalidLength);
        }
        let Some(&mask) = rest.first_chunk() else { return Ok(None) };
        Ok(Some((Self { fin, opcode, length, mask }, 2 + extended + 4)))
    }
}

fn check_first(first: u8) -> Result<(bool, Opcode), Error> {
    if first & 0x70 != 0 {
        return Err(Error::ReservedBits);
    }
    let opcode = Opcode::from_bits(first & 0x0f).ok_or(Error::UnknownOpcode(first & 0x0f))?;
    let fin = first & 0x80 != 0;
    if opcode.is_control() && !fin {
        return Err(Error::FragmentedControl);
    }
    Ok((fin, opcode))
}
