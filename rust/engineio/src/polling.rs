//! The polling transport of a session: the GET that waits, the POST that is read, an orderly close that waits for a GET.

use std::time::Duration;

use crate::exchange::{CloseReason, RequestId};
use crate::request::Request;
use crate::response::{Header, Response};
use crate::time::Time;
use crate::upgrade::Probe;

/// How long a close waits for the GET that brings it to the client.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

/// The body that answers a waiting GET when the session ends.
pub(crate) const CLOSE: &[u8] = b"1";
/// The body that answers a waiting GET when there is nothing to tell.
pub(crate) const NOOP: &[u8] = b"6";
/// The body of the GET for which a close has waited.
pub(crate) const NOOP_AND_CLOSE: &[u8] = b"6\x1e1";

#[derive(Debug, Default)]
pub(crate) struct Polling {
    pub(crate) get: Option<WaitingGet>,
    pub(crate) post: Option<Post>,
    pub(crate) probe: Option<Probe>,
    pub(crate) closing: Option<Closing>,
}

#[derive(Debug)]
pub(crate) struct WaitingGet {
    pub(crate) id: RequestId,
    pub(crate) headers: Vec<Header>,
}

#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) id: RequestId,
    /// Its packets are being taken, so it is answered whatever becomes of the session.
    pub(crate) is_read: bool,
}

/// A close that the client is still to be told of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closing {
    pub(crate) reason: CloseReason,
    pub(crate) until: Time,
}

impl Closing {
    pub(crate) fn new(reason: CloseReason, now: Time) -> Self {
        Self { reason, until: now + CLOSE_TIMEOUT }
    }
}

impl Polling {
    pub(crate) fn deadline(&self) -> Option<Time> {
        let closing = self.closing.map(|closing| closing.until);
        let probe = self.probe.as_ref().map(Probe::deadline);
        closing.into_iter().chain(probe).min()
    }
}

/// The headers of a 200 beside those of its content; `cors` comes first.
pub(crate) fn headers(mut cors: Vec<Header>, request: &Request) -> Vec<Header> {
    let agent = request.header("user-agent").unwrap_or_default();
    let is_old_browser =
        [&b";MSIE"[..], b"Trident/"].iter().any(|it| memchr::memmem::find(agent, it).is_some());
    if is_old_browser {
        cors.push(("X-XSS-Protection".into(), "0".into()));
    }
    cors
}

/// Answers a GET.
pub(crate) fn get_response(headers: Vec<Header>, body: Vec<u8>) -> Response {
    response(headers).with_body("text/plain; charset=UTF-8", body)
}

/// Answers a POST. The type is one that no browser offers to save.
pub(crate) fn post_response(headers: Vec<Header>) -> Response {
    response(headers).with_body("text/html", b"ok".to_vec())
}

fn response(headers: Vec<Header>) -> Response {
    let mut response = Response { status: 200, headers, body: Vec::new() };
    response.add("cache-control", "no-store");
    response
}

/// A response without a body.
pub(crate) fn empty_response(status: u16, headers: Vec<Header>) -> Response {
    Response { status, headers, body: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_carry_the_headers_of_the_reference() {
        let lines = |response: Response| {
            let lines =
                response.headers.into_iter().map(|(name, value)| format!("{name}: {value}"));
            lines.collect::<Vec<_>>()
        };
        let expected = [
            "cache-control: no-store",
            "Content-Type: text/plain; charset=UTF-8",
            "Content-Length: 1",
        ];
        assert_eq!(lines(get_response(Vec::new(), NOOP.to_vec())), expected);
        let expected = ["cache-control: no-store", "Content-Type: text/html", "Content-Length: 2"];
        assert_eq!(lines(post_response(Vec::new())), expected);
    }

    #[test]
    fn old_browsers_are_told_to_leave_their_filter_off() {
        for (agent, told) in [
            ("Mozilla/5.0 (compatible;MSIE 9.0)", true),
            ("Mozilla/5.0 (Trident/7.0; rv:11.0)", true),
            ("Mozilla/5.0 (compatible; MSIE 9.0)", false),
            ("curl/8", false),
        ] {
            let request = Request::new("GET", "/", "", false, [("User-Agent", agent.as_bytes())]);
            let response = get_response(headers(Vec::new(), &request), Vec::new());
            assert_eq!(response.header("x-xss-protection").is_some(), told, "{agent}");
        }
    }
}
