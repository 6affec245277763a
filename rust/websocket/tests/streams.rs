//! Whole streams: however they are cut, the same messages and the same error come out.

use std::io::Cursor;

use proptest::prelude::*;
use websocket::{CloseCode, Error, Message, Reader};

const LIMIT: usize = 1_000;

/// A message that owns its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Owned {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<CloseCode>),
}

impl From<Message<'_>> for Owned {
    fn from(message: Message<'_>) -> Self {
        match message {
            Message::Text(text) => Self::Text(text.to_owned()),
            Message::Binary(bytes) => Self::Binary(bytes.to_vec()),
            Message::Ping(bytes) => Self::Ping(bytes.to_vec()),
            Message::Pong(bytes) => Self::Pong(bytes.to_vec()),
            Message::Close(code) => Self::Close(code),
        }
    }
}

/// Feeds `stream` in pieces that end at `cuts`; what came out, and the error that ended it.
fn read(stream: &[u8], cuts: &[usize], limit: usize) -> (Vec<Owned>, Option<Error>) {
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
    }
    (messages, None)
}

/// A client's frame: first byte, mask, payload.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x12, 0x34, 0x56, 0x78];
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

fn text(text: &str) -> Owned {
    Owned::Text(text.to_owned())
}

#[test]
fn valid_streams_give_their_messages() {
    let close = Owned::Close(Some(CloseCode::NORMAL));
    for (frames, expected) in [
        (vec![frame(0x81, b"hi")], vec![text("hi")]),
        (vec![frame(0x81, b"")], vec![text("")]),
        (vec![frame(0x82, &[0; 300])], vec![Owned::Binary(vec![0; 300])]),
        (
            vec![frame(0x01, "aé".as_bytes()), frame(0x89, b"p"), frame(0x80, b"b")],
            vec![Owned::Ping(b"p".to_vec()), text("aéb")],
        ),
        (vec![frame(0x01, b"\xc3"), frame(0x00, b""), frame(0x80, b"\xa9")], vec![text("é")]),
        (vec![frame(0x02, b"\xff"), frame(0x88, b"\x03\xe8")], vec![close]),
        (
            vec![frame(0x8a, &[7; 125]), frame(0x88, b"")],
            vec![Owned::Pong(vec![7; 125]), Owned::Close(None)],
        ),
    ] {
        assert_eq!(read(&frames.concat(), &[], LIMIT), (expected, None));
    }
}

#[test]
fn violations_end_the_stream_after_what_came_before() {
    let unmasked = vec![0x81, 2, b'h', b'i'];
    let long = |length: u64| [&[0x82, 0xff][..], &length.to_be_bytes(), &[0; 4]].concat();
    let too_big = Error::TooBig { limit: LIMIT };
    for (bad, error) in [
        (unmasked, Error::Unmasked),
        (frame(0xc1, b""), Error::ReservedBits),
        (frame(0xa1, b""), Error::ReservedBits),
        (frame(0x91, b""), Error::ReservedBits),
        (frame(0x83, b""), Error::UnknownOpcode(3)),
        (frame(0x8b, b""), Error::UnknownOpcode(11)),
        (frame(0x09, b""), Error::FragmentedControl),
        (frame(0x89, &[0; 126]), Error::LongControl),
        (frame(0x80, b"x"), Error::UnexpectedContinuation),
        ([frame(0x01, b"a"), frame(0x81, b"b")].concat(), Error::UnfinishedMessage),
        (frame(0x88, b"\x03"), Error::InvalidClose),
        (frame(0x88, b"\x03\xed"), Error::InvalidClose),
        (frame(0x88, b"\x03\xe8\xff"), Error::InvalidUtf8),
        (frame(0x81, b"\xff"), Error::InvalidUtf8),
        (frame(0x01, b"\xce\xba\xff"), Error::InvalidUtf8),
        ([frame(0x01, b"\xf4"), frame(0x00, b"\x90")].concat(), Error::InvalidUtf8),
        ([frame(0x01, b"\xc3"), frame(0x80, b"")].concat(), Error::InvalidUtf8),
        (long(1 << 63), Error::InvalidLength),
        (long(u64::MAX), Error::InvalidLength),
        (long((1 << 63) - 1), too_big),
        (long(1 << 62), too_big),
        (long(1 << 32), too_big),
        (long(1 << 31), too_big),
    ] {
        let stream = [frame(0x81, b"before"), bad].concat();
        assert_eq!(read(&stream, &[], LIMIT), (vec![text("before")], Some(error)));
        let cuts: Vec<usize> = (1..stream.len()).collect();
        assert_eq!(read(&stream, &cuts, LIMIT), (vec![text("before")], Some(error)));
    }
}

#[test]
fn the_limit_holds_for_frames_and_sums_at_the_head() {
    for (length, fits) in [(LIMIT - 1, true), (LIMIT, true), (LIMIT + 1, false)] {
        let stream = frame(0x82, &vec![0; length]);
        let (messages, error) = read(&stream[..8], &[], LIMIT);
        assert!(messages.is_empty());
        assert_eq!(error.is_none(), fits, "judged by the head alone");
        assert_eq!(read(&stream, &[], LIMIT).1.is_none(), fits);
        let stream = [frame(0x02, &vec![0; length - 10]), frame(0x80, &[0; 10])].concat();
        assert_eq!(read(&stream, &[], LIMIT).1.is_none(), fits);
    }
}

#[test]
fn text_fails_at_the_first_bad_byte_of_an_unfinished_frame() {
    let stream = frame(0x81, b"ab\xffcdefgh");
    let head = 6;
    let (_, error) = read(&stream[..head + 3], &[head + 2], LIMIT);
    assert_eq!(error, Some(Error::InvalidUtf8));
}

#[test]
fn many_fragments_pass_and_endless_ones_do_not() {
    let small = [
        vec![frame(0x02, &[1; 64])],
        vec![frame(0x00, &[1; 64]); 65_534],
        vec![frame(0x80, &[1; 64])],
    ];
    let stream = small.concat().concat();
    let (messages, error) = read(&stream, &[], 16 * 1024 * 1024);
    assert_eq!((messages.len(), error), (1, None));
    let stream = [vec![frame(0x01, b"")], vec![frame(0x00, b""); 200_000]].concat().concat();
    assert_eq!(read(&stream, &[], 1_000_000).1, Some(Error::TooBig { limit: 1_000_000 }));
}

#[test]
fn an_idle_reader_is_one_pointer() {
    assert_eq!(size_of::<Reader>(), size_of::<usize>());
}

fn some_frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![8 => prop::sample::select(vec![0x81_u8, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a]), 1 => any::<u8>()];
    let payload = prop_oneof![
        "[a-zé☃]{0,20}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..140)
    ];
    (first, payload).prop_map(|(first, payload)| frame(first, &payload))
}

proptest! {
    #[test]
    fn every_split_gives_the_same(
        frames in prop::collection::vec(some_frame(), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let stream = frames.concat();
        let whole = read(&stream, &[], LIMIT);
        prop_assert_eq!(&read(&stream, &[cut.index(stream.len())], LIMIT), &whole);
        let every: Vec<usize> = (1..stream.len()).collect();
        prop_assert_eq!(&read(&stream, &every, LIMIT), &whole);
    }

    #[test]
    fn any_bytes_give_messages_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let every: Vec<usize> = (1..bytes.len()).collect();
        prop_assert_eq!(read(&bytes, &every, LIMIT), read(&bytes, &[], LIMIT));
    }

    #[test]
    fn what_another_library_writes_is_read(texts in prop::collection::vec("\\PC{0,200}", 1..5)) {
        let role = tungstenite::protocol::Role::Client;
        let mut peer = tungstenite::WebSocket::from_raw_socket(Cursor::new(Vec::new()), role, None);
        for text in &texts {
            peer.send(text.as_str().into()).expect("a message");
        }
        let expected: Vec<Owned> = texts.iter().map(|text| Owned::Text(text.clone())).collect();
        prop_assert_eq!(read(peer.get_ref().get_ref(), &[], LIMIT), (expected, None));
    }
}
