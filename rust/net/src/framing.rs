//! Row 1: where the requests of a connection begin and end. What may be read in two ways is found here, before hyper, which is lenient, sees it.

use memchr::memchr;

use crate::head_rules::{Behind, behind, head_length};

/// Looks through the bytes of a connection on their way to hyper.
#[derive(Debug)]
pub(crate) struct Framing {
    at: At,
    /// How much of an unfinished head or line was searched for its end.
    searched: usize,
    takes_upgrades: bool,
    max_head_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
enum At {
    Head,
    Body(u64),
    ChunkSize,
    /// The bytes of a chunk and the end of its line, which hyper checks.
    Chunk(u64),
    Trailer,
    /// Nothing is parsed any more.
    Anything,
    /// In a body that may be read in two ways.
    Broken,
}

impl Framing {
    pub(crate) fn new(takes_upgrades: bool, max_head_bytes: usize) -> Self {
        Self { at: At::Head, searched: 0, takes_upgrades, max_head_bytes }
    }

    /// How many of the bytes may go to hyper. Behind them is an unfinished head or line, to be given again with what follows it, or something [broken](Self::is_broken).
    ///
    /// A head that may be read in two ways is changed into one that hyper answers with 400 and the end of the connection.
    pub(crate) fn pass(&mut self, bytes: &mut [u8]) -> usize {
        let mut passed = 0;
        while passed < bytes.len() {
            let rest = &mut bytes[passed..];
            let taken = match self.at {
                At::Head => self.take_head(rest),
                At::ChunkSize | At::Trailer => self.take_line(rest),
                At::Body(left) => self.take_bytes(left, rest.len(), At::Body, At::Head),
                At::Chunk(left) => self.take_bytes(left, rest.len(), At::Chunk, At::ChunkSize),
                At::Anything => rest.len(),
                At::Broken => 0,
            };
            if taken == 0 {
                break;
            }
            passed += taken;
        }
        passed
    }

    /// Nothing more may go to hyper.
    pub(crate) fn is_broken(&self) -> bool {
        matches!(self.at, At::Broken)
    }

    fn take_head(&mut self, rest: &mut [u8]) -> usize {
        if rest.starts_with(b"\r\n") {
            return 2;
        }
        let found = head_length(rest, self.searched);
        self.searched = if found.is_some() { 0 } else { rest.len().saturating_sub(3) };
        let Some(length) = found else {
            if rest.len() <= self.max_head_bytes {
                return 0;
            }
            // hyper has an answer to a head that is too long.
            self.at = At::Anything;
            return rest.len();
        };
        self.at = match behind(&rest[..length], self.takes_upgrades) {
            Some(Behind::Body(0)) => At::Head,
            Some(Behind::Body(bytes)) => At::Body(bytes),
            Some(Behind::Chunks) => At::ChunkSize,
            Some(Behind::Anything) => At::Anything,
            None => {
                // No method has it.
                rest[0] = 0;
                At::Anything
            }
        };
        length
    }

    fn take_line(&mut self, rest: &[u8]) -> usize {
        let Some(end) = memchr(b'\n', &rest[self.searched..]) else {
            self.searched = rest.len();
            if rest.len() > self.max_head_bytes {
                self.at = At::Broken;
            }
            return 0;
        };
        let length = self.searched + end + 1;
        self.searched = 0;
        let line = rest[..length].strip_suffix(b"\r\n");
        let next = line.and_then(|line| match self.at {
            At::Trailer => Some(if line.is_empty() { At::Head } else { At::Trailer }),
            _ => match chunk_size(line)? {
                0 => Some(At::Trailer),
                bytes => bytes.checked_add(2).map(At::Chunk),
            },
        });
        self.at = next.unwrap_or(At::Broken);
        if self.is_broken() { 0 } else { length }
    }

    fn take_bytes(&mut self, left: u64, given: usize, more: fn(u64) -> At, then: At) -> usize {
        let taken = usize::try_from(left).map_or(given, |left| left.min(given));
        let left = left - taken as u64;
        self.at = if left == 0 { then } else { more(left) };
        taken
    }
}

/// The size that a line before a chunk begins with; hyper checks the rest of the line.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    u64::from_str_radix(std::str::from_utf8(&line[..digits]).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEXT: &str = "GET /next HTTP/1.1\r\n\r\n";

    fn head(lines: &str) -> String {
        format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n")
    }

    /// What goes to hyper when so many bytes come at a time, with a sign for a NUL, and another for what is broken.
    fn passed(text: &str, step: usize) -> String {
        let mut framing = Framing::new(true, 200);
        let (mut held, mut passed) = (Vec::new(), Vec::new());
        for piece in text.as_bytes().chunks(step) {
            held.extend_from_slice(piece);
            let length = framing.pass(&mut held);
            passed.extend(held.drain(..length));
        }
        let passed = String::from_utf8(passed).expect("text").replace('\0', "☠");
        if framing.is_broken() { passed + "…" } else { passed }
    }

    #[test]
    fn requests_pass_as_they_are_however_they_come() {
        let chunks = "5;a=b\r\n12\n\n5\r\n00a \r\n1234567890\r\n0\r\nTrailer: a\r\n\r\n";
        for (lines, body) in [
            ("", ""),
            ("Content-Length: 0\r\n", ""),
            ("content-length:\t 12 \r\n", "12\n45\r\n\r\n\n\n2"),
            ("Transfer-Encoding: Chunked\r\n", chunks),
            ("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ] {
            let text = format!("{}{body}\r\n{NEXT}\r\n\r\n{NEXT}", head(lines));
            for step in 1..=text.len() {
                assert_eq!(passed(&text, step), text, "{step}");
            }
        }
    }

    #[test]
    fn v50_head_that_may_be_read_in_two_ways_is_made_none() {
        for lines in ["A: b\n", "\n", "Host: b\r\n"] {
            let text = format!("{NEXT}{}", head(lines));
            for step in [1, 7, text.len()] {
                let found = passed(&text, step);
                assert!(found.starts_with(&format!("{NEXT}☠OST / HTTP/1.1\r\n")), "{lines:?}");
            }
        }
        assert_eq!(passed("GET / HTTP/1.1\n\n", 1), "☠ET / HTTP/1.1\n\n");
    }

    #[test]
    fn v50_body_that_may_be_read_in_two_ways_passes_no_further() {
        let head = head("Transfer-Encoding: chunked\r\n");
        for (good, rest) in [
            ("1\r\na\r\n0\r\n", "\n"),
            ("0\r\nA: b\r\n", "C: d\n\r\n"),
            ("", "0\n\r\n"),
            ("", "0;a\n\r\n"),
            ("", "\r\n"),
            ("", "x\r\n"),
            ("", "+1\r\na\r\n"),
            ("", "fffffffffffffffff\r\n"),
            ("", "ffffffffffffffff\r\n"),
        ] {
            let text = format!("{head}{good}{rest}{NEXT}");
            for step in [1, 7, text.len()] {
                assert_eq!(passed(&text, step), format!("{head}{good}…"), "{rest:?}");
            }
        }
        let long = format!("{head}1;{}", "x".repeat(200));
        assert_eq!(passed(&long, 1), format!("{head}…"));
    }

    #[test]
    fn nothing_is_looked_at_behind_an_upgrade_or_a_head_that_is_too_long() {
        let upgrade = head("Connection: a, UPGRADE\r\nupgrade: websocket\r\n");
        let long = format!("GET /{}", "x".repeat(200));
        for text in [upgrade + "\n\n\n", long] {
            for step in [1, 7, text.len()] {
                assert_eq!(passed(&text, step), text, "{step}");
            }
        }
    }
}
