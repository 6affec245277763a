//! Text that arrives in pieces, part of row 2: no byte is validated twice, and the first bad one is an error at once.

use crate::error::Error;

/// The text so far: whole characters, and the beginning of one that the end of a piece has cut.
#[derive(Debug, Default)]
pub(crate) struct PartialText {
    whole: String,
    /// Up to three bytes are waiting here; the fourth completes any character.
    cut: [u8; 4],
    cut_bytes: usize,
}

impl PartialText {
    /// Appends a piece; an error as soon as nothing that may follow could make it UTF-8.
    pub(crate) fn push(&mut self, mut piece: &[u8]) -> Result<(), Error> {
        while self.cut_bytes > 0 {
            let Some((&byte, rest)) = piece.split_first() else { return Ok(()) };
            self.push_byte(byte)?;
            piece = rest;
        }
        let (whole, cut) = piece.split_at(cut_at(piece));
        self.whole.push_str(simdutf8::basic::from_utf8(whole).map_err(|_| Error::InvalidUtf8)?);
        cut.iter().try_for_each(|&byte| self.push_byte(byte))
    }

    /// The text; an error when it ends within a character.
    pub(crate) fn finish(self) -> Result<String, Error> {
        if self.cut_bytes == 0 { Ok(self.whole) } else { Err(Error::InvalidUtf8) }
    }

    pub(crate) fn len(&self) -> usize {
        self.whole.len() + self.cut_bytes
    }

    fn push_byte(&mut self, byte: u8) -> Result<(), Error> {
        self.cut[self.cut_bytes] = byte;
        self.cut_bytes += 1;
        match std::str::from_utf8(&self.cut[..self.cut_bytes]) {
            Ok(character) => {
                self.whole.push_str(character);
                self.cut_bytes = 0;
                Ok(())
            }
            Err(error) if error.error_len().is_none() => Ok(()),
            Err(_) => Err(Error::InvalidUtf8),
        }
    }
}

/// Where the character begins that `piece` has only the beginning of; its length when it ends with a whole one.
fn cut_at(piece: &[u8]) -> usize {
    let tail = piece.len().saturating_sub(3);
    let is_lead = |&byte: &u8| byte & 0xc0 != 0x80;
    let Some(lead) = piece[tail..].iter().rposition(is_lead).map(|index| tail + index) else {
        return piece.len();
    };
    let character_bytes = match piece[lead] {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    };
    if lead + character_bytes > piece.len() { lead } else { piece.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn join(pieces: &[&[u8]]) -> Result<String, Error> {
        let mut text = PartialText::default();
        pieces.iter().try_for_each(|piece| text.push(piece))?;
        text.finish()
    }

    #[test]
    fn characters_of_every_length_are_joined_wherever_they_are_cut() {
        let text = "aé☃😀z";
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let bytes = text.as_bytes();
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(join(&pieces).as_deref(), Ok(text), "cut at {first} and {second}");
            }
        }
    }

    #[test]
    fn the_first_bad_byte_fails_and_none_before_it() {
        for (good, bad) in [
            (&b""[..], b'\x80'),
            (b"", b'\xc0'),
            (b"", b'\xc1'),
            (b"", b'\xf5'),
            (b"", b'\xff'),
            (b"ab", b'\xbf'),
            (b"\xc3", b'a'),
            (b"\xc3", b'\xc3'),
            (b"\xe0", b'\x9f'), // overlong
            (b"\xed", b'\xa0'), // surrogate
            (b"\xe2\x98", b'a'),
            (b"\xf0", b'\x8f'), // overlong
            (b"\xf4", b'\x90'), // above U+10FFFF
            (b"\xf0\x9f\x98", b'\xf0'),
            (b"\xc3\xa9", b'\xa9'),
        ] {
            let whole = [good, &[bad]].concat();
            assert_eq!(PartialText::default().push(&whole), Err(Error::InvalidUtf8), "{whole:x?}");
            let mut text = PartialText::default();
            for &byte in good {
                assert_eq!(text.push(&[byte]), Ok(()), "{whole:x?}");
            }
            assert_eq!(text.push(&[bad]), Err(Error::InvalidUtf8), "{whole:x?}");
        }
    }

    #[test]
    fn text_that_ends_within_a_character_fails_at_its_end() {
        for pieces in [&[&b"a\xc3"[..]][..], &[b"\xf0\x9f\x98"], &[b"\xe2", b"\x98", b""]] {
            assert_eq!(join(pieces), Err(Error::InvalidUtf8), "{pieces:x?}");
        }
    }
}
