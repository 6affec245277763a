//! Row 4: Socket.IO packets, `<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]`.

use std::ops::Range;

use engineio::Frame;
use websocket::Opcode;

use crate::error::DecodeError;
use crate::json::{self, First, Invalid, Shape};

/// The packet types of Socket.IO 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketType {
    /// A client joins a namespace, or the server says it has.
    Connect = 0,
    /// A socket leaves its namespace.
    Disconnect = 1,
    /// An event.
    Event = 2,
    /// The answer to an event.
    Ack = 3,
    /// The server refuses a namespace.
    ConnectError = 4,
    /// An event with attachments.
    BinaryEvent = 5,
    /// An answer with attachments.
    BinaryAck = 6,
}

impl PacketType {
    fn from_digit(digit: char) -> Option<Self> {
        Some(match digit {
            '0' => Self::Connect,
            '1' => Self::Disconnect,
            '2' => Self::Event,
            '3' => Self::Ack,
            '4' => Self::ConnectError,
            '5' => Self::BinaryEvent,
            '6' => Self::BinaryAck,
            _ => return None,
        })
    }

    fn is_binary(self) -> bool {
        matches!(self, Self::BinaryEvent | Self::BinaryAck)
    }

    fn is_ack(self) -> bool {
        matches!(self, Self::Ack | Self::BinaryAck)
    }
}

/// JavaScript counts no further (2^53 - 1).
const MAX_ID: u64 = 9_007_199_254_740_991;

/// Names that no client may use for an event: the reference's.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// Whether `name` may not be emitted, by either side.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// A packet from a client, checked; the JSON is still text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What it is.
    pub kind: PacketType,
    /// How many attachments follow.
    pub attachments: usize,
    /// `/` when none is named.
    pub namespace: &'a str,
    /// The ack id.
    pub id: Option<u64>,
    /// The JSON, valid and of the shape that the type asks for; empty when there is none.
    pub data: &'a str,
}

impl<'a> Packet<'a> {
    /// Reads and checks the text of an engine message.
    ///
    /// # Errors
    /// [`DecodeError`], as the reference's decoder; its leniencies for numbers are refused: a blank type or id, `1e0` attachments, `0.0` for a placeholder.
    pub fn decode(text: &'a str, max_attachments: usize) -> Result<Self, DecodeError> {
        let mut chars = text.chars();
        let first = chars.next();
        let kind = first
            .and_then(PacketType::from_digit)
            .ok_or_else(|| DecodeError::UnknownType(first.and_then(|first| first.to_digit(10))))?;
        let mut rest = chars.as_str();
        let attachments =
            if kind.is_binary() { take_attachments(&mut rest, max_attachments)? } else { 0 };
        let namespace = take_namespace(&mut rest);
        let id = match take_id(&mut rest) {
            // No answer was asked for with such an id: it is ignored as any other unknown one.
            Err(DecodeError::IdTooLarge) if kind.is_ack() => None,
            id => id?,
        };
        let packet = Self { kind, attachments, namespace, id, data: rest };
        packet.check_data()?;
        Ok(packet)
    }

    fn check_data(&self) -> Result<(), DecodeError> {
        if self.data.is_empty() {
            return Ok(());
        }
        let placeholders = self.kind.is_binary().then_some(self.attachments);
        let shape = json::check(self.data, placeholders).map_err(|invalid| match invalid {
            Invalid::Syntax => DecodeError::InvalidPayload,
            Invalid::Depth => DecodeError::TooDeep,
            Invalid::Placeholder => DecodeError::IllegalPlaceholder,
        })?;
        let fits = match self.kind {
            PacketType::Connect => shape == Shape::Object,
            PacketType::Disconnect => false,
            PacketType::ConnectError => matches!(shape, Shape::Object | Shape::String),
            PacketType::Ack | PacketType::BinaryAck => matches!(shape, Shape::Array(_)),
            PacketType::Event | PacketType::BinaryEvent => match shape {
                Shape::Array(First::Number(_)) => true,
                Shape::Array(First::String(name)) => !is_reserved_json(&self.data[name]),
                _ => false,
            },
        };
        if fits { Ok(()) } else { Err(DecodeError::InvalidPayload) }
    }
}

/// Whether the inside of a JSON string spells a reserved name, escapes read.
fn is_reserved_json(name: &str) -> bool {
    if !name.contains('\\') {
        return is_reserved(name);
    }
    let mut plain = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once("\\u") {
        plain.push_str(before);
        let (digits, tail) = after.split_at_checked(4).unwrap_or((after, ""));
        let code = u32::from_str_radix(digits, 16).unwrap_or(0xfffd);
        plain.push(char::from_u32(code).unwrap_or('\u{fffd}'));
        rest = tail;
    }
    plain.push_str(rest);
    is_reserved(&plain)
}

fn take_attachments(rest: &mut &str, max: usize) -> Result<usize, DecodeError> {
    let (digits, tail) = rest.split_once('-').ok_or(DecodeError::IllegalAttachments)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DecodeError::IllegalAttachments);
    }
    *rest = tail;
    match digits.parse::<usize>() {
        Ok(0) => Err(DecodeError::IllegalAttachments),
        Ok(count) if count <= max => Ok(count),
        _ => Err(DecodeError::TooManyAttachments),
    }
}

fn take_namespace<'a>(rest: &mut &'a str) -> &'a str {
    if !rest.starts_with('/') {
        return "/";
    }
    let (name, tail) = rest.split_once(',').unwrap_or((rest, ""));
    *rest = tail;
    name
}

fn take_id(rest: &mut &str) -> Result<Option<u64>, DecodeError> {
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return Ok(None);
    }
    let (digits, tail) = rest.split_at(length);
    *rest = tail;
    match digits.parse() {
        Ok(id) if id <= MAX_ID => Ok(Some(id)),
        _ => Err(DecodeError::IdTooLarge),
    }
}

/// The data of a packet that leaves: JSON, and the attachments as WebSocket frames behind it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Body<'a> {
    /// The JSON, empty for none.
    pub json: &'a [u8],
    /// How many attachments there are.
    pub attachments: u32,
    /// The attachments, each as one binary frame.
    pub binary: &'a [u8],
}

impl<'a> Body<'a> {
    /// JSON without attachments.
    pub fn json(json: &'a [u8]) -> Self {
        Self { json, attachments: 0, binary: &[] }
    }
}

/// Writes a packet as the WebSocket frames that every receiver shares, and returns where it lies in `out`.
///
/// `kind` is the type without attachments; with some, the binary type is written.
///
/// # Panics
/// When `out` would grow past 4 GiB, which the inbox's bound excludes.
pub fn encode(
    out: &mut Vec<u8>,
    kind: PacketType,
    namespace: &str,
    id: Option<u64>,
    body: Body<'_>,
) -> Range<u32> {
    let start = position(out);
    let mut digits = itoa::Buffer::new();
    let mut count = itoa::Buffer::new();
    let count: &str = if body.attachments == 0 { "" } else { count.format(body.attachments) };
    let id = id.map_or("", |id| digits.format(id));
    let namespace = if namespace == "/" { "" } else { namespace };
    let separators = usize::from(!count.is_empty()) + usize::from(!namespace.is_empty());
    let length = 2 + count.len() + namespace.len() + separators + id.len() + body.json.len();
    out.reserve(websocket::MAX_HEADER + length + body.binary.len());
    websocket::write_header(out, Opcode::Text, length);
    let offset = if body.attachments == 0 { 0 } else { 3 };
    out.extend_from_slice(&[b'4', b'0' + kind as u8 + offset]);
    for (text, separator) in [(count, b'-'), (namespace, b',')] {
        if !text.is_empty() {
            out.extend_from_slice(text.as_bytes());
            out.push(separator);
        }
    }
    out.extend_from_slice(id.as_bytes());
    out.extend_from_slice(body.json);
    out.extend_from_slice(body.binary);
    start..position(out)
}

/// Writes a message of the engine as the WebSocket frame that its receiver gets, as [`encode`] a packet.
pub(crate) fn encode_message(out: &mut Vec<u8>, message: Frame<'_>) -> Range<u32> {
    let start = position(out);
    match message {
        Frame::Text(text) => engineio::packet::write_text(out, engineio::packet::MESSAGE, text),
        Frame::Binary(bytes) => engineio::packet::write_binary(out, bytes),
    }
    start..position(out)
}

fn position(out: &[u8]) -> u32 {
    u32::try_from(out.len()).expect("the inbox's bound keeps a batch below 4 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_written_as_frames() {
        let mut out = Vec::new();
        let binary = [0x82, 1, 9];
        for (kind, namespace, id, body, text) in [
            (PacketType::Event, "/", None, Body::json(b"[\"a\"]"), &b"\x81\x0742[\"a\"]"[..]),
            (PacketType::Ack, "/admin", Some(12), Body::json(b"[]"), b"\x81\x0d43/admin,12[]"),
            (PacketType::Disconnect, "/admin", None, Body::default(), b"\x81\x0941/admin,"),
            (
                PacketType::Event,
                "/n",
                Some(0),
                Body { json: b"[]", attachments: 1, binary: &binary },
                b"\x81\x0a451-/n,0[]\x82\x01\x09",
            ),
        ] {
            let range = encode(&mut out, kind, namespace, id, body);
            assert_eq!(&out[range.start as usize..range.end as usize], text);
        }
    }
}
