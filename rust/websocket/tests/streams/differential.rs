//! Against another implementation: what one side writes, the other reads, and both read the same from the same bytes.

use std::io::{self, Read, Write};

use proptest::prelude::*;
use proptest::sample::Index;
use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Message, WebSocket};
use websocket::{Frames, Opcode, write_frame};

use crate::client::{Owned, masked_frame, read};

const LIMIT: usize = 100_000;

/// A connection that has `0` to read and takes what is written.
struct Pipe<'a>(&'a [u8]);

impl Read for Pipe<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the other implementation reads from `stream` until its end or an error.
fn read_by_peer(stream: &[u8], role: Role) -> Vec<Owned> {
    let config =
        WebSocketConfig::default().max_message_size(Some(LIMIT)).max_frame_size(Some(LIMIT));
    let mut peer = WebSocket::from_raw_socket(Pipe(stream), role, Some(config));
    let mut messages = Vec::new();
    while let Ok(message) = peer.read() {
        messages.push(match message {
            Message::Text(text) => Owned::Text(text.to_string()),
            Message::Binary(bytes) => Owned::Binary(bytes.to_vec()),
            Message::Ping(bytes) => Owned::Ping(bytes.to_vec()),
            Message::Pong(bytes) => Owned::Pong(bytes.to_vec()),
            Message::Close(close) => Owned::Close(
                close.map_or_else(Vec::new, |close| closing(close.code.into(), &close.reason)),
            ),
            Message::Frame(frame) => panic!("a raw frame: {frame:?}"),
        });
    }
    messages
}

/// A data message, where its fragments end, and the control frames between them.
#[derive(Clone, Debug)]
struct Sent {
    data: Owned,
    ends: Vec<Index>,
    between: Vec<Owned>,
}

fn data() -> impl Strategy<Value = Owned> {
    prop_oneof![
        4 => "\\PC{0,100}".prop_map(Owned::Text),
        4 => prop::collection::vec(any::<u8>(), 0..300).prop_map(Owned::Binary),
        1 => (any::<u8>(), 65_530_usize..70_000).prop_map(|(byte, length)| Owned::Binary(vec![byte; length])),
    ]
}

fn control() -> impl Strategy<Value = Owned> {
    let payload = || prop::collection::vec(any::<u8>(), 0..=125);
    prop_oneof![payload().prop_map(Owned::Ping), payload().prop_map(Owned::Pong)]
}

fn close() -> impl Strategy<Value = Owned> {
    let code = prop_oneof![1000_u16..=1003, 1007_u16..=1011, 3000_u16..5000];
    let payload = prop::option::of((code, "[a-zé😀]{0,30}"));
    payload.prop_map(|payload| {
        Owned::Close(payload.map_or_else(Vec::new, |(code, reason)| closing(code, &reason)))
    })
}

/// The payload of a close frame.
fn closing(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

fn sent() -> impl Strategy<Value = Sent> {
    let ends = prop::collection::vec(any::<Index>(), 0..4);
    let between = prop::collection::vec(control(), 0..3);
    (data(), ends, between).prop_map(|(data, ends, between)| Sent { data, ends, between })
}

/// Opcode and payload.
fn parts(message: &Owned) -> (Opcode, Vec<u8>) {
    match message {
        Owned::Text(text) => (Opcode::Text, text.clone().into_bytes()),
        Owned::Binary(bytes) => (Opcode::Binary, bytes.clone()),
        Owned::Ping(bytes) => (Opcode::Ping, bytes.clone()),
        Owned::Pong(bytes) => (Opcode::Pong, bytes.clone()),
        Owned::Close(bytes) => (Opcode::Close, bytes.clone()),
    }
}

/// The client's frames of `sent`, and the messages that they are, in their order.
fn encode(sent: &Sent, mask: [u8; 4], stream: &mut Vec<u8>, messages: &mut Vec<Owned>) {
    let (opcode, payload) = parts(&sent.data);
    let mut ends: Vec<usize> = sent.ends.iter().map(|end| end.index(payload.len() + 1)).collect();
    ends.sort_unstable();
    let mut between = sent.between.iter();
    let (mut first, mut start) = (opcode as u8, 0);
    for end in ends {
        stream.extend(masked_frame(first, &payload[start..end], mask));
        (first, start) = (Opcode::Continuation as u8, end);
        if let Some(control) = between.next() {
            let (opcode, payload) = parts(control);
            stream.extend(masked_frame(0x80 | opcode as u8, &payload, mask));
            messages.push(control.clone());
        }
    }
    stream.extend(masked_frame(0x80 | first, &payload[start..], mask));
    messages.push(sent.data.clone());
}

proptest! {
    #[test]
    fn valid_streams_are_read_as_the_peer_reads_them(
        script in prop::collection::vec((sent(), any::<[u8; 4]>()), 1..6),
        end in prop::option::of(close()),
        cuts in prop::collection::vec(any::<Index>(), 0..10),
    ) {
        let (mut stream, mut messages) = (Vec::new(), Vec::new());
        for (sent, mask) in &script {
            encode(sent, *mask, &mut stream, &mut messages);
        }
        if let Some(end) = end {
            stream.extend(masked_frame(0x88, &parts(&end).1, [1, 2, 3, 4]));
            messages.push(end);
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
        cuts.sort_unstable();
        prop_assert_eq!(&read_by_peer(&stream, Role::Server), &messages);
        prop_assert_eq!(read(&stream, &cuts, LIMIT), (messages.clone(), None));
        prop_assert_eq!(read(&stream, &[], LIMIT), (messages, None));
    }

    #[test]
    fn what_the_peer_writes_is_read(messages in prop::collection::vec(data(), 1..6)) {
        let mut peer = WebSocket::from_raw_socket(io::Cursor::new(Vec::new()), Role::Client, None);
        for message in &messages {
            let (opcode, payload) = parts(message);
            let sent = match opcode {
                Opcode::Text => Message::text(String::from_utf8(payload).expect("text")),
                _ => Message::binary(payload),
            };
            peer.send(sent).expect("a vector takes all");
        }
        prop_assert_eq!(read(peer.get_ref().get_ref(), &[], LIMIT), (messages, None));
    }

    #[test]
    fn what_is_written_is_read_by_the_peer(
        mut messages in prop::collection::vec(prop_oneof![data(), control()], 1..6),
        end in prop::option::of(close()),
    ) {
        let mut stream = Vec::new();
        messages.extend(end);
        for message in &messages {
            let (opcode, payload) = parts(message);
            write_frame(&mut stream, opcode, &payload);
        }
        prop_assert_eq!(&read_by_peer(&stream, Role::Client), &messages);
        let written: Vec<_> = messages.iter().map(parts).collect();
        let walked: Vec<_> = Frames::new(&stream).map(|(opcode, payload)| (opcode, payload.to_vec())).collect();
        prop_assert_eq!(walked, written);
    }
}
