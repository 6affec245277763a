//! Row 1: the body of a request, by its length or in chunks (RFC 9112, 6 and 7), read strictly: what may be read in two ways is an error.

use memchr::memchr;

use crate::grammar::{is_text, is_token};
use crate::head_rules::Behind;

/// So long may the line before a chunk be, or one of a trailer.
const MAX_LINE: usize = 4096;
/// So long may a trailer be.
const MAX_TRAILER: usize = 16 * 1024;

/// It may be read in two ways, or is no body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Broken;

/// Where in a body the next byte lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// So many bytes are left.
    Bytes(u64),
    ChunkSize,
    Chunk(u64),
    /// The end of the line behind a chunk.
    ChunkEnd,
    /// The lines behind the last chunk; so many bytes of them were read.
    Trailer(usize),
    End,
}

/// Takes a body apart.
#[derive(Debug)]
pub(crate) struct BodyReader {
    at: At,
}

impl BodyReader {
    pub(crate) fn new(behind: Behind) -> Self {
        let at = match behind {
            Behind::Bytes(0) => At::End,
            Behind::Bytes(bytes) => At::Bytes(bytes),
            Behind::Chunks => At::ChunkSize,
        };
        Self { at }
    }

    /// The body has ended.
    pub(crate) fn is_done(&self) -> bool {
        self.at == At::End
    }

    /// How many bytes are left, where that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        match self.at {
            At::End => Some(0),
            At::Bytes(left) => Some(left),
            _ => None,
        }
    }

    /// Takes what `input` has of the body; gives how many bytes of it are used up. Fewer than all: the body has ended, or what is left is an unfinished line.
    ///
    /// # Errors
    /// [`Broken`]; nothing behind it can be read.
    pub(crate) fn take(
        &mut self,
        input: &[u8],
        mut data: impl FnMut(&[u8]),
    ) -> Result<usize, Broken> {
        let mut used = 0;
        loop {
            let rest = &input[used..];
            used += match self.at {
                At::End => return Ok(used),
                _ if rest.is_empty() => return Ok(used),
                At::Bytes(left) => {
                    let (taken, left) = split(rest, left);
                    data(taken);
                    self.at = if left == 0 { At::End } else { At::Bytes(left) };
                    taken.len()
                }
                At::Chunk(left) => {
                    let (taken, left) = split(rest, left);
                    data(taken);
                    self.at = if left == 0 { At::ChunkEnd } else { At::Chunk(left) };
                    taken.len()
                }
                At::ChunkEnd | At::ChunkSize | At::Trailer(_) => {
                    let Some(line) = line(rest)? else { return Ok(used) };
                    self.at = self.behind(line)?;
                    line.len() + 2
                }
            };
        }
    }

    /// What follows a line, which is given without its end.
    fn behind(&self, line: &[u8]) -> Result<At, Broken> {
        match self.at {
            At::ChunkEnd if line.is_empty() => Ok(At::ChunkSize),
            At::ChunkSize => Ok(match chunk_size(line).ok_or(Broken)? {
                0 => At::Trailer(0),
                bytes => At::Chunk(bytes),
            }),
            At::Trailer(_) if line.is_empty() => Ok(At::End),
            At::Trailer(read) if is_field(line) && read + line.len() < MAX_TRAILER => {
                Ok(At::Trailer(read + line.len()))
            }
            _ => Err(Broken),
        }
    }
}

/// The first line, without its end; None when it is unfinished.
fn line(input: &[u8]) -> Result<Option<&[u8]>, Broken> {
    match memchr(b'\n', &input[..input.len().min(MAX_LINE)]) {
        Some(end) => input[..end].strip_suffix(b"\r").map(Some).ok_or(Broken),
        None if input.len() < MAX_LINE => Ok(None),
        None => Err(Broken),
    }
}

fn split(input: &[u8], left: u64) -> (&[u8], u64) {
    let taken = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
    (&input[..taken], left - taken as u64)
}

/// The size before a chunk; an extension may follow it at once.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let extension = &line[digits..];
    let is_extension = extension.len() > 1 && extension[0] == b';' && is_text(extension);
    let size = u64::from_str_radix(std::str::from_utf8(&line[..digits]).ok()?, 16).ok()?;
    (extension.is_empty() || is_extension).then_some(size)
}

/// Whether a line is a header.
fn is_field(line: &[u8]) -> bool {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    name.len() < line.len() && is_token(name) && is_text(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data of a body that comes in pieces of so many bytes, and what is behind it.
    fn read(behind: Behind, text: &str, step: usize) -> Result<(String, String), Broken> {
        let mut reader = BodyReader::new(behind);
        let (mut held, mut found) = (Vec::new(), Vec::new());
        for piece in text.as_bytes().chunks(step) {
            held.extend_from_slice(piece);
            let used = reader.take(&held, |data| found.extend_from_slice(data))?;
            held.drain(..used);
        }
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Ok((text(found) + if reader.is_done() { "" } else { "…" }, text(held)))
    }

    #[test]
    fn a_body_ends_where_it_says_however_it_comes() {
        let chunks = "5;a=b\r\n12\n\n5\r\n00a\r\n1234567890\r\n0\r\nTrailer: a\r\n\r\n";
        for (behind, body, data) in [
            (Behind::Bytes(0), "", ""),
            (Behind::Bytes(12), "12\n45\r\n\r\n\n\n2", "12\n45\r\n\r\n\n\n2"),
            (Behind::Chunks, chunks, "12\n\n51234567890"),
            (Behind::Chunks, "0\r\n\r\n", ""),
        ] {
            let text = format!("{body}GET");
            for step in 1..=text.len() {
                let expected = Ok((data.to_owned(), "GET".to_owned()));
                assert_eq!(read(behind, &text, step), expected, "{body:?} by {step}");
            }
        }
        assert_eq!(read(Behind::Bytes(5), "12", 1), Ok(("12…".into(), String::new())));
    }

    #[test]
    fn v50_what_may_be_read_in_two_ways_is_broken() {
        let long = format!("1;{}", "x".repeat(MAX_LINE));
        let trailer = format!("0\r\n{}", format!("A: {}\r\n", "b".repeat(1000)).repeat(20));
        for body in [
            "1\r\na\r\n0\r\n\n",
            "0\r\nA: b\r\nC: d\n\r\n",
            "0\n\r\n",
            "0;a\n\r\n",
            "\r\n",
            "x\r\n",
            "+1\r\na\r\n",
            "fffffffffffffffff\r\n",
            "1\r\nab\r\n",
            "1 \r\n",
            "1\t\r\n",
            "1;\r\n",
            "1 ;a=b\r\n",
            "1;a\u{1}b\r\n",
            "0\r\nA b\r\n",
            "0\r\n: b\r\n",
            "0\r\nA : b\r\n",
            &long,
            &trailer,
        ] {
            for step in [1, 7, body.len()] {
                assert_eq!(read(Behind::Chunks, body, step), Err(Broken), "{body:?} by {step}");
            }
        }
    }
}
