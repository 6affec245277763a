//! Row 1: what a head says of the bytes behind it. Where hyper and its parser are lenient, this is not.

use memchr::{memchr, memmem};

/// What follows a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// So many bytes, then the next head.
    Body(u64),
    Chunks,
    /// What an upgrade brings, whose refusal ends the connection.
    Anything,
}

/// How long the head is, the empty line at its end included.
pub(crate) fn head_length(bytes: &[u8], searched: usize) -> Option<usize> {
    let rest = &bytes[searched..];
    let ends = [&b"\n\r\n"[..], b"\n\n"];
    let found = ends.iter().filter_map(|end| Some(memmem::find(rest, end)? + end.len())).min();
    Some(searched + found?)
}

/// What a whole head says of the bytes behind it; None when it may be read in two ways, or has no method. What hyper refuses may pass.
pub(crate) fn behind(head: &[u8], takes_upgrades: bool) -> Option<Behind> {
    let mut lines = Lines { rest: head };
    let mut request = lines.next()??;
    while request.is_empty() {
        request = lines.next()??;
    }
    // No method has small letters; Node's parser refuses it too.
    let method = request.split(|&byte| byte == b' ').next().unwrap_or_default();
    if method.iter().any(u8::is_ascii_lowercase) {
        return None;
    }
    let (mut length, mut is_chunked, mut has_host) = (None, false, false);
    let (mut has_upgrade, mut names_upgrade) = (false, false);
    for line in lines {
        let line = line?;
        let Some(colon) = memchr(b':', line) else { continue };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        // Most lines are told by their lengths.
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        if is("host") {
            once(!has_host)?;
            has_host = true;
        } else if is("content-length") {
            once(length.is_none())?;
            length = Some(decimal(value)?);
        } else if is("transfer-encoding") {
            once(!is_chunked && value.eq_ignore_ascii_case(b"chunked"))?;
            is_chunked = true;
        } else if is("upgrade") {
            has_upgrade = true;
        } else if is("connection") {
            names_upgrade |= self::names_upgrade(value);
        }
    }
    match length {
        Some(_) if is_chunked => None,
        _ if takes_upgrades && has_upgrade && names_upgrade => Some(Behind::Anything),
        _ if is_chunked => Some(Behind::Chunks),
        length => Some(Behind::Body(length.unwrap_or(0))),
    }
}

/// Whether a value of `Connection` names `Upgrade`.
pub(crate) fn names_upgrade(connection: &[u8]) -> bool {
    let mut tokens = connection.split(|&byte| byte == b',');
    tokens.any(|token| token.trim_ascii().eq_ignore_ascii_case(b"upgrade"))
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

    fn said(lines: &str, takes_upgrades: bool) -> Option<Behind> {
        behind(format!("POST / HTTP/1.1\r\n{lines}\r\n").as_bytes(), takes_upgrades)
    }

    #[test]
    fn a_head_says_what_follows_it() {
        let upgrade = "Connection: a, UPGRADE\r\nupgrade: a\r\nContent-Length: 2\r\n";
        for (lines, expected) in [
            ("", Behind::Body(0)),
            ("content-length:\t 12 \r\n", Behind::Body(12)),
            ("Transfer-Encoding: Chunked\r\n", Behind::Chunks),
            ("Upgrade: a\r\n", Behind::Body(0)),
            ("Connection: upgrade\r\n", Behind::Body(0)),
            (upgrade, Behind::Anything),
        ] {
            assert_eq!(said(lines, true), Some(expected), "{lines}");
        }
        assert_eq!(said(upgrade, false), Some(Behind::Body(2)));
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
            assert_eq!(said(lines, true), None, "{lines:?}");
        }
        assert_eq!(behind(b"GET / HTTP/1.1\n\n", true), None);
        assert_eq!(behind(b"get / HTTP/1.1\r\n\r\n", true), None);
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
}
