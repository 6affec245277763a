//! Session ids.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;

const BYTES: usize = 15;

/// An Engine.IO session id: 15 bytes of the system's generator as 20 URL-safe base64 characters.
///
/// Whoever knows it can read and write the session: it is a secret of its client.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sid([u8; 20]);

impl Sid {
    /// The length of an id in characters.
    pub const LEN: usize = 20;

    /// Makes a new one.
    ///
    /// # Panics
    /// When the system's random generator fails, as nothing could be kept apart then.
    #[expect(clippy::new_without_default, reason = "a default would not be random")]
    pub fn new() -> Self {
        let mut random = [0; BYTES];
        getrandom::fill(&mut random).expect("the system's random generator works");
        let mut text = [0; Self::LEN];
        let written = URL_SAFE.encode_slice(random, &mut text).expect("15 bytes are 20 characters");
        debug_assert_eq!(written, Self::LEN);
        Self(text)
    }

    /// Reads one that was made before.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let bytes: [u8; Self::LEN] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(is_plain).then_some(Self(bytes))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The id is a secret: it must not reach a log by way of `{:?}`.
        formatter.write_str("Sid(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_url_safe_and_differ() {
        let (one, two) = (Sid::new(), Sid::new());
        assert_ne!(one, two);
        assert_eq!(one.to_string().len(), Sid::LEN);
        assert!(one.as_str().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert!(!format!("{one:?}").contains(one.as_str()));
    }

    #[test]
    fn what_is_no_id_is_not_read_as_one() {
        let id = Sid::new();
        assert_eq!(Sid::parse(id.as_str()), Some(id));
        for text in [
            "",
            "short",
            "abcdefghijklmnopqrs=",
            "abcdefghijklmnopqr\u{e9}",
            "abcdefghijklmnopqrst0",
        ] {
            assert_eq!(Sid::parse(text), None, "{text}");
        }
    }
}
