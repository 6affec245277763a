//! Row 8: strings and keys as `JSON.stringify` writes them.

use super::text::plain_run;

/// A string whose characters are below U+0100: nearly always ASCII.
#[inline]
pub(super) fn write_latin1(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(bytes.len() + 2);
    let start = out.len();
    out.push(b'"');
    let mut at = 0;
    loop {
        let run = plain_run(bytes, at);
        if !run.ascii {
            out.truncate(start);
            return write_units(out, bytes);
        }
        out.extend_from_slice(&bytes[at..run.end]);
        let Some(&byte) = bytes.get(run.end) else { break };
        let (escape, length) = escape(byte.into());
        out.extend_from_slice(&escape[..length]);
        at = run.end + 1;
    }
    out.push(b'"');
}

/// Any other string. Its UTF-8 is not asked of Python, which would keep it beside the string.
/// Never inlined, so that its buffer lies on the stack of no other string.
#[inline(never)]
pub(super) fn write_units<T: Copy + Into<u32>>(out: &mut Vec<u8>, units: &[T]) {
    const PIECE: usize = 128;
    let mut buffer = [0; PIECE * ESCAPE];
    out.push(b'"');
    for piece in units.chunks(PIECE) {
        let mut at = 0;
        for &unit in piece {
            let rest = &mut buffer[at..];
            let character = char::from_u32(unit.into());
            at += if let Some(plain @ (' '..='!' | '#'..='[' | ']'..)) = character {
                plain.encode_utf8(rest).len()
            } else {
                let (escape, length) = escape(unit.into());
                rest[..ESCAPE].copy_from_slice(&escape);
                length
            };
        }
        out.extend_from_slice(&buffer[..at]);
    }
    out.push(b'"');
}

/// The longest escape, and longer than any character in UTF-8.
const ESCAPE: usize = "\\u0000".len();

/// The escape that `JSON.stringify` writes for a unit, surrogates included, and its length.
fn escape(unit: u32) -> ([u8; ESCAPE], usize) {
    let short = match unit {
        0x22 => b'"',
        0x5c => b'\\',
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        _ => {
            let digit = |shift: u32| b"0123456789abcdef"[(unit >> shift) as usize % 16];
            return ([b'\\', b'u', digit(12), digit(8), digit(4), digit(0)], ESCAPE);
        }
    };
    ([b'\\', short, 0, 0, 0, 0], 2)
}

/// `String(value)` in JavaScript (ECMA-262, `Number::toString`).
pub(super) fn float_key(value: f64) -> String {
    match value.abs() {
        magnitude if magnitude.is_nan() => "NaN".to_owned(),
        magnitude if magnitude.is_infinite() => {
            if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
        }
        0.0 => "0".to_owned(),
        1e-6..1e21 => value.to_string(),
        1e21.. => format!("{value:e}").replace('e', "e+"),
        _ => format!("{value:e}"),
    }
}
