//! The rules of RFC 6455 as tables: streams, and the messages and the error that they give.

use websocket::{CloseCode, Error};

use crate::client::{Owned, every_byte, frame, read, text};

const LIMIT: usize = 1_000;

#[test]
fn valid_streams_give_their_messages() {
    let close = Owned::Close(b"\x03\xe8bye".to_vec());
    for (frames, expected) in [
        (vec![frame(0x81, b"hi")], vec![text("hi")]),
        (vec![frame(0x81, b"")], vec![text("")]),
        (vec![frame(0x82, &[0; 300])], vec![Owned::Binary(vec![0; 300])]),
        (
            vec![frame(0x01, "aé".as_bytes()), frame(0x89, b"p"), frame(0x80, b"b")],
            vec![Owned::Ping(b"p".to_vec()), text("aéb")],
        ),
        (vec![frame(0x01, b"\xc3"), frame(0x00, b""), frame(0x80, b"\xa9")], vec![text("é")]),
        (vec![frame(0x02, b"\xff"), frame(0x88, b"\x03\xe8bye")], vec![close]),
        (
            vec![frame(0x8a, &[7; 125]), frame(0x88, b"")],
            vec![Owned::Pong(vec![7; 125]), Owned::Close(vec![])],
        ),
    ] {
        let stream = frames.concat();
        assert_eq!(read(&stream, &[], LIMIT), (expected.clone(), None));
        assert_eq!(read(&stream, &every_byte(&stream), LIMIT), (expected, None));
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
        let byte_by_byte = read(&stream, &every_byte(&stream), LIMIT);
        assert_eq!(byte_by_byte, (vec![text("before")], Some(error)));
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
fn a_sum_over_the_limit_is_known_at_the_head_of_the_last_fragment() {
    let stream = [frame(0x01, &[b'a'; 600]), frame(0x80, &[b'b'; 401])].concat();
    let head = 8;
    let before = 600 + 8;
    assert_eq!(read(&stream[..before + head - 1], &[], LIMIT).1, None);
    let too_big = Some(Error::TooBig { limit: LIMIT });
    assert_eq!(read(&stream[..before + head], &[], LIMIT).1, too_big);
}

#[test]
fn bytes_of_a_cut_character_count() {
    let stream = [frame(0x01, b"\xf0\x9f\x98"), frame(0x80, b"\x80a")].concat();
    assert_eq!(read(&stream, &[], 5), (vec![text("😀a")], None));
    assert_eq!(read(&stream, &[], 4), (vec![], Some(Error::TooBig { limit: 4 })));
}

#[test]
fn the_limit_is_for_data_alone() {
    let stream = [frame(0x02, b"abc"), frame(0x89, b"four"), frame(0x80, b"")].concat();
    let expected = vec![Owned::Ping(b"four".to_vec()), Owned::Binary(b"abc".to_vec())];
    assert_eq!(read(&stream, &[], 3), (expected, None));
    assert_eq!(read(&frame(0x81, b""), &[], 0), (vec![text("")], None));
    assert_eq!(read(&frame(0x81, b"a"), &[], 0).1, Some(Error::TooBig { limit: 0 }));
}

#[test]
fn errors_have_their_close_codes() {
    for (stream, code) in [
        (frame(0x83, b""), CloseCode::PROTOCOL),
        (frame(0x88, b"\x03\xed"), CloseCode::PROTOCOL),
        (frame(0x81, b"\xff"), CloseCode::INVALID_DATA),
        (frame(0x82, &[0; LIMIT + 1]), CloseCode::TOO_BIG),
        ([&[0x82, 0xff][..], &u64::MAX.to_be_bytes(), &[0; 4]].concat(), CloseCode::TOO_BIG),
    ] {
        let error = read(&stream, &[], LIMIT).1.expect("a mistake");
        assert_eq!(error.close_code(), code);
    }
}

/// A message of as many fragments of `payload`.
fn fragmented(payload: &[u8], count: usize) -> Vec<u8> {
    let middle = frame(0x00, payload).repeat(count - 2);
    [frame(0x02, payload), middle, frame(0x80, payload)].concat()
}

#[test]
fn v36_many_small_fragments_pass() {
    let stream = fragmented(&[1; 64], 65_536);
    let (messages, error) = read(&stream, &[], 16 * 1024 * 1024);
    assert_eq!(error, None);
    assert_eq!(messages, [Owned::Binary(vec![1; 64 * 65_536])]);
}

#[test]
fn a_message_of_the_limit_may_come_in_fragments() {
    let stream = fragmented(&[1], LIMIT);
    assert_eq!(read(&stream, &[], LIMIT), (vec![Owned::Binary(vec![1; LIMIT])], None));
}

#[test]
fn v35_empty_fragments_end() {
    let endless = [frame(0x01, b""), frame(0x00, b"").repeat(1_000_000)].concat();
    for (limit, most) in [(0, 8_193), (LIMIT, 8_193), (1_000_000, 125_001)] {
        assert_eq!(read(&fragmented(b"", most), &[], limit).1, None);
        assert_eq!(read(&fragmented(b"", most + 1), &[], limit).1, Some(Error::TooBig { limit }));
        assert_eq!(read(&endless, &[], limit).1, Some(Error::TooBig { limit }));
    }
}

#[test]
fn a_large_text_is_read_byte_by_byte() {
    let whole = "é☃😀".repeat(50_000);
    let stream = frame(0x81, whole.as_bytes());
    assert_eq!(read(&stream, &every_byte(&stream), 1_000_000), (vec![text(&whole)], None));
}
