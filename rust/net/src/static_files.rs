//! Files at exact URLs: the bundles of the client and what the application wants served.

use std::collections::HashMap;

use bytes::Bytes;

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
