//! Files at exact URLs: the bundles of the client and what the application wants served.

use engineio::Response;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// A file that is served from memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticFile {
    /// `Content-Type`.
    pub content_type: String,
    /// `ETag`, with its quotes.
    pub etag: String,
    /// `Cache-Control`; `None`: not sent.
    pub cache_control: Option<String>,
    /// The content.
    pub body: Vec<u8>,
}

/// The files of a listener by the path of their URL, which is compared as received and without the query.
#[derive(Clone, Debug, Default)]
pub struct StaticFiles {
    bundles: HashMap<String, StaticFile, RandomState>,
    /// Bundles that are not installed, with what to say of it.
    missing: HashMap<String, String, RandomState>,
    files: HashMap<String, StaticFile, RandomState>,
}

impl StaticFiles {
    /// Serves a bundle of the client: before the engine is asked, whatever the method (reference 3.18).
    pub fn add_client_bundle(&mut self, path: impl Into<String>, file: StaticFile) {
        self.bundles.insert(path.into(), file);
    }

    /// Answers the URL of a bundle that is not installed with 404 and this text.
    pub fn add_missing_client_bundle(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.missing.insert(path.into(), text.into());
    }

    /// Serves a file of the application to GET and HEAD, unless the engine takes the URL.
    pub fn add(&mut self, path: impl Into<String>, file: StaticFile) {
        self.files.insert(path.into(), file);
    }
}
