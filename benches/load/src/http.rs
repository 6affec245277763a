//! A client's connection over HTTP: one request at a time.

use std::borrow::Cow;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use anyhow::{Context as _, Result, bail, ensure};
use memchr::memmem;

use crate::connection::Scratch;

pub(crate) struct Http {
    stream: TcpStream,
    input: Vec<u8>,
}

impl AsFd for Http {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// A GET of a poll, or of a handshake without a session.
pub(crate) fn get(sid: Option<&str>) -> Vec<u8> {
    let sid = sid.map(|sid| format!("&sid={sid}")).unwrap_or_default();
    format!("GET /socket.io/?EIO=4&transport=polling{sid} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n").into()
}

/// A POST of one payload.
pub(crate) fn post(sid: &str, payload: &str) -> Vec<u8> {
    let length = payload.len();
    format!(
        "POST /socket.io/?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\
         Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {length}\r\n\r\n{payload}"
    )
    .into()
}

impl Http {
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("connecting")?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, input: Vec::new() })
    }

    /// From now on nothing waits.
    pub(crate) fn set_nonblocking(&self) -> Result<()> {
        Ok(self.stream.set_nonblocking(true)?)
    }

    pub(crate) fn send(&mut self, request: &[u8]) -> Result<()> {
        // A request is small and the only one, so that there is room for it.
        self.stream.write_all(request).context("writing")
    }

    /// Sends, and waits for the response's body.
    pub(crate) fn ask(&mut self, request: &[u8], scratch: &mut Scratch) -> Result<String> {
        self.send(request)?;
        loop {
            if let Some(body) = self.response(scratch)? {
                return Ok(String::from_utf8(body.to_vec())?);
            }
        }
    }

    /// Reads once; the response's body when it is complete.
    pub(crate) fn response<'a>(
        &mut self,
        scratch: &'a mut Scratch,
    ) -> Result<Option<Cow<'a, [u8]>>> {
        let kept = self.input.len();
        scratch[..kept].copy_from_slice(&self.input);
        let filled = match self.stream.read(&mut scratch[kept..]) {
            Ok(0) => bail!("the server has hung up"),
            Ok(count) => kept + count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error).context("reading"),
        };
        self.input.clear();
        let Some(body) = body(&scratch[..filled])? else {
            self.input.extend_from_slice(&scratch[..filled]);
            return Ok(None);
        };
        Ok(Some(body))
    }
}

/// The body of a complete response.
fn body(response: &[u8]) -> Result<Option<Cow<'_, [u8]>>> {
    let Some(end) = memmem::find(response, b"\r\n\r\n") else {
        return Ok(None);
    };
    let (head, body) = (&response[..end], &response[end + 4..]);
    ensure!(head.starts_with(b"HTTP/1.1 200"), "refused: {}", head.escape_ascii());
    let Some(length) = content_length(head) else {
        return Ok(chunks(body)?.map(Cow::Owned));
    };
    ensure!(body.len() <= length, "more than one response");
    Ok((body.len() == length).then_some(Cow::Borrowed(body)))
}

/// RFC 9112, 7.1, without extensions and trailers.
fn chunks(mut rest: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(end) = memmem::find(rest, b"\r\n") {
        let length = usize::from_str_radix(str::from_utf8(&rest[..end])?, 16).context("a chunk")?;
        let Some(chunk) = rest.get(end + 2..end + 2 + length + 2) else {
            break;
        };
        if length == 0 {
            return Ok(Some(body));
        }
        body.extend_from_slice(&chunk[..length]);
        rest = &rest[end + 4 + length..];
    }
    Ok(None)
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let mut lines = head.split(|&byte| byte == b'\n');
    let line = lines
        .find(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)))?;
    str::from_utf8(&line[NAME.len()..]).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_has_a_body_when_all_of_it_is_there() {
        let response = b"HTTP/1.1 200 OK\r\ncontent-Length: 2\r\n\r\nok";
        assert_eq!(body(response).expect("a response").as_deref(), Some(&b"ok"[..]));
        assert_eq!(body(&response[..response.len() - 1]).expect("a part"), None);
    }

    #[test]
    fn chunks_are_joined() {
        let response =
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n";
        assert_eq!(body(response).expect("a response").as_deref(), Some(&b"ok"[..]));
        let part = &response[..response.len() - 2];
        assert_eq!(body(part).expect("a part"), None);
    }

    #[test]
    fn a_refusal_is_an_error() {
        body(b"HTTP/1.1 400 Bad Request\r\n\r\n").expect_err("a refusal");
    }
}
