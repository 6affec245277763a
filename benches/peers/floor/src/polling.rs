//! Requests of HTTP and sessions that poll.

use std::collections::HashMap;

use memchr::memmem;

pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) sid: Option<&'a str>,
    /// Of an upgrade to WebSocket.
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) body: &'a [u8],
}

pub(crate) enum Method {
    Get,
    Post,
}

impl<'a> Request<'a> {
    /// None as long as it is not complete.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let end = memmem::find(bytes, b"\r\n\r\n")?;
        let (head, body) = (&bytes[..end + 2], &bytes[end + 4..]);
        let length = header(head, b"Content-Length: ").map_or(0, |value| {
            value.iter().fold(0, |length, digit| length * 10 + usize::from(digit - b'0'))
        });
        let sid = memmem::find(head, b"&sid=").and_then(|start| {
            let sid = head[start + 5..].split(|&byte| byte == b' ').next()?;
            str::from_utf8(sid).ok()
        });
        (body.len() >= length).then_some(Self {
            method: match bytes[0] {
                b'P' => Method::Post,
                _ => Method::Get,
            },
            sid,
            key: header(head, b"Sec-WebSocket-Key: "),
            body: &body[..length],
        })
    }
}

/// Names as the load generator writes them.
fn header<'a>(head: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let start = memmem::find(head, name)? + name.len();
    let length = memchr::memchr(b'\r', &head[start..])?;
    Some(&head[start..start + length])
}

pub(crate) fn response(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut response =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: {length}\r\n\r\n")
            .into_bytes();
    response.extend_from_slice(body);
    response
}

#[derive(Default)]
pub(crate) struct Sessions(HashMap<String, Session>);

#[derive(Default)]
struct Session {
    /// Packets for the next poll, as a payload.
    queue: Vec<u8>,
    /// The connection whose poll waits.
    poll: Option<usize>,
}

/// A response for a connection.
pub(crate) type Response = Option<(usize, Vec<u8>)>;

impl Sessions {
    pub(crate) fn open(&mut self) -> String {
        let sid = format!("session{}", self.0.len());
        self.0.insert(sid.clone(), Session::default());
        sid
    }

    pub(crate) fn poll(&mut self, sid: &str, connection: usize) -> Response {
        let session = self.0.get_mut(sid)?;
        session.poll = Some(connection);
        session.answer()
    }

    pub(crate) fn send(&mut self, sid: &str, pieces: &[&[u8]]) -> Response {
        let session = self.0.get_mut(sid)?;
        if !session.queue.is_empty() {
            session.queue.push(0x1E);
        }
        session.queue.extend(pieces.concat());
        session.answer()
    }
}

impl Session {
    fn answer(&mut self) -> Response {
        if self.queue.is_empty() {
            return None;
        }
        let connection = self.poll.take()?;
        let body = response(&self.queue);
        self.queue.clear();
        Some((connection, body))
    }
}
