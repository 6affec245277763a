//! The checks that a request goes through, in the reference's order, and the error codes.

use std::fmt::Write;

use crate::config::{Config, TransportName};
use crate::cors;
use crate::request::Request;
use crate::response::{Header, Response};
use crate::table::Key;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    UnknownTransport = 0,
    UnknownSid = 1,
    BadMethod = 2,
    BadRequest = 3,
    Forbidden = 4,
    UnsupportedProtocol = 5,
}

impl Code {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::UnknownTransport => "Transport unknown",
            Self::UnknownSid => "Session ID unknown",
            Self::BadMethod => "Bad handshake method",
            Self::BadRequest => "Bad request",
            Self::Forbidden => "Forbidden",
            Self::UnsupportedProtocol => "Unsupported protocol version",
        }
    }

    /// The response to a plain request; `headers` are those of CORS.
    pub(crate) fn response(self, headers: Vec<Header>) -> Response {
        self.response_with(self.message(), headers)
    }

    /// The same with a text of the application's own.
    pub(crate) fn response_with(self, message: &str, headers: Vec<Header>) -> Response {
        let status = if self == Self::Forbidden { 403 } else { 400 };
        let message = json_string(message);
        let body = format!(r#"{{"code":{},"message":{message}}}"#, self as u8);
        Response { status, headers, body: Vec::new() }
            .with_body("application/json", body.into_bytes())
    }
}

/// What a request that passed asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Checked {
    /// A session that exists.
    Session(Key),
    /// A new session.
    Handshake,
}

/// The values of the query that the engine understands.
#[derive(Debug)]
pub(crate) struct Params {
    pub(crate) transport: Option<TransportName>,
    sid: Option<String>,
    is_protocol_4: bool,
    has_jsonp: bool,
}

impl Params {
    /// Reads them; the last of several values counts.
    pub(crate) fn of(request: &Request) -> Self {
        let mut params =
            Self { transport: None, sid: None, is_protocol_4: false, has_jsonp: false };
        for (name, value) in request.query() {
            match &*name {
                "transport" => params.transport = TransportName::from_name(&value),
                "sid" => params.sid = Some(value.into_owned()).filter(|sid| !sid.is_empty()),
                "EIO" => params.is_protocol_4 = value == "4",
                "j" => params.has_jsonp = true,
                _ => {}
            }
        }
        params
    }

    /// The protocol version and the form of polling of a new session: the last checks.
    pub(crate) fn check_protocol(&self) -> Result<(), Code> {
        if !self.is_protocol_4 {
            return Err(Code::UnsupportedProtocol);
        }
        // Polling for browsers without CORS is left to them: a difference from the reference.
        if self.has_jsonp && self.transport == Some(TransportName::Polling) {
            return Err(Code::BadRequest);
        }
        Ok(())
    }
}

/// Checks a plain request. `find` knows the sessions and their transports.
pub(crate) fn check_request(
    config: &Config,
    request: &Request,
    params: &Params,
    find: impl FnOnce(&str) -> Option<(Key, TransportName)>,
) -> Result<Checked, Code> {
    let transport = check_transport(config, request, params)?;
    let Some(sid) = &params.sid else {
        check_method(request)?;
        if transport == TransportName::WebSocket {
            return Err(Code::BadRequest);
        }
        params.check_protocol()?;
        return Ok(Checked::Handshake);
    };
    let (session, current) = find(sid).ok_or(Code::UnknownSid)?;
    // A plain request for a WebSocket session would wait forever in the reference.
    let is_polling = transport == TransportName::Polling && current == transport;
    if is_polling && params.is_protocol_4 {
        Ok(Checked::Session(session))
    } else {
        Err(Code::BadRequest)
    }
}

/// Checks an upgrade request up to the WebSocket handshake, which comes before [`Params::check_protocol`].
pub(crate) fn check_upgrade(
    config: &Config,
    request: &Request,
    params: &Params,
    find: impl FnOnce(&str) -> Option<Key>,
) -> Result<Checked, Code> {
    check_transport(config, request, params)?;
    let checked = if let Some(sid) = &params.sid {
        let session = find(sid).ok_or(Code::UnknownSid)?;
        if !params.is_protocol_4 {
            return Err(Code::BadRequest);
        }
        Checked::Session(session)
    } else {
        check_method(request)?;
        Checked::Handshake
    };
    if config.cors.as_ref().is_some_and(|cors| cors::is_foreign(cors, request)) {
        return Err(Code::Forbidden);
    }
    Ok(checked)
}

/// Text as JSON.
fn json_string(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\0'..' ' => {
                write!(json, "\\u{:04x}", u32::from(character)).expect("a String takes all");
            }
            _ => json.push(character),
        }
    }
    json.push('"');
    json
}

fn check_transport(
    config: &Config,
    request: &Request,
    params: &Params,
) -> Result<TransportName, Code> {
    let transport = params.transport.filter(|transport| config.transports.contains(*transport));
    let transport = transport.ok_or(Code::UnknownTransport)?;
    let origin = request.joined_header("origin").unwrap_or_default();
    if origin.iter().any(|&byte| (byte < b' ' && byte != b'\t') || byte == 0x7f) {
        return Err(Code::BadRequest);
    }
    Ok(transport)
}

fn check_method(request: &Request) -> Result<(), Code> {
    if request.method() == "GET" { Ok(()) } else { Err(Code::BadMethod) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Cors, Origins, Transports};

    const POLLING: Key = Key { index: 1, generation: 0 };
    const WEBSOCKET: Key = Key { index: 2, generation: 0 };

    fn find(sid: &str) -> Option<(Key, TransportName)> {
        match sid {
            "polls" => Some((POLLING, TransportName::Polling)),
            "socket" => Some((WEBSOCKET, TransportName::WebSocket)),
            _ => None,
        }
    }

    fn request(method: &str, query: &str, origin: &'static [u8]) -> Request {
        let headers = (!origin.is_empty()).then_some(("Origin", origin));
        Request::new(method, &format!("/socket.io/?{query}"), "", false, headers)
    }

    fn plain(config: &Config, request: &Request) -> Result<Checked, u8> {
        check_request(config, request, &Params::of(request), find).map_err(|code| code as u8)
    }

    fn upgrade(config: &Config, request: &Request) -> Result<Checked, u8> {
        let find = |sid: &str| find(sid).map(|(key, _)| key);
        check_upgrade(config, request, &Params::of(request), find).map_err(|code| code as u8)
    }

    #[test]
    fn plain_requests_are_checked_in_the_reference_order() {
        let config = Config::default();
        for (method, query, expected) in [
            ("GET", "EIO=4&transport=polling", Ok(Checked::Handshake)),
            ("GET", "EIO=4&transport=polling&sid=", Ok(Checked::Handshake)),
            ("GET", "EIO=4&transport=polling&sid=polls", Ok(Checked::Session(POLLING))),
            ("POST", "EIO=4&transport=polling&sid=polls", Ok(Checked::Session(POLLING))),
            ("PUT", "EIO=4&transport=polling&sid=polls", Ok(Checked::Session(POLLING))),
            ("GET", "sid=x&sid=polls&EIO=3&EIO=4&transport=polling", Ok(Checked::Session(POLLING))),
            ("GET", "", Err(0)),
            ("POST", "EIO=4&transport=flash&sid=x", Err(0)),
            ("GET", "EIO=4&transport=webtransport", Err(0)),
            ("GET", "EIO=4&transport=Polling", Err(0)),
            ("POST", "EIO=4&transport=polling&sid=x", Err(1)),
            ("GET", "transport=websocket&sid=__proto__", Err(1)),
            ("POST", "transport=polling", Err(2)),
            ("OPTIONS", "EIO=4&transport=polling", Err(2)),
            ("HEAD", "EIO=4&transport=polling", Err(2)),
            ("POST", "EIO=4&transport=websocket", Err(2)),
            ("GET", "EIO=4&transport=websocket", Err(3)),
            ("GET", "EIO=4&transport=websocket&sid=polls", Err(3)),
            ("GET", "EIO=4&transport=polling&sid=socket", Err(3)),
            ("GET", "EIO=4&transport=websocket&sid=socket", Err(3)),
            ("GET", "EIO=3&transport=polling&sid=polls", Err(3)),
            ("GET", "EIO=4&transport=polling&j=0", Err(3)),
            ("GET", "EIO=3&transport=polling", Err(5)),
            ("GET", "EIO=3&transport=polling&j=0", Err(5)),
            ("GET", "EIO=4.0&transport=polling", Err(5)),
            ("GET", "transport=polling", Err(5)),
        ] {
            assert_eq!(plain(&config, &request(method, query, b"")), expected, "{method} {query}");
        }
    }

    #[test]
    fn upgrades_are_checked_in_the_reference_order() {
        let config = Config::default();
        for (method, query, expected) in [
            ("GET", "EIO=4&transport=websocket", Ok(Checked::Handshake)),
            ("GET", "EIO=4&transport=polling", Ok(Checked::Handshake)),
            ("GET", "EIO=3&transport=websocket", Ok(Checked::Handshake)),
            ("GET", "EIO=4&transport=websocket&sid=polls", Ok(Checked::Session(POLLING))),
            ("GET", "EIO=4&transport=websocket&sid=socket", Ok(Checked::Session(WEBSOCKET))),
            ("POST", "EIO=4&transport=websocket&sid=polls", Ok(Checked::Session(POLLING))),
            ("GET", "EIO=4", Err(0)),
            ("GET", "EIO=4&transport=websocket&sid=x", Err(1)),
            ("POST", "EIO=4&transport=websocket", Err(2)),
            ("GET", "EIO=3&transport=websocket&sid=polls", Err(3)),
        ] {
            assert_eq!(upgrade(&config, &request(method, query, b"")), expected, "{query}");
        }
    }

    #[test]
    fn a_transport_that_is_off_is_unknown() {
        let transports = Transports { polling: true, websocket: false };
        let config = Config { transports, ..Config::default() };
        assert_eq!(upgrade(&config, &request("GET", "EIO=4&transport=websocket", b"")), Err(0));
    }

    #[test]
    fn an_origin_that_is_no_header_value_is_refused_after_the_transport() {
        let config = Config::default();
        let bad = |query| plain(&config, &request("GET", query, b"https://\x01"));
        assert_eq!(bad("EIO=4&transport=polling&sid=x"), Err(3));
        assert_eq!(bad("EIO=4"), Err(0));
        let latin1 = request("GET", "EIO=4&transport=polling", b"https://\xe9\t");
        assert_eq!(plain(&config, &latin1), Ok(Checked::Handshake));
    }

    #[test]
    fn a_foreign_websocket_is_refused_when_origins_are_listed() {
        let origins = Origins::List(vec!["https://a.example".into()]);
        let cors = Some(Cors { origins, ..Cors::default() });
        let config = Config { cors, ..Config::default() };
        let ask = |origin, query| upgrade(&config, &request("GET", query, origin));
        let query = "EIO=4&transport=websocket";
        assert_eq!(ask(b"https://evil.example", query), Err(4));
        assert_eq!(ask(b"https://evil.example", "EIO=4&transport=websocket&sid=polls"), Err(4));
        assert_eq!(ask(b"https://a.example", query), Ok(Checked::Handshake));
        assert_eq!(ask(b"", query), Ok(Checked::Handshake));
        let polling = request("GET", "EIO=4&transport=polling", b"https://evil.example");
        assert_eq!(plain(&config, &polling), Ok(Checked::Handshake));
    }

    #[test]
    fn refusals_of_plain_requests_are_json() {
        let response = Code::UnknownSid.response(Vec::new());
        assert_eq!(response.status, 400);
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert_eq!(response.body, br#"{"code":1,"message":"Session ID unknown"}"#);
        assert_eq!(Code::Forbidden.response(Vec::new()).status, 403);
    }
}
