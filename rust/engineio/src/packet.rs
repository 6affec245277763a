//! One Engine.IO packet on the wire: a type digit and data, or the bytes of a binary message.
//!
//! What is queued for a session is always WebSocket frames, whatever its transport: one encoded packet serves all its receivers.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use websocket::Opcode;

/// The type digit of a message.
pub const MESSAGE: u8 = b'4';
pub(crate) const OPEN: u8 = b'0';
pub(crate) const PING: u8 = b'2';
pub(crate) const PONG: u8 = b'3';

/// A packet of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    Open,
    Close,
    Ping(&'a str),
    Pong,
    Text(&'a str),
    Binary(Cow<'a, [u8]>),
    Upgrade,
    Noop,
}

impl<'a> Packet<'a> {
    /// Reads the text form; `None` when it is no packet.
    pub(crate) fn decode(text: &'a str) -> Option<Self> {
        let mut chars = text.chars();
        let kind = chars.next()?;
        let data = chars.as_str();
        Some(match kind {
            '0' => Self::Open,
            '1' => Self::Close,
            '2' => Self::Ping(data),
            '3' => Self::Pong,
            '4' => Self::Text(data),
            '5' => Self::Upgrade,
            '6' => Self::Noop,
            'b' => Self::Binary(Cow::Owned(decode_base64(data))),
            _ => return None,
        })
    }
}

/// Appends a text packet, the digit of its type and its data, as one WebSocket frame.
pub fn write_text(out: &mut Vec<u8>, digit: u8, data: &str) {
    websocket::write_header(out, Opcode::Text, 1 + data.len());
    out.push(digit);
    out.extend_from_slice(data.as_bytes());
}

/// Appends a binary message as one WebSocket frame.
pub fn write_binary(out: &mut Vec<u8>, data: &[u8]) {
    websocket::write_frame(out, Opcode::Binary, data);
}

/// How many characters the text form of `bytes` bytes takes, the `b` in front included.
pub(crate) fn encoded_len(bytes: usize) -> usize {
    1 + bytes.div_ceil(3) * 4
}

/// Appends the text form of a binary message.
pub(crate) fn encode_base64(out: &mut Vec<u8>, data: &[u8]) {
    let start = out.len() + 1;
    out.push(b'b');
    out.resize(start + encoded_len(data.len()) - 1, 0);
    let written = STANDARD.encode_slice(data, &mut out[start..]);
    debug_assert_eq!(written, Ok(out.len() - start));
}

/// Reads base64 as leniently as Node's `Buffer.from`: both alphabets, anything else skipped, the end at the first `=` or without, and what is left of an unfinished byte ignored.
fn decode_base64(text: &str) -> Vec<u8> {
    if let Ok(bytes) = STANDARD.decode(text) {
        return bytes;
    }
    let digits = text.split('=').next().unwrap_or_default().bytes();
    let mut clean: Vec<u8> = digits.filter_map(standard_digit).collect();
    if clean.len() % 4 == 1 {
        clean.pop();
    }
    LENIENT.decode(clean).unwrap_or_default()
}

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

fn standard_digit(byte: u8) -> Option<u8> {
    match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Some(byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_decoded_by_their_first_character() {
        for (text, packet) in [
            ("", None),
            ("0{}", Some(Packet::Open)),
            ("1", Some(Packet::Close)),
            ("2", Some(Packet::Ping(""))),
            ("2probe", Some(Packet::Ping("probe"))),
            ("3anything", Some(Packet::Pong)),
            ("4", Some(Packet::Text(""))),
            ("4é€", Some(Packet::Text("é€"))),
            ("5", Some(Packet::Upgrade)),
            ("6", Some(Packet::Noop)),
            ("7", None),
            ("9a", None),
            ("é4", None),
            ("٣", None),
            ("B", None),
            ("b", Some(Packet::Binary(Cow::Borrowed(b"")))),
            ("bAQIDBA==", Some(Packet::Binary(Cow::Borrowed(&[1, 2, 3, 4])))),
        ] {
            assert_eq!(Packet::decode(text), packet, "{text:?}");
        }
    }

    #[test]
    fn base64_is_read_as_node_reads_it() {
        // The right column is what Node 20's Buffer.from gives.
        for (text, bytes) in [
            ("YQ==", &b"a"[..]),
            ("YQ=", b"a"),
            ("YQ", b"a"),
            ("Y", b""),
            ("YR==", b"a"),
            ("YW I=", b"ab"),
            ("YW!Jj", b"abc"),
            ("YWJj\n", b"abc"),
            ("YQ==YQ==", b"a"),
            ("=YQ", b""),
            ("A=A=A=A=", b""),
            ("-_+/", b"\xfb\xff\xbf"),
            ("YWJjZ", b"abc"),
            ("éYWJj", b"abc"),
            ("AAA=AAAA", b"\0\0"),
            ("YWJjZGU=extra", b"abcde"),
        ] {
            assert_eq!(decode_base64(text), bytes, "{text:?}");
        }
    }

    #[test]
    fn the_text_form_of_bytes_has_the_announced_length() {
        for (bytes, text) in [(&b""[..], "b"), (b"a", "bYQ=="), (b"ab", "bYWI="), (b"abc", "bYWJj")]
        {
            let mut out = Vec::new();
            encode_base64(&mut out, bytes);
            assert_eq!(out, text.as_bytes());
            assert_eq!(out.len(), encoded_len(bytes.len()));
        }
    }

    #[test]
    fn packets_are_written_as_frames() {
        let mut out = Vec::new();
        write_text(&mut out, MESSAGE, "hé");
        write_binary(&mut out, &[1, 2]);
        assert_eq!(out, b"\x81\x044h\xc3\xa9\x82\x02\x01\x02");
    }
}
