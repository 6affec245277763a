//! The opening of a session and of its WebSocket: the open packet, the 101, and refusals.

use websocket::handshake::{Offer, accept};

use crate::check::Code;
use crate::config::{Config, TransportName};
use crate::request::Request;
use crate::response::{Header, Response};
use crate::sid::Sid;

/// The data of the open packet.
pub(crate) fn open_data(config: &Config, sid: &Sid, transport: TransportName) -> String {
    let may_upgrade =
        transport == TransportName::Polling && config.allow_upgrades && config.transports.websocket;
    let upgrades = if may_upgrade { r#"["websocket"]"# } else { "[]" };
    format!(
        r#"{{"sid":"{sid}","upgrades":{upgrades},"pingInterval":{},"pingTimeout":{},"maxPayload":{}}}"#,
        config.ping_interval.as_millis(),
        config.ping_timeout.as_millis(),
        config.max_http_buffer_size,
    )
}

/// Answers a WebSocket handshake: the 101 with these headers behind its own, or the refusal (RFC 6455, 4.2).
pub(crate) fn accept_websocket(
    request: &Request,
    headers: Vec<Header>,
) -> Result<Response, Response> {
    let offer = Offer {
        method: request.method(),
        upgrade: only_value(request, "upgrade"),
        key: only_value(request, "sec-websocket-key"),
        version: only_value(request, "sec-websocket-version"),
    };
    let answer = accept(&offer).map_err(|refusal| {
        let mut response = refuse(refusal.status(), refusal.message());
        if matches!(refusal, websocket::handshake::Refusal::Version) {
            response.add("Sec-WebSocket-Version", "13, 8");
        }
        response
    })?;
    let protocol = first_protocol(request)
        .map_err(|()| refuse(400, "Invalid Sec-WebSocket-Protocol header"))?;
    let mut response = Response::new(101);
    response.add("Upgrade", "websocket").add("Connection", "Upgrade");
    response.add("Sec-WebSocket-Accept", String::from_utf8_lossy(&answer).into_owned());
    if let Some(protocol) = protocol {
        response.add("Sec-WebSocket-Protocol", protocol.to_owned());
    }
    response.headers.extend(headers);
    Ok(response)
}

/// The refusal of an upgrade request; 400 for every code.
pub(crate) fn refuse_upgrade(code: Code) -> Response {
    refuse(400, code.message())
}

/// The refusal of an upgrade request.
pub(crate) fn refuse(status: u16, message: &str) -> Response {
    let mut response = Response::new(status);
    response.add("Connection", "close");
    response.with_body("text/html", message.into())
}

/// The value of a header that may come once only; what comes twice or is no text counts as wrong, not as missing.
fn only_value<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut values = values(request, name);
    let value = values.next()?;
    if values.next().is_some() {
        return Some("");
    }
    Some(std::str::from_utf8(value).unwrap_or_default())
}

fn values<'a>(request: &'a Request, name: &str) -> impl Iterator<Item = &'a [u8]> {
    request
        .headers()
        .filter_map(move |(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
}

/// The first subprotocol on offer, which is the one that is chosen; an error when the list is not one of distinct tokens.
fn first_protocol(request: &Request) -> Result<Option<&str>, ()> {
    let mut names = Vec::new();
    for value in values(request, "sec-websocket-protocol") {
        let value = std::str::from_utf8(value).map_err(|_| ())?;
        for name in value.split(',') {
            let name = name.trim_matches([' ', '\t']);
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(());
            }
            names.push(name);
        }
    }
    let first = names.first().copied();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) { Err(()) } else { Ok(first) }
}

// RFC 9110, 5.6.2
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Transports;

    fn request(extra: &[(&'static str, &'static str)]) -> Request {
        let mut headers = vec![
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", "13"),
        ];
        for (name, value) in extra {
            match headers.iter_mut().find(|(known, _)| known == name && !value.starts_with('+')) {
                Some(header) => header.1 = value,
                None => headers.push((name, value.trim_start_matches('+'))),
            }
        }
        let headers = headers.into_iter().map(|(name, value)| (name, value.as_bytes()));
        Request::new("GET", "/socket.io/?EIO=4&transport=websocket", "", false, headers)
    }

    #[test]
    fn the_open_packet_tells_upgrades_by_transport_and_options() {
        let sid = Sid::new();
        let config = Config::default();
        let open = |config: &Config, transport| open_data(config, &sid, transport);
        let expected = |upgrades| {
            format!(
                r#"{{"sid":"{sid}","upgrades":{upgrades},"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}}"#
            )
        };
        assert_eq!(open(&config, TransportName::Polling), expected(r#"["websocket"]"#));
        assert_eq!(open(&config, TransportName::WebSocket), expected("[]"));
        let stays = Config { allow_upgrades: false, ..config.clone() };
        assert_eq!(open(&stays, TransportName::Polling), expected("[]"));
        let transports = Transports { polling: true, websocket: false };
        let alone = Config { transports, ..config };
        assert_eq!(open(&alone, TransportName::Polling), expected("[]"));
    }

    #[test]
    fn an_accepted_handshake_carries_the_headers_given() {
        let cors = vec![("Vary".into(), "Origin".into())];
        let response = accept_websocket(&request(&[]), cors).unwrap();
        assert_eq!(response.status, 101);
        assert_eq!(response.header("Upgrade"), Some("websocket"));
        assert_eq!(response.header("Connection"), Some("Upgrade"));
        // RFC 6455, 1.3
        let accept = response.header("Sec-WebSocket-Accept");
        assert_eq!(accept, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!(response.header("Vary"), Some("Origin"));
        assert_eq!(response.header("Sec-WebSocket-Protocol"), None);
    }

    #[test]
    fn refusals_are_plain_text_and_close() {
        for (name, value, message) in [
            ("Upgrade", "h2c", "Invalid Upgrade header"),
            ("Upgrade", "+websocket", "Invalid Upgrade header"),
            ("Sec-WebSocket-Key", "short", "Missing or invalid Sec-WebSocket-Key header"),
            ("Sec-WebSocket-Version", "7", "Missing or invalid Sec-WebSocket-Version header"),
            ("Sec-WebSocket-Protocol", "a,,b", "Invalid Sec-WebSocket-Protocol header"),
        ] {
            let response = accept_websocket(&request(&[(name, value)]), Vec::new()).unwrap_err();
            assert_eq!(response.status, 400, "{name}: {value}");
            assert_eq!(response.body, message.as_bytes());
            assert_eq!(response.header("connection"), Some("close"));
            assert_eq!(response.header("content-length"), Some(&*message.len().to_string()));
            let versions = (value == "7").then_some("13, 8");
            assert_eq!(response.header("Sec-WebSocket-Version"), versions);
        }
    }

    #[test]
    fn the_first_subprotocol_is_chosen() {
        for (values, expected) in [
            (&["chat"][..], Ok(Some("chat"))),
            (&["a, b\t,c"], Ok(Some("a"))),
            (&["+a", "+b"], Ok(Some("a"))),
            (&["a,a"], Err(())),
            (&["a b"], Err(())),
            (&[""], Err(())),
            (&["a,"], Err(())),
            (&[], Ok(None)),
        ] {
            let headers: Vec<_> = values.iter().map(|v| ("Sec-WebSocket-Protocol", *v)).collect();
            assert_eq!(first_protocol(&request(&headers)), expected, "{values:?}");
        }
    }
}
