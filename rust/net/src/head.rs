//! Row 1: the head of a request, parsed out of the shared buffer where it is whole there.

use std::mem::MaybeUninit;

use engineio::Request;
use smallvec::SmallVec;
use socketio::{Limit, Limits};

use crate::head_rules::{Said, Wish, empty_lines, head_length};

/// Most heads have no more headers.
const USUAL_HEADERS: usize = 128;

/// A request without its body.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) request: Request,
    pub(crate) said: Said,
    /// The connection can serve another request.
    pub(crate) persists: bool,
    /// That has to be said.
    pub(crate) is_http_1_0: bool,
}

/// What was found where a head should be.
#[derive(Debug)]
pub(crate) enum Found {
    /// A head, and how many bytes it and the empty lines before it have.
    Head(Box<Head>, usize),
    /// No request.
    Bad,
    /// One beyond a bound.
    TooLarge(Limit),
}

impl Found {
    /// How many bytes of what was read it uses up.
    pub(crate) fn used(&self) -> usize {
        if let Self::Head(_, length) = self { *length } else { 0 }
    }
}

/// Looks at what was read, of which the first bytes were searched before; None while the head is not whole.
pub(crate) fn find(bytes: &[u8], searched: usize, limits: &Limits, remote: &str) -> Option<Found> {
    let start = empty_lines(bytes);
    let Some(end) = head_length(bytes, searched.max(start)) else {
        return (bytes.len() > limits.max_head_bytes)
            .then_some(Found::TooLarge(Limit::MaxHeadBytes));
    };
    if end > limits.max_head_bytes {
        return Some(Found::TooLarge(Limit::MaxHeadBytes));
    }
    Some(
        parse(&bytes[start..end], limits, remote)
            .map_or_else(|found| found, |head| Found::Head(Box::new(head), end)),
    )
}

fn parse(bytes: &[u8], limits: &Limits, remote: &str) -> Result<Head, Found> {
    let said = Said::by(bytes).ok_or(Found::Bad)?;
    let mut headers = SmallVec::<[MaybeUninit<httparse::Header<'_>>; USUAL_HEADERS]>::from_elem(
        MaybeUninit::uninit(),
        limits.max_headers,
    );
    let mut parsed = httparse::Request::new(&mut []);
    match parsed.parse_with_uninit_headers(bytes, &mut headers) {
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Found::TooLarge(Limit::MaxHeaders)),
        // A head that ends where its end was found can't be partial.
        Ok(httparse::Status::Partial) | Err(_) => return Err(Found::Bad),
    }
    let target = parsed.path.unwrap_or_default();
    if target.len() > limits.max_url_bytes {
        return Err(Found::TooLarge(Limit::MaxUrlBytes));
    }
    let headers = parsed.headers.iter().map(|header| (header.name, header.value));
    let method = parsed.method.unwrap_or_default();
    let mut request = Request::new(method, target, remote, false, headers);
    let is_http_1_0 = parsed.version == Some(0);
    if is_http_1_0 {
        request = request.with_http_1_0();
    }
    let persists = match said.wish {
        Some(wish) => wish == Wish::KeepAlive,
        None => !is_http_1_0,
    };
    Ok(Head { request, said, persists, is_http_1_0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "GET /socket.io/?a HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";

    fn found(text: &str) -> Option<String> {
        Some(match find(text.as_bytes(), 0, &Limits::default(), "::1")? {
            Found::Head(head, length) => {
                format!("{} {} {length}", head.request.method(), head.request.target())
            }
            Found::Bad => "bad".into(),
            Found::TooLarge(limit) => format!("{limit:?}"),
        })
    }

    #[test]
    fn a_head_is_found_when_it_is_whole() {
        for end in 0..HEAD.len() {
            assert_eq!(found(&HEAD[..end]), None, "{end}");
        }
        assert_eq!(found(HEAD).as_deref(), Some("GET /socket.io/?a 63"));
        assert_eq!(found(&format!("{HEAD}ab")).as_deref(), Some("GET /socket.io/?a 63"));
        assert_eq!(found(&format!("\r\n\r\n{HEAD}")).as_deref(), Some("GET /socket.io/?a 67"));
    }

    #[test]
    fn what_is_none_is_told() {
        let twice = HEAD.replace("Host: a", "Host: a\r\nHost: a");
        for text in ["no request\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "\n\n", &twice] {
            assert_eq!(found(text).as_deref(), Some("bad"), "{text:?}");
        }
    }

    #[test]
    fn the_next_request_of_a_connection_is_possible_or_not() {
        for (version, connection, persists) in [
            ("1.1", "a", true),
            ("1.1", "close", false),
            ("1.0", "a", false),
            ("1.0", "keep-alive", true),
            ("1.0", "keep-alive, close", false),
        ] {
            let text = format!("GET / HTTP/{version}\r\nConnection: {connection}\r\n\r\n");
            let found = find(text.as_bytes(), 0, &Limits::default(), "");
            let Some(Found::Head(head, _)) = found else { panic!("{found:?}") };
            assert_eq!(head.persists, persists, "{text:?}");
        }
    }

    #[test]
    fn limits_are_met_exactly() {
        let Limits { max_head_bytes, max_headers, max_url_bytes, .. } = Limits::default();
        let is_found = |text: &str| found(text).is_some_and(|found| found.starts_with("GET "));
        let filled = |bytes: usize| {
            let head = "GET / HTTP/1.1\r\na: \r\n\r\n";
            head.replace("a: ", &format!("a: {}", "x".repeat(bytes - head.len())))
        };
        assert!(is_found(&filled(max_head_bytes)));
        assert_eq!(found(&filled(max_head_bytes + 1)).as_deref(), Some("MaxHeadBytes"));
        assert_eq!(found(&"x".repeat(max_head_bytes + 1)).as_deref(), Some("MaxHeadBytes"));
        let headers = |count| format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(count));
        assert!(is_found(&headers(max_headers)));
        assert_eq!(found(&headers(max_headers + 1)).as_deref(), Some("MaxHeaders"));
        let target = |bytes| format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(bytes - 1));
        assert!(is_found(&target(max_url_bytes)));
        assert_eq!(found(&target(max_url_bytes + 1)).as_deref(), Some("MaxUrlBytes"));
    }
}
