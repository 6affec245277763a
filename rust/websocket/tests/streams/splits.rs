//! Wherever a stream is cut, it reads as if it had come at once.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::client::{every_byte, masked_frame, read};

const LIMIT: usize = 300;

/// Mostly frames that may follow one another, and some that never may.
fn some_frame() -> impl Strategy<Value = Vec<u8>> {
    let usual = select(vec![0x81_u8, 0x82, 0x01, 0x02, 0x00, 0x00, 0x80, 0x80, 0x89, 0x8a]);
    let first = prop_oneof![12 => usual, 1 => Just(0x88), 1 => any::<u8>()];
    let payload = prop_oneof![
        4 => "[a-zé☃😀]{0,20}".prop_map(String::into_bytes),
        2 => prop::collection::vec(any::<u8>(), 0..140),
        1 => (900_u16..5_100).prop_map(|code| code.to_be_bytes().to_vec()),
    ];
    (first, payload, any::<[u8; 4]>())
        .prop_map(|(first, payload, mask)| masked_frame(first, &payload, mask))
}

/// One text in fragments cut anywhere, also within characters; sometimes with a byte spoilt.
fn fragmented_text() -> impl Strategy<Value = Vec<u8>> {
    let cuts = prop::collection::vec(any::<Index>(), 0..5);
    let spoilt = prop::option::weighted(0.3, (any::<Index>(), any::<u8>()));
    ("[a-zé☃😀]{1,30}", cuts, spoilt).prop_map(|(text, cuts, spoilt)| {
        let mut bytes = text.into_bytes();
        if let Some((index, byte)) = spoilt {
            *index.get_mut(&mut bytes) = byte;
        }
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.sort_unstable();
        let ends = cuts.iter().copied().chain([bytes.len()]);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        let mut stream = Vec::new();
        for (index, (start, end)) in starts.zip(ends).enumerate() {
            let first = u8::from(index == 0) | if index == cuts.len() { 0x80 } else { 0 };
            stream.extend(masked_frame(first, &bytes[start..end], [9, 8, 7, 6]));
        }
        stream
    })
}

fn assert_splits_agree(stream: &[u8]) -> Result<(), TestCaseError> {
    let whole = read(stream, &[], LIMIT);
    for cut in 0..=stream.len() {
        prop_assert_eq!(&read(stream, &[cut], LIMIT), &whole, "cut at {}", cut);
    }
    prop_assert_eq!(&read(stream, &every_byte(stream), LIMIT), &whole, "byte by byte");
    Ok(())
}

proptest! {
    #[test]
    fn frames_read_the_same_wherever_they_are_cut(
        frames in prop::collection::vec(some_frame(), 1..8),
    ) {
        assert_splits_agree(&frames.concat())?;
    }

    #[test]
    fn fragments_read_the_same_wherever_they_are_cut(stream in fragmented_text()) {
        assert_splits_agree(&stream)?;
    }

    #[test]
    fn a22_any_bytes_read_the_same_wherever_they_are_cut(
        stream in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        assert_splits_agree(&stream)?;
    }
}
