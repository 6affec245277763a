//! Cross-origin resource sharing: the headers of responses, preflights, and which WebSockets are foreign.

use std::borrow::Cow;

use crate::config::{Cors, Origins};
use crate::request::Request;
use crate::response::{Header, Response};

const METHODS: &str = "GET,HEAD,PUT,PATCH,POST,DELETE";

/// Answers an OPTIONS request.
pub(crate) fn preflight(cors: &Cors, request: &Request) -> Response {
    let mut response = Response { status: 204, headers: headers(cors, request), body: Vec::new() };
    let methods = cors.methods.clone().map_or(Cow::Borrowed(METHODS), Cow::Owned);
    add_unless_empty(&mut response, "Access-Control-Allow-Methods", methods);
    match cors.allowed_headers.as_deref().filter(|names| !names.is_empty()) {
        Some(names) => {
            response.add("Access-Control-Allow-Headers", names.to_owned());
        }
        None => allow_requested_headers(&mut response, request),
    }
    if let Some(seconds) = cors.max_age {
        response.add("Access-Control-Max-Age", seconds.to_string());
    }
    response.add("Content-Length", "0");
    response
}

/// The headers of every response to a request that is no preflight.
pub(crate) fn headers(cors: &Cors, request: &Request) -> Vec<Header> {
    let mut response = Response::new(0);
    match &cors.origins {
        Origins::Any => {
            response.add("Access-Control-Allow-Origin", "*");
        }
        Origins::One(origin) => {
            response.add("Access-Control-Allow-Origin", origin.clone());
            if origin != "*" {
                response.add("Vary", "Origin");
            }
        }
        Origins::List(origins) => {
            if let Some(origin) = listed(origins, request) {
                response.add("Access-Control-Allow-Origin", origin.to_owned());
            }
            response.add("Vary", "Origin");
        }
    }
    if cors.credentials {
        response.add("Access-Control-Allow-Credentials", "true");
    }
    let exposed = cors.exposed_headers.clone().unwrap_or_default();
    add_unless_empty(&mut response, "Access-Control-Expose-Headers", exposed.into());
    response.headers
}

/// Whether a WebSocket request comes from a page that neither the server itself nor a listed origin served.
///
/// Browsers apply no rule of their own to WebSockets, so the server has to.
pub(crate) fn is_foreign(cors: &Cors, request: &Request) -> bool {
    let allowed = match &cors.origins {
        Origins::Any => true,
        Origins::One(allowed) if allowed == "*" => true,
        Origins::One(allowed) => origin(request).as_deref() == Some(allowed.as_bytes()),
        Origins::List(origins) => listed(origins, request).is_some(),
    };
    !allowed && is_cross_origin(request)
}

/// Whether a page of another host than the one that is asked has sent the request. The scheme is left out: a proxy may have ended the encryption.
pub(crate) fn is_cross_origin(request: &Request) -> bool {
    let Some(origin) = origin(request) else { return false };
    let authority = [&b"https://"[..], b"http://"].iter().find_map(|it| origin.strip_prefix(*it));
    let is_same = |host| authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host));
    !request.header("host").is_some_and(is_same)
}

fn listed<'a>(origins: &'a [String], request: &Request) -> Option<&'a str> {
    let origin = origin(request)?;
    let found = origins.iter().find(|listed| listed.as_bytes() == &*origin)?;
    Some(found)
}

/// The origin of the page that asks; several make none that is listed.
fn origin(request: &Request) -> Option<Cow<'_, [u8]>> {
    request.joined_header("origin")
}

fn allow_requested_headers(response: &mut Response, request: &Request) {
    const NAME: &str = "Access-Control-Request-Headers";
    match response.headers.iter_mut().find(|(name, _)| name == "Vary") {
        Some((_, value)) => *value = format!("{value}, {NAME}").into(),
        None => {
            response.add("Vary", NAME);
        }
    }
    let requested = request.joined_header(NAME).unwrap_or_default();
    let requested = printable(&requested).unwrap_or_default().to_owned();
    add_unless_empty(response, "Access-Control-Allow-Headers", requested.into());
}

/// A value that may be sent back: names of headers are ASCII, and nothing else is reflected.
fn printable(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?;
    text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)).then_some(text)
}

fn add_unless_empty(response: &mut Response, name: &'static str, value: Cow<'static, str>) {
    if !value.is_empty() {
        response.add(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&'static str, &'static str)]) -> Request {
        let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
        Request::new("OPTIONS", "/socket.io/", "", false, headers)
    }

    fn lines(headers: &[Header]) -> Vec<String> {
        let mut lines: Vec<_> = headers.iter().map(|(n, v)| format!("{n}: {v}")).collect();
        lines.sort();
        lines
    }

    fn with(origins: Origins) -> Cors {
        Cors { origins, ..Cors::default() }
    }

    // The expectations of these tables are what the npm package `cors` 2.8 answers.

    #[test]
    fn the_origin_decides_what_an_actual_response_says() {
        let list = Origins::List(vec!["https://a.example".into(), "https://b.example".into()]);
        let one = Origins::One("https://a.example".into());
        for (origins, origin, expected) in [
            (Origins::Any, None, &["Access-Control-Allow-Origin: *"][..]),
            (Origins::Any, Some("https://x.example"), &["Access-Control-Allow-Origin: *"]),
            (Origins::One("*".into()), None, &["Access-Control-Allow-Origin: *"]),
            (
                one,
                Some("https://x.example"),
                &["Access-Control-Allow-Origin: https://a.example", "Vary: Origin"],
            ),
            (
                list.clone(),
                Some("https://b.example"),
                &["Access-Control-Allow-Origin: https://b.example", "Vary: Origin"],
            ),
            (list.clone(), Some("https://b.example.evil.com"), &["Vary: Origin"]),
            (list.clone(), Some("null"), &["Vary: Origin"]),
            (list, None, &["Vary: Origin"]),
        ] {
            let sent = origin.map(|origin| ("origin", origin));
            let request = request(sent.as_slice());
            assert_eq!(lines(&headers(&with(origins), &request)), expected);
        }
    }

    #[test]
    fn a_preflight_of_the_default_reflects_the_requested_headers() {
        let asked = request(&[("access-control-request-headers", "x-a, x-b")]);
        let response = preflight(&Cors::default(), &asked);
        assert_eq!(response.status, 204);
        let expected = [
            "Access-Control-Allow-Headers: x-a, x-b",
            "Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE",
            "Access-Control-Allow-Origin: *",
            "Content-Length: 0",
            "Vary: Access-Control-Request-Headers",
        ];
        assert_eq!(lines(&response.headers), expected);
    }

    #[test]
    fn a_preflight_says_all_that_is_configured() {
        let cors = Cors {
            origins: Origins::One("https://a.example".into()),
            methods: Some("GET,POST".into()),
            allowed_headers: Some("x-a".into()),
            exposed_headers: Some("x-b".into()),
            credentials: true,
            max_age: Some(0),
        };
        let expected = [
            "Access-Control-Allow-Credentials: true",
            "Access-Control-Allow-Headers: x-a",
            "Access-Control-Allow-Methods: GET,POST",
            "Access-Control-Allow-Origin: https://a.example",
            "Access-Control-Expose-Headers: x-b",
            "Access-Control-Max-Age: 0",
            "Content-Length: 0",
            "Vary: Origin",
        ];
        assert_eq!(lines(&preflight(&cors, &request(&[])).headers), expected);
        let reflecting = Cors { allowed_headers: None, ..cors };
        let vary = preflight(&reflecting, &request(&[]));
        assert_eq!(vary.header("Vary"), Some("Origin, Access-Control-Request-Headers"));
        assert_eq!(vary.header("Access-Control-Allow-Headers"), None);
    }

    #[test]
    fn nothing_but_printable_text_is_reflected() {
        let headers = [("access-control-request-headers", &b"x\xff"[..])];
        let asked = Request::new("OPTIONS", "/", "", false, headers);
        let response = preflight(&Cors::default(), &asked);
        assert_eq!(response.header("Access-Control-Allow-Headers"), None);
    }

    #[test]
    fn headers_that_come_twice_are_joined() {
        let name = "access-control-request-headers";
        let response = preflight(&Cors::default(), &request(&[(name, "x-a"), (name, "x-b")]));
        assert_eq!(response.header("Access-Control-Allow-Headers"), Some("x-a, x-b"));
        let list = with(Origins::List(vec!["https://a.example".into()]));
        for second in ["https://a.example", "https://b.example"] {
            let twice = request(&[("origin", "https://a.example"), ("origin", second)]);
            assert_eq!(lines(&headers(&list, &twice)), ["Vary: Origin"]);
            assert!(is_foreign(&list, &twice));
        }
    }

    #[test]
    fn a_request_is_cross_origin_when_another_host_served_its_page() {
        for (origin, expected) in [
            (None, false),
            (Some("http://self.example:8000"), false),
            (Some("https://SELF.example:8000"), false),
            (Some("https://self.example"), true),
            (Some("null"), true),
        ] {
            let mut sent = vec![("Host", "self.example:8000")];
            sent.extend(origin.map(|origin| ("Origin", origin)));
            assert_eq!(is_cross_origin(&request(&sent)), expected, "{origin:?}");
        }
    }

    #[test]
    fn a_websocket_is_foreign_when_its_origin_is_neither_listed_nor_the_host() {
        let list = || with(Origins::List(vec!["https://a.example".into()]));
        for (cors, origin, foreign) in [
            (list(), Some("https://a.example"), false),
            (list(), Some("http://a.example"), true),
            (list(), Some("https://a.example.evil.com"), true),
            (list(), Some("https://a.example@evil.com"), true),
            (list(), Some("https://A.example"), true),
            (list(), Some("null"), true),
            (list(), Some(""), true),
            (list(), Some("https://SELF.example:8000"), false),
            (list(), Some("https://self.example"), true),
            (list(), None, false),
            (with(Origins::One("https://a.example".into())), Some("https://b.example"), true),
            (with(Origins::One("https://a.example".into())), Some("https://a.example"), false),
            (with(Origins::One("*".into())), Some("https://b.example"), false),
            (with(Origins::Any), Some("https://b.example"), false),
        ] {
            let mut sent = vec![("Host", "self.example:8000")];
            sent.extend(origin.map(|origin| ("Origin", origin)));
            assert_eq!(is_foreign(&cors, &request(&sent)), foreign, "{origin:?}");
        }
    }
}
