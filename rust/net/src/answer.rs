//! Row 1: what is answered to a request, and how it is written.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use engineio::{Header, Response};
use http::StatusCode;
use socketio::Limit;

use crate::grammar::{is_text, is_token};

/// A response whose body may be shared.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Bytes,
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let Response { status, headers, body } = response;
        Self { status, headers, body: body.into() }
    }
}

impl Answer {
    /// One without a body.
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// Whether it says itself that the connection ends.
    pub(crate) fn ends_connection(&self) -> bool {
        self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("connection"))
    }

    /// Its head, with what is missing: the length, the date, and what becomes of the `connection` if that is to be said.
    pub(crate) fn head(&self, date: &str, connection: Option<&str>, is_head: bool) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        put_status(&mut bytes, self.status);
        let has_body = !matches!(self.status, 204 | 304);
        let mut has_length = false;
        for (name, value) in &self.headers {
            let is_length = name.eq_ignore_ascii_case("content-length");
            has_length |= is_length;
            if has_body || !is_length {
                put_header(&mut bytes, name, value);
            }
        }
        // What a GET would be answered with is not known where there is no body.
        if has_body && !has_length && !(is_head && self.body.is_empty()) {
            put(&mut bytes, "Content-Length", self.body.len().to_string().as_bytes());
        }
        put(&mut bytes, "Date", date.as_bytes());
        if let Some(connection) = connection {
            put(&mut bytes, "Connection", connection.as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

/// Writes a response that is the last of HTTP on its connection: after the 101 none follows, after any other the connection ends.
pub(crate) fn write(response: &Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_status(&mut bytes, response.status);
    for (name, value) in &response.headers {
        put_header(&mut bytes, name, value);
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&response.body);
    bytes
}

/// The answer to what is no request, or beyond a bound.
pub(crate) fn refusal(limit: Option<Limit>) -> Response {
    last(match limit {
        None => 400,
        Some(Limit::MaxUrlBytes) => 414,
        Some(Limit::HeadTimeout) => 408,
        Some(_) => 431,
    })
}

/// A response without a body, after which the connection ends.
pub(crate) fn last(status: u16) -> Response {
    let mut response = Response::new(status);
    response.headers.push(("Connection".into(), "close".into()));
    response.headers.push(("Content-Length".into(), "0".into()));
    response
}

fn put_status(bytes: &mut Vec<u8>, status: u16) {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reason = status.canonical_reason().unwrap_or_default();
    for part in ["HTTP/1.1 ", status.as_str(), " ", reason, "\r\n"] {
        bytes.extend_from_slice(part.as_bytes());
    }
}

/// What is no header was not made by the engine but by an option, and is left out.
fn put_header(bytes: &mut Vec<u8>, name: &str, value: &str) {
    if is_token(name.as_bytes()) && is_text(value.as_bytes()) {
        put(bytes, name, value.as_bytes());
    }
}

fn put(bytes: &mut Vec<u8>, name: &str, value: &[u8]) {
    bytes.extend_from_slice(name.as_bytes());
    bytes.extend_from_slice(b": ");
    bytes.extend_from_slice(value);
    bytes.extend_from_slice(b"\r\n");
}

/// The date in heads, made once a second.
#[derive(Debug, Default)]
pub(crate) struct Date {
    second: u64,
    text: String,
}

impl Date {
    pub(crate) fn text(&mut self) -> &str {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        if self.second != now.as_secs() || self.text.is_empty() {
            self.second = now.as_secs();
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(self.second);
            self.text = httpdate::fmt_http_date(now);
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(answer: &Answer, connection: Option<&str>) -> String {
        String::from_utf8(answer.head("now", connection, false)).expect("text")
    }

    #[test]
    fn a_head_gets_what_is_missing() {
        let mut answer = Answer::new(404);
        assert_eq!(
            head(&answer, None),
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nDate: now\r\n\r\n"
        );
        answer = Answer::new(304);
        assert_eq!(
            head(&answer, Some("close")),
            "HTTP/1.1 304 Not Modified\r\nDate: now\r\nConnection: close\r\n\r\n"
        );
        let length = ("content-length".into(), "0".into());
        answer = Answer { headers: vec![length], ..Answer::new(204) };
        assert_eq!(head(&answer, None), "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n");
        let to_head = Answer::new(200).head("now", None, true);
        assert_eq!(to_head, b"HTTP/1.1 200 OK\r\nDate: now\r\n\r\n");
        answer = Answer::from(Response {
            status: 299,
            headers: vec![("content-length".into(), "7".into())],
            body: Vec::new(),
        });
        assert_eq!(head(&answer, None), "HTTP/1.1 299 \r\ncontent-length: 7\r\nDate: now\r\n\r\n");
    }

    #[test]
    fn a65_what_is_no_header_is_left_out() {
        let mut answer = Answer::new(204);
        for (name, value) in [("a", "b\r\nc: d"), ("a b", "c"), ("", "a"), ("a", "\0"), ("x", "é")]
        {
            answer.headers.push((name.into(), value.into()));
        }
        assert_eq!(head(&answer, None), "HTTP/1.1 204 No Content\r\nx: é\r\nDate: now\r\n\r\n");
    }

    #[test]
    fn a_date_is_that_of_http() {
        let mut date = Date::default();
        assert_eq!(date.text().len(), "Thu, 01 Jan 1970 00:00:00 GMT".len());
    }
}
