//! Row 1: the head of a connection's first request, read into the shared buffer and parsed in place, so that a WebSocket never meets hyper.

use std::io::ErrorKind;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use engineio::{Request, Response};
use smallvec::SmallVec;
use socketio::{Limit, Limits};

use crate::driver::Driver;
use crate::head_rules::{behind, head_length, names_upgrade};
use crate::stream::Stream;

/// Most heads have no more headers.
const USUAL_HEADERS: usize = 100;

/// What a connection begins with.
pub(crate) enum First {
    /// A request for an upgrade on the engine's path, and what came behind its head.
    Upgrade(Request, Vec<u8>),
    /// Any other request: all that was read.
    Plain(Vec<u8>),
    /// No request.
    Bad,
    /// One beyond a bound.
    TooLarge(Limit),
    /// Nothing: the peer has gone.
    Gone,
}

/// Reads the first head of a connection.
pub(crate) async fn read(driver: &Rc<Driver>, stream: &mut Stream) -> First {
    let remote = stream.remote();
    let upgrades = |target: &str| driver.takes_upgrades && driver.owns(target);
    let take = |bytes: &[u8], searched| take(bytes, searched, &driver.limits, &remote, upgrades);
    let mut held = Vec::new();
    std::future::poll_fn(|cx| poll(driver, stream, &take, &mut held, cx)).await
}

fn poll(
    driver: &Driver,
    stream: &mut Stream,
    take: &impl Fn(&[u8], usize) -> Option<First>,
    held: &mut Vec<u8>,
    cx: &mut Context<'_>,
) -> Poll<First> {
    loop {
        let Ok(bytes) = ready!(driver.poll_read(stream, cx)) else {
            return Poll::Ready(First::Gone);
        };
        if bytes.is_empty() {
            return Poll::Ready(First::Gone);
        }
        // No byte is searched twice, but the three in which an end may have begun.
        let searched = held.len().saturating_sub(3);
        let first = if held.is_empty() {
            take(&bytes, searched)
        } else {
            held.extend_from_slice(&bytes);
            take(held, searched)
        };
        match first {
            Some(first) => return Poll::Ready(first),
            None if held.is_empty() => *held = bytes.to_vec(),
            None => {}
        }
    }
}

/// Looks at what was read; None while the head is not whole.
fn take(
    bytes: &[u8],
    searched: usize,
    limits: &Limits,
    remote: &str,
    upgrades: impl Fn(&str) -> bool,
) -> Option<First> {
    let Some(length) = head_length(bytes, searched) else {
        return (bytes.len() > limits.max_head_bytes)
            .then_some(First::TooLarge(Limit::MaxHeadBytes));
    };
    if length > limits.max_head_bytes {
        return Some(First::TooLarge(Limit::MaxHeadBytes));
    }
    // The parser is as lenient as hyper's.
    if behind(&bytes[..length], true).is_none() {
        return Some(First::Bad);
    }
    let mut headers =
        SmallVec::<[_; USUAL_HEADERS]>::from_elem(httparse::EMPTY_HEADER, limits.max_headers);
    let mut parsed = httparse::Request::new(&mut headers);
    let head = match parsed.parse(&bytes[..length]) {
        Ok(httparse::Status::Complete(head)) => head,
        Err(httparse::Error::TooManyHeaders) => return Some(First::TooLarge(Limit::MaxHeaders)),
        // A head that ends where its end was found can't be partial.
        Ok(httparse::Status::Partial) | Err(_) => return Some(First::Bad),
    };
    let target = parsed.path.unwrap_or_default();
    if target.len() > limits.max_url_bytes {
        return Some(First::TooLarge(Limit::MaxUrlBytes));
    }
    let headers = parsed.headers.iter().map(|header| (header.name, header.value));
    if !upgrades(target) || !asks_for_upgrade(headers.clone()) {
        return Some(First::Plain(bytes.to_vec()));
    }
    let method = parsed.method.unwrap_or_default();
    let mut request = Request::new(method, target, remote, false, headers);
    if parsed.version == Some(0) {
        request = request.with_http_1_0();
    }
    Some(First::Upgrade(request, bytes[head..].to_vec()))
}

/// Whether the headers ask for an upgrade, as Node's parser sees it: an `Upgrade`, and a `Connection` that names it.
pub(crate) fn asks_for_upgrade<'a>(headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> bool {
    let (mut named, mut given) = (false, false);
    for (name, value) in headers {
        if name.eq_ignore_ascii_case("connection") {
            named |= names_upgrade(value);
        }
        given |= name.eq_ignore_ascii_case("upgrade");
    }
    named && given
}

/// Writes a response that hyper does not; after the 101 no HTTP follows, after any other the connection ends.
pub(crate) fn write(response: &Response) -> Vec<u8> {
    let status = http::StatusCode::from_u16(response.status).unwrap_or_default();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
    for (name, value) in &response.headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
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

/// Says the last word on a connection: then its end is awaited for a while, so that bytes which nobody reads do not destroy it on its way.
pub(crate) async fn farewell(driver: &Driver, mut stream: Stream, word: &[u8]) {
    let say = async {
        tokio::io::AsyncWriteExt::write_all(&mut stream, word).await?;
        stream.shutdown(std::net::Shutdown::Write);
        let mut left = FAREWELL_BYTES;
        while left > 0 {
            let read = std::future::poll_fn(|cx| {
                driver.poll_read(&mut stream, cx).map_ok(|bytes| bytes.len())
            });
            match read.await? {
                0 => break,
                read => left = left.saturating_sub(read),
            }
        }
        Err::<(), std::io::Error>(ErrorKind::UnexpectedEof.into())
    };
    // However it ends, the connection does.
    let _ = tokio::time::timeout(FAREWELL_TIME, say).await;
}

const FAREWELL_TIME: Duration = Duration::from_secs(2);
const FAREWELL_BYTES: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const UPGRADE: &str = "GET /socket.io/?a HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";

    fn taken(text: &str) -> Option<String> {
        let limits = Limits::default();
        Some(match take(text.as_bytes(), 0, &limits, "::1", |target| target != "/foreign")? {
            First::Upgrade(request, rest) => {
                format!("{} {} {:?}", request.method(), request.target(), rest)
            }
            First::Plain(read) => format!("plain {}", read.len()),
            First::Bad => format!("bad {}", refusal(None).status),
            First::TooLarge(limit) => format!("bad {}", refusal(Some(limit)).status),
            First::Gone => "gone".into(),
        })
    }

    #[test]
    fn a_head_is_taken_when_it_is_whole() {
        for end in 0..UPGRADE.len() {
            assert_eq!(taken(&UPGRADE[..end]), None, "{end}");
        }
        assert_eq!(taken(UPGRADE).as_deref(), Some("GET /socket.io/?a []"));
        let more = format!("{UPGRADE}ab");
        assert_eq!(taken(&more).as_deref(), Some("GET /socket.io/?a [97, 98]"));
    }

    #[test]
    fn only_an_upgrade_that_is_named_twice_is_one() {
        for (headers, expected) in [
            ("Upgrade: websocket\r\n", "plain"),
            ("Connection: Upgrade\r\n", "plain"),
            ("Connection: upgrades\r\nUpgrade: websocket\r\n", "plain"),
            ("connection: a\r\nconnection: UPGRADE\r\nupgrade: h2c\r\n", "GET / []"),
        ] {
            let text = format!("GET / HTTP/1.1\r\n{headers}\r\n");
            assert!(taken(&text).is_some_and(|taken| taken.starts_with(expected)), "{headers}");
        }
    }

    #[test]
    fn an_upgrade_of_a_foreign_path_is_left_to_hyper() {
        let foreign = UPGRADE.replace("/socket.io/?a", "/foreign");
        assert!(taken(&foreign).is_some_and(|taken| taken.starts_with("plain")));
    }

    #[test]
    fn limits_are_met_exactly() {
        let Limits { max_head_bytes, max_headers, max_url_bytes, .. } = Limits::default();
        let filled = |bytes: usize| {
            let head = "GET / HTTP/1.1\r\na: \r\n\r\n";
            head.replace("a: ", &format!("a: {}", "x".repeat(bytes - head.len())))
        };
        assert_eq!(taken(&filled(max_head_bytes)).as_deref(), Some("plain 16384"));
        assert_eq!(taken(&filled(max_head_bytes + 1)).as_deref(), Some("bad 431"));
        let headers = |count| format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(count));
        assert!(taken(&headers(max_headers)).is_some_and(|taken| taken.starts_with("plain")));
        assert_eq!(taken(&headers(max_headers + 1)).as_deref(), Some("bad 431"));
        let target = |bytes| format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(bytes - 1));
        assert!(taken(&target(max_url_bytes)).is_some_and(|taken| taken.starts_with("plain")));
        assert_eq!(taken(&target(max_url_bytes + 1)).as_deref(), Some("bad 414"));
        assert_eq!(taken(&"x".repeat(max_head_bytes + 1)).as_deref(), Some("bad 431"));
        assert_eq!(taken("no request\r\n\r\n").as_deref(), Some("bad 400"));
    }

    #[test]
    fn v50_head_that_may_be_read_in_two_ways_is_none() {
        let twice = UPGRADE.replace("Host: a", "Host: a\r\nHost: a");
        assert_eq!(taken(&twice).as_deref(), Some("bad 400"));
        let bare = UPGRADE.replace("Host: a\r\n", "Host: a\n");
        assert_eq!(taken(&bare).as_deref(), Some("bad 400"));
    }
}
