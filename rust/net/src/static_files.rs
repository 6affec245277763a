//! Files at exact URLs: the bundles of the client and what the application wants served.

use std::collections::HashMap;
use std::io;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};
use http::{Method, StatusCode};
use http_body_util::Full;

/// A file that is served from memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticFile {
    /// `Content-Type`.
    pub content_type: String,
    /// `ETag`, with its quotes.
    pub etag: String,
    /// `Cache-Control`; `None`: not sent.
    pub cache_control: Option<&'static str>,
    /// The content.
    pub body: Bytes,
}

/// The files of a listener by the path of their URL, which is compared as received and without the query.
#[derive(Clone, Debug, Default)]
pub struct StaticFiles {
    /// The bundles of the client, served before the engine is asked, whatever the method (reference 3.18); `None` is one that the build lacks: 404.
    pub bundles: HashMap<String, Option<StaticFile>>,
    /// Files of the application, served to GET and HEAD, unless the engine takes the URL.
    pub files: HashMap<String, StaticFile>,
}

const MISSING_BUNDLE: &str =
    "The browser client is not in this build of socketio_rs: `make client` adds it.\n";

impl StaticFiles {
    /// Checks what becomes a header.
    pub(crate) fn check(&self) -> io::Result<()> {
        let values = self.bundles.values().flatten().chain(self.files.values());
        for value in values.flat_map(|file| [&file.content_type, &file.etag]) {
            HeaderValue::from_str(value).map_err(|_| {
                io::Error::new(io::ErrorKind::InvalidInput, format!("no header value: {value:?}"))
            })?;
        }
        Ok(())
    }

    /// The answer for the path of a bundle.
    pub(crate) fn bundle(
        &self,
        path: &str,
        if_none_match: Option<&[u8]>,
    ) -> Option<http::Response<Full<Bytes>>> {
        Some(match self.bundles.get(path)? {
            Some(file) => file.response(if_none_match),
            None => text(StatusCode::NOT_FOUND, MISSING_BUNDLE),
        })
    }

    /// The answer for any other path that the engine does not take.
    pub(crate) fn file(
        &self,
        method: &Method,
        path: &str,
        if_none_match: Option<&[u8]>,
    ) -> http::Response<Full<Bytes>> {
        match self.files.get(path) {
            None => empty(StatusCode::NOT_FOUND),
            Some(file) if matches!(*method, Method::GET | Method::HEAD) => {
                file.response(if_none_match)
            }
            Some(_) => empty(StatusCode::METHOD_NOT_ALLOWED),
        }
    }
}

impl StaticFile {
    fn response(&self, if_none_match: Option<&[u8]>) -> http::Response<Full<Bytes>> {
        let etag = self.etag.as_bytes();
        if if_none_match.is_some_and(|asked| asked.strip_prefix(b"W/").unwrap_or(asked) == etag) {
            return empty(StatusCode::NOT_MODIFIED);
        }
        let mut response = http::Response::new(Full::new(self.body.clone()));
        let headers = response.headers_mut();
        // They were checked when the listener was made.
        let mut add = |name, value| HeaderValue::from_str(value).map(|it| headers.insert(name, it));
        let _ = (add(CONTENT_TYPE, &self.content_type), add(ETAG, &self.etag));
        if let Some(cache_control) = self.cache_control {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
        }
        response
    }
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> http::Response<Full<Bytes>> {
    let mut response = http::Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn text(status: StatusCode, text: &'static str) -> http::Response<Full<Bytes>> {
    let mut response = empty(status);
    *response.body_mut() = Full::new(Bytes::from_static(text.as_bytes()));
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> StaticFile {
        StaticFile {
            content_type: "text/html".into(),
            etag: "\"1\"".into(),
            cache_control: None,
            body: Bytes::from_static(b"body"),
        }
    }

    #[test]
    fn the_same_file_is_not_sent_again() {
        for (asked, status) in [
            (None, 200),
            (Some(&b"\"1\""[..]), 304),
            (Some(b"W/\"1\""), 304),
            (Some(b"\"2\""), 200),
            (Some(b"\"1\", \"2\""), 200),
            (Some(b"*"), 200),
        ] {
            let response = file().response(asked);
            assert_eq!(response.status().as_u16(), status, "{asked:?}");
            assert_eq!(response.headers().contains_key(ETAG), status == 200);
        }
    }

    #[test]
    fn what_is_not_served_is_told_apart() {
        let files = StaticFiles {
            bundles: HashMap::from([("/a.js".into(), None), ("/b.js".into(), Some(file()))]),
            files: HashMap::from([("/".into(), file())]),
        };
        let status = |path| files.bundle(path, None).map(|response| response.status().as_u16());
        assert_eq!(
            [status("/a.js"), status("/b.js"), status("/c.js")],
            [Some(404), Some(200), None]
        );
        let status = |method, path| files.file(&method, path, None).status().as_u16();
        assert_eq!(status(Method::GET, "/"), 200);
        assert_eq!(status(Method::POST, "/"), 405);
        assert_eq!(status(Method::GET, "/x"), 404);
    }

    #[test]
    fn what_is_no_header_value_is_refused() {
        let bad = StaticFile { content_type: "a\r\nb: c".into(), ..file() };
        let files = StaticFiles { files: HashMap::from([("/".into(), bad)]), ..Default::default() };
        assert!(files.check().is_err());
    }
}
