//! Frames of a WebSocket client: those to send are made beforehand, those received are only split.

/// RFC 6455, 5.2.
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xA;

/// Any key but zero, which a server could skip; the same for all, as each frame is made once.
const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];

/// A masked frame with the whole message.
pub(crate) fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..=125), _) => frame.push(0x80 | short),
        (_, Ok(medium)) => {
            frame.push(0x80 | 0x7E);
            frame.extend(medium.to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 0x7F);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend(MASK);
    let mask = MASK.iter().cycle();
    frame.extend(payload.iter().zip(mask).map(|(byte, key)| byte ^ key));
    frame
}

/// The first frame's opcode and payload, and what is behind it; none as long as it is not complete.
pub(crate) fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[first, second], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match second & 0x7F {
        126 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        127 => {
            let (length, rest) = rest.split_first_chunk()?;
            (usize::try_from(u64::from_be_bytes(*length)).ok()?, rest)
        }
        short => (usize::from(short), rest),
    };
    let (payload, behind) = rest.split_at_checked(length)?;
    Some((first & 0x0F, payload, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_frame_is_masked() {
        assert_eq!(masked(TEXT, b"hi"), b"\x81\x82\x37\xfa\x21\x3d\x5f\x93".to_vec());
    }

    #[test]
    fn a_frame_is_split_off_when_it_is_complete() {
        let bytes = b"\x81\x02hi\x82\x7e\x00\x01x";
        assert_eq!(split(bytes), Some((TEXT, &b"hi"[..], &bytes[4..])));
        assert_eq!(split(&bytes[4..]), Some((BINARY, &b"x"[..], &b""[..])));
        assert_eq!(split(&bytes[4..8]), None);
        assert_eq!(split(&bytes[..3]), None);
    }
}
