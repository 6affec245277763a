//! The head of an HTTP request as plain values.

use std::borrow::Cow;

/// The head of an HTTP request in one allocation, as it is kept for the life of a session.
///
/// Layout: a byte of flags, then each string with its length in front (LEB128): method, target, remote, and names and values of the headers.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    bytes: Box<[u8]>,
}

const SECURE: u8 = 1;
const HTTP_1_0: u8 = 2;

/// Most heads have fewer.
const USUAL_BYTES: usize = 512;

impl Request {
    /// Packs a head of HTTP/1.1. `target` is the raw path with query, `remote` the peer's address, `secure` whether the connection is encrypted.
    pub fn new<'a>(
        method: &str,
        target: &str,
        remote: &str,
        secure: bool,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> Self {
        let mut bytes = Vec::with_capacity(USUAL_BYTES);
        bytes.push(if secure { SECURE } else { 0 });
        for text in [method, target, remote] {
            put(&mut bytes, text.as_bytes());
        }
        for (name, value) in headers {
            put(&mut bytes, name.as_bytes());
            put(&mut bytes, value);
        }
        Self { bytes: bytes.into_boxed_slice() }
    }

    /// The same as a request of HTTP/1.0.
    #[must_use]
    pub fn with_http_1_0(mut self) -> Self {
        self.bytes[0] |= HTTP_1_0;
        self
    }

    /// The version of HTTP: `1.1`, or `1.0`.
    pub fn http_version(&self) -> &'static str {
        if self.bytes[0] & HTTP_1_0 == 0 { "1.1" } else { "1.0" }
    }

    /// The method, as received.
    pub fn method(&self) -> &str {
        self.text(0)
    }

    /// The raw path with query.
    pub fn target(&self) -> &str {
        self.text(1)
    }

    /// The peer's address.
    pub fn remote(&self) -> &str {
        self.text(2)
    }

    /// Whether the connection is encrypted.
    pub fn secure(&self) -> bool {
        self.bytes[0] & SECURE != 0
    }

    /// The raw path without the query.
    pub fn path(&self) -> &str {
        let target = self.target();
        target.split_once('?').map_or(target, |(path, _)| path)
    }

    /// The decoded pairs of the query, in order (WHATWG URL standard, `application/x-www-form-urlencoded` parsing).
    pub fn query(&self) -> Query<'_> {
        let (_, query) = self.target().split_once('?').unwrap_or_default();
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        Query { rest: query }
    }

    /// The decoded value of a name of the query; the last one where it comes several times.
    pub fn query_value(&self, name: &str) -> Option<Cow<'_, str>> {
        self.query().filter(|(key, _)| key == name).last().map(|(_, value)| value)
    }

    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let (_, value) = self.headers().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// All values of a header, joined with `, ` as Node.js does.
    pub(crate) fn joined_header(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let mut values = self.headers().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let mut joined = Cow::Borrowed(values.next()?.1);
        for (_, value) in values {
            joined.to_mut().extend([b", ", value].concat());
        }
        Some(joined)
    }

    /// All headers, names and values as received.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let mut strings = self.strings();
        let _ = strings.nth(2);
        std::iter::from_fn(move || Some((text(strings.next()?), strings.next()?)))
    }

    fn text(&self, index: usize) -> &str {
        self.strings().nth(index).map(text).unwrap_or_default()
    }

    fn strings(&self) -> Strings<'_> {
        Strings { rest: &self.bytes[1..] }
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Target and headers may hold secrets: the sid, cookies, tokens.
        write!(formatter, "Request({} {})", self.method(), self.path())
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("written from a str")
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut length = bytes.len();
    while length > 0x7f {
        let [low, ..] = length.to_le_bytes();
        out.push(low | 0x80);
        length >>= 7;
    }
    let [low, ..] = length.to_le_bytes();
    out.push(low);
    out.extend_from_slice(bytes);
}

struct Strings<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Strings<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let mut length = 0;
        for shift in (0..).step_by(7) {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            length |= usize::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        let (string, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(string)
    }
}

/// The decoded pairs of a query.
#[derive(Clone, Debug)]
pub struct Query<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Query<'a> {
    type Item = (Cow<'a, str>, Cow<'a, str>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let (pair, rest) = self.rest.split_once('&').unwrap_or((self.rest, ""));
            self.rest = rest;
            if !pair.is_empty() {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                return Some((decode(name), decode(value)));
            }
        }
        None
    }
}

fn decode(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == b'%' || byte == b'+') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match escaped(rest) {
                Some(decoded) => {
                    rest = &rest[2..];
                    decoded
                }
                None => byte,
            },
            _ => byte,
        });
    }
    Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
}

fn escaped(rest: &[u8]) -> Option<u8> {
    let digit = |index: usize| char::from(*rest.get(index)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(target: &str) -> Request {
        Request::new("GET", target, "127.0.0.1", false, [])
    }

    #[test]
    fn a_request_gives_back_what_it_was_made_of() {
        let long = "v".repeat(20_000);
        let headers = [("Host", &b"a"[..]), ("X-Long", long.as_bytes()), ("x-bytes", &[0xff])];
        let request = Request::new("POST", "/socket.io/?a=1", "::1", true, headers);
        assert_eq!(request.method(), "POST");
        assert_eq!(request.target(), "/socket.io/?a=1");
        assert_eq!(request.path(), "/socket.io/");
        assert_eq!(request.remote(), "::1");
        assert!(request.secure());
        assert_eq!(request.http_version(), "1.1");
        let older = request.clone().with_http_1_0();
        assert_eq!((older.http_version(), older.secure()), ("1.0", true));
        assert_eq!(request.headers().collect::<Vec<_>>(), headers);
        assert_eq!(request.header("x-LONG"), Some(long.as_bytes()));
        assert_eq!(request.header("cookie"), None);
        assert_eq!(request.joined_header("HOST").as_deref(), Some(&b"a"[..]));
        assert_eq!(request.joined_header("cookie"), None);
        let twice = [("Origin", &b"a"[..]), ("Host", b"b"), ("ORIGIN", b"c, d"), ("origin", b"e")];
        let twice = Request::new("GET", "/", "", false, twice);
        assert_eq!(twice.joined_header("origin").as_deref(), Some(&b"a, c, d, e"[..]));
        assert_eq!(std::mem::size_of::<Request>(), 16);
    }

    #[test]
    fn the_query_is_decoded_as_url_search_params() {
        let pairs = |target: &str| {
            let request = get(target);
            let pairs = request.query().map(|(name, value)| format!("{name}={value}"));
            pairs.collect::<Vec<_>>().join("|")
        };
        for (target, expected) in [
            ("/", ""),
            ("/?", ""),
            ("/?a=1&b=2", "a=1|b=2"),
            ("/?a&&=&b=", "a=|=|b="),
            ("/?a=1+2%203", "a=1 2 3"),
            ("/?%61=%c3%a9", "a=é"),
            ("/?a=%ff", "a=\u{fffd}"),
            ("/?a=%&b=%4&c=%zz", "a=%|b=%4|c=%zz"),
            ("/?a=b=c?d", "a=b=c?d"),
            ("/?a=1#b", "a=1"),
        ] {
            assert_eq!(pairs(target), expected, "{target}");
        }
    }

    #[test]
    fn the_last_of_several_values_counts() {
        assert_eq!(get("/?sid=a&sid=b").query_value("sid").as_deref(), Some("b"));
        assert_eq!(get("/?sid=a").query_value("SID"), None);
    }
}
