//! Files at exact URLs: the bundles of the client and what the application wants served.

use std::collections::HashMap;
use std::io;

use bytes::Bytes;
use engineio::Request;

use crate::answer::Answer;
use crate::grammar::is_text;

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
        let files = self.bundles.values().flatten().chain(self.files.values());
        let mut values = files.flat_map(|file| [&file.content_type, &file.etag]);
        match values.find(|value| !is_text(value.as_bytes())) {
            None => Ok(()),
            Some(value) => {
                let text = format!("no header value: {value:?}");
                Err(io::Error::new(io::ErrorKind::InvalidInput, text))
            }
        }
    }

    /// The answer for the path of a bundle.
    pub(crate) fn bundle(&self, request: &Request) -> Option<Answer> {
        Some(match self.bundles.get(request.path())? {
            Some(file) => file.answer(request.header("if-none-match")),
            None => missing_bundle(),
        })
    }

    /// The answer for any other path that the engine does not take.
    pub(crate) fn file(&self, request: &Request) -> Answer {
        match self.files.get(request.path()) {
            None => Answer::new(404),
            Some(file) if matches!(request.method(), "GET" | "HEAD") => {
                file.answer(request.header("if-none-match"))
            }
            Some(_) => Answer::new(405),
        }
    }
}

impl StaticFile {
    fn answer(&self, if_none_match: Option<&[u8]>) -> Answer {
        let etag = self.etag.as_bytes();
        if if_none_match.is_some_and(|asked| asked.strip_prefix(b"W/").unwrap_or(asked) == etag) {
            return Answer::new(304);
        }
        let mut headers = vec![
            ("Content-Type".into(), self.content_type.clone().into()),
            ("ETag".into(), self.etag.clone().into()),
        ];
        headers.extend(self.cache_control.map(|value| ("Cache-Control".into(), value.into())));
        Answer { status: 200, headers, body: self.body.clone() }
    }
}

fn missing_bundle() -> Answer {
    let headers = vec![("Content-Type".into(), "text/plain; charset=utf-8".into())];
    Answer { status: 404, headers, body: Bytes::from_static(MISSING_BUNDLE.as_bytes()) }
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
            let answer = file().answer(asked);
            assert_eq!(answer.status, status, "{asked:?}");
            assert_eq!(answer.headers.is_empty(), status == 304);
        }
    }

    #[test]
    fn what_is_not_served_is_told_apart() {
        let files = StaticFiles {
            bundles: HashMap::from([("/a.js".into(), None), ("/b.js".into(), Some(file()))]),
            files: HashMap::from([("/".into(), file())]),
        };
        let request = |method, path| Request::new(method, path, "", false, []);
        let status = |path| files.bundle(&request("GET", path)).map(|answer| answer.status);
        assert_eq!(
            [status("/a.js"), status("/b.js"), status("/c.js")],
            [Some(404), Some(200), None]
        );
        let status = |method, path| files.file(&request(method, path)).status;
        assert_eq!(status("GET", "/"), 200);
        assert_eq!(status("POST", "/"), 405);
        assert_eq!(status("GET", "/x"), 404);
    }

    #[test]
    fn what_is_no_header_value_is_refused() {
        let bad = StaticFile { content_type: "a\r\nb: c".into(), ..file() };
        let files = StaticFiles { files: HashMap::from([("/".into(), bad)]), ..Default::default() };
        assert!(files.check().is_err());
    }
}
