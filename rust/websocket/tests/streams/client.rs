//! A client's side: frames to read, and a reader that is fed with them in pieces.

use websocket::{Error, Message, Reader};

/// A message that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owned {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Vec<u8>),
}

impl From<Message<'_>> for Owned {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Text(text) => Self::Text(text.to_owned()),
            Message::Binary(bytes) => Self::Binary(bytes.to_vec()),
            Message::Ping(bytes) => Self::Ping(bytes.to_vec()),
            Message::Pong(bytes) => Self::Pong(bytes.to_vec()),
            Message::Close(bytes) => Self::Close(bytes.to_vec()),
        }
    }
}

pub(crate) fn text(text: &str) -> Owned {
    Owned::Text(text.to_owned())
}

/// Feeds `stream` in pieces that end at `cuts` and at its end; what came out, and the error that ended it.
pub(crate) fn read(stream: &[u8], cuts: &[usize], limit: usize) -> (Vec<Owned>, Option<Error>) {
    let mut reader = Reader::new();
    let mut messages = Vec::new();
    let mut start = 0;
    for &end in cuts.iter().chain([&stream.len()]) {
        let mut piece = stream[start..end].to_vec();
        start = end;
        let mut input = &mut piece[..];
        loop {
            match reader.next(&mut input, limit) {
                Ok(Some(message)) => messages.push(message.into()),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
        assert!(input.is_empty(), "None means that all is consumed");
    }
    (messages, None)
}

/// The cuts that feed `stream` byte by byte.
pub(crate) fn every_byte(stream: &[u8]) -> Vec<usize> {
    (1..stream.len()).collect()
}

/// A client's frame with this first byte.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    masked_frame(first, payload, [0x12, 0x34, 0x56, 0x78])
}

pub(crate) fn masked_frame(first: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let mut out = vec![first];
    match payload.len() {
        length @ 0..=125 => out.push(0x80 | u8::try_from(length).expect("short")),
        length @ 126..=65_535 => {
            out.push(0xfe);
            out.extend(u16::try_from(length).expect("medium").to_be_bytes());
        }
        length => {
            out.push(0xff);
            out.extend((length as u64).to_be_bytes());
        }
    }
    out.extend(mask);
    out.extend(payload.iter().enumerate().map(|(index, byte)| byte ^ mask[index % 4]));
    out
}
