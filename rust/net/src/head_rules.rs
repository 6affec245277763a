//! Row 1: what a head says of the connection and of the bytes behind it, read more strictly than its parser does.

use memchr::{memchr, memmem};

/// The body that follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// So many bytes.
    Bytes(u64),
    Chunks,
}

/// What the headers of a request say to the server, not to whom it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) behind: Behind,
    pub(crate) has_host: bool,
    /// An `Upgrade`, and a `Connection` that names it, as Node's parser wants it.
    pub(crate) asks_for_upgrade: bool,
    pub(crate) wish: Option<Wish>,
    pub(crate) expected: Option<Expected>,
}

/// What is to become of the connection behind the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Close,
    KeepAlive,
}

/// What the client waits for before it sends a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Continue,
    Other,
}

/// How long the empty lines are that may come before a request.
pub(crate) fn empty_lines(bytes: &[u8]) -> usize {
    bytes.chunks(2).take_while(|&line| line == b"\r\n").count() * 2
}

/// How long the head is, the empty line at its end included.
pub(crate) fn head_length(bytes: &[u8], searched: usize) -> Option<usize> {
    let rest = &bytes[searched..];
    let ends = [&b"\n\r\n"[..], b"\n\n"];
    let found = ends.iter().filter_map(|end| Some(memmem::find(rest, end)? + end.len())).min();
    Some(searched + found?)
}

impl Said {
    /// Reads a whole head; None when it may be read in two ways, or has no method. What the parser refuses may pass.
    pub(crate) fn by(head: &[u8]) -> Option<Self> {
        let mut lines = Lines { rest: head };
        // No method has small letters; Node's parser refuses it too.
        let method = lines.next()??.split(|&byte| byte == b' ').next().unwrap_or_default();
        if method.iter().any(u8::is_ascii_lowercase) {
            return None;
        }
        let mut said = Self {
            behind: Behind::Bytes(0),
            has_host: false,
            asks_for_upgrade: false,
            wish: None,
            expected: None,
        };
        let (mut length, mut is_chunked) = (None, false);
        let (mut has_upgrade, mut names_upgrade) = (false, false);
        for line in lines {
            let line = line?;
            let Some(colon) = memchr(b':', line) else { continue };
            let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
            // Most lines are told by their lengths.
            let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
            if is("host") {
                once(!said.has_host)?;
                said.has_host = true;
            } else if is("content-length") {
                once(length.is_none())?;
                length = Some(decimal(value)?);
            } else if is("transfer-encoding") {
                once(!is_chunked && value.eq_ignore_ascii_case(b"chunked"))?;
                is_chunked = true;
            } else if is("upgrade") {
                has_upgrade = true;
            } else if is("connection") {
                names_upgrade |= names(value, b"upgrade");
                if names(value, b"close") {
                    said.wish = Some(Wish::Close);
                } else if names(value, b"keep-alive") && said.wish.is_none() {
                    said.wish = Some(Wish::KeepAlive);
                }
            } else if is("expect") {
                if !names(value, b"100-continue") {
                    said.expected = Some(Expected::Other);
                } else if said.expected.is_none() {
                    said.expected = Some(Expected::Continue);
                }
            }
        }
        said.asks_for_upgrade = has_upgrade && names_upgrade;
        said.behind = match length {
            Some(_) if is_chunked => return None,
            _ if is_chunked => Behind::Chunks,
            length => Behind::Bytes(length.unwrap_or(0)),
        };
        Some(said)
    }
}

/// Whether a list has this token.
fn names(list: &[u8], token: &[u8]) -> bool {
    let mut tokens = list.split(|&byte| byte == b',');
    tokens.any(|each| each.trim_ascii().eq_ignore_ascii_case(token))
}

fn once(holds: bool) -> Option<()> {
    holds.then_some(())
}

fn decimal(value: &[u8]) -> Option<u64> {
    let is_number = value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| is_number)?.parse().ok()
}

/// The lines of a head; None for one that ends with a bare LF.
struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = Option<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        let (line, rest) = self.rest.split_at(memchr(b'\n', self.rest)? + 1);
        self.rest = rest;
        Some(line.strip_suffix(b"\r\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(lines: &str) -> Option<Said> {
        Said::by(format!("POST / HTTP/1.1\r\n{lines}\r\n").as_bytes())
    }

    #[test]
    fn a_head_says_what_follows_it() {
        for (lines, expected) in [
            ("", Behind::Bytes(0)),
            ("content-length:\t 12 \r\n", Behind::Bytes(12)),
            ("Transfer-Encoding: Chunked\r\n", Behind::Chunks),
        ] {
            assert_eq!(said(lines).map(|said| said.behind), Some(expected), "{lines}");
        }
    }

    #[test]
    fn an_upgrade_is_named_twice() {
        for (lines, expected) in [
            ("Upgrade: websocket\r\n", false),
            ("Connection: Upgrade\r\n", false),
            ("Connection: upgrades\r\nUpgrade: websocket\r\n", false),
            ("connection: a, UPGRADE\r\nconnection: b\r\nupgrade: h2c\r\n", true),
        ] {
            assert_eq!(said(lines).map(|said| said.asks_for_upgrade), Some(expected), "{lines}");
        }
    }

    #[test]
    fn what_concerns_the_connection_is_told() {
        let found = |lines| said(lines).expect("a head");
        assert!(found("Host: a\r\n").has_host);
        assert_eq!(found("Connection: a, Close\r\n").wish, Some(Wish::Close));
        assert_eq!(found("Connection: Keep-Alive\r\n").wish, Some(Wish::KeepAlive));
        assert_eq!(found("Expect: 100-Continue\r\n").expected, Some(Expected::Continue));
        assert_eq!(found("Expect: miracles\r\n").expected, Some(Expected::Other));
        assert_eq!((found("").wish, found("").expected), (None, None));
    }

    #[test]
    fn v50_what_may_be_read_in_two_ways_is_told() {
        for lines in [
            "A: b\n",
            "A: b\nContent-Length: 5\r\n",
            "\n",
            "Host: a\r\nHost: a\r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: \r\n",
            "Content-Length: 18446744073709551616\r\n",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: ,chunked\r\n",
            "Transfer-Encoding: chunked,\r\n",
            "Transfer-Encoding:\r\n",
        ] {
            assert_eq!(said(lines), None, "{lines:?}");
        }
        assert_eq!(Said::by(b"GET / HTTP/1.1\n\n"), None);
        assert_eq!(Said::by(b"get / HTTP/1.1\r\n\r\n"), None);
    }

    #[test]
    fn an_end_is_found_where_two_reads_meet() {
        let head = "GET / HTTP/1.1\r\nA: b\r\n\r\n";
        for split in 1..head.len() {
            let searched = split.saturating_sub(3);
            assert_eq!(head_length(head.as_bytes(), searched), Some(head.len()));
        }
        assert_eq!(head_length(b"GET / HTTP/1.1\n\nx", 0), Some(16));
    }

    #[test]
    fn empty_lines_may_come_first() {
        for (text, length) in
            [("", 0), ("\r", 0), ("\r\n\r\nGET", 4), ("\r\n\rG", 2), ("\n\r\n", 0)]
        {
            assert_eq!(empty_lines(text.as_bytes()), length, "{text:?}");
        }
    }
}
