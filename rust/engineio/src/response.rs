//! An HTTP response as plain values.

use std::borrow::Cow;

/// A header's name, as it is written, and its value.
pub type Header = (Cow<'static, str>, Cow<'static, str>);

/// An HTTP response; the driver writes it, adding `Content-Length` where it is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, in the order in which they are written.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A response without headers and body.
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    pub(crate) fn add(
        &mut self,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> &mut Self {
        self.headers.push((Cow::Borrowed(name), value.into()));
        self
    }

    pub(crate) fn with_body(mut self, content_type: &'static str, body: Vec<u8>) -> Self {
        self.add("Content-Type", content_type);
        self.add("Content-Length", body.len().to_string());
        self.body = body;
        self
    }
}
