//! The server's half of the opening handshake (RFC 6455, 4.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// What of a request matters for an upgrade. Header values are without white space around them, repeated ones joined by
/// commas (which no rule accepts); None where the header is absent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Offer<'a> {
    /// The method.
    pub method: &'a str,
    /// The `Upgrade` header.
    pub upgrade: Option<&'a str>,
    /// The `Sec-WebSocket-Key` header.
    pub key: Option<&'a str>,
    /// The `Sec-WebSocket-Version` header.
    pub version: Option<&'a str>,
}

/// Why a request is no WebSocket handshake; statuses and texts are those of the reference's WebSocket layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The method is not GET.
    Method,
    /// The `Upgrade` header does not say `websocket`.
    Upgrade,
    /// The key is missing or is not 16 bytes in base64.
    Key,
    /// The version is neither 13 nor 8; the answer carries `Sec-WebSocket-Version: 13, 8`.
    Version,
}

impl Refusal {
    /// The status of the answer.
    pub fn status(self) -> u16 {
        if self == Self::Method { 405 } else { 400 }
    }

    /// The text of the answer, its whole body.
    pub fn message(self) -> &'static str {
        match self {
            Self::Method => "Invalid HTTP method",
            Self::Upgrade => "Invalid Upgrade header",
            Self::Key => "Missing or invalid Sec-WebSocket-Key header",
            Self::Version => "Missing or invalid Sec-WebSocket-Version header",
        }
    }
}

/// The value of `Sec-WebSocket-Accept` for a good offer, in ASCII; it goes with status 101.
///
/// ```
/// use websocket::handshake::{Offer, accept};
///
/// let offer = Offer {
///     method: "GET",
///     upgrade: Some("websocket"),
///     key: Some("dGhlIHNhbXBsZSBub25jZQ=="),
///     version: Some("13"),
/// };
/// assert_eq!(accept(&offer), Ok(*b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
/// ```
///
/// # Errors
/// The first rule that the offer breaks, in the order of [`Refusal`].
#[allow(clippy::missing_panics_doc, reason = "a digest always has 20 bytes")]
pub fn accept(offer: &Offer<'_>) -> Result<[u8; 28], Refusal> {
    if offer.method != "GET" {
        return Err(Refusal::Method);
    }
    if !offer.upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) {
        return Err(Refusal::Upgrade);
    }
    let key = offer.key.filter(|key| is_key(key)).ok_or(Refusal::Key)?;
    if !matches!(offer.version, Some("13" | "8")) {
        return Err(Refusal::Version);
    }
    let mut digest = Sha1::new();
    digest.update(key.as_bytes());
    digest.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    let mut accept = [0; 28];
    STANDARD
        .encode_slice(digest.finalize(), &mut accept)
        .expect("20 bytes are 28 characters of base64");
    Ok(accept)
}

/// 22 characters of base64 and two of padding.
fn is_key(key: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    key.strip_suffix("==").is_some_and(|digits| digits.len() == 22 && digits.bytes().all(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Offer<'_> = Offer {
        method: "GET",
        upgrade: Some("WebSocket"),
        key: Some("dGhlIHNhbXBsZSBub25jZQ=="),
        version: Some("13"),
    };

    #[test]
    fn the_key_of_the_standard_is_answered() {
        assert_eq!(
            accept(&GOOD).as_ref().map(<[u8; 28]>::as_slice),
            Ok(&b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="[..])
        );
        assert!(accept(&Offer { version: Some("8"), ..GOOD }).is_ok());
    }

    #[test]
    fn bad_offers_are_refused() {
        for (offer, refusal) in [
            (Offer { method: "POST", ..Offer::default() }, Refusal::Method),
            (Offer { method: "get", ..GOOD }, Refusal::Method),
            (Offer { method: "GET", ..Offer::default() }, Refusal::Upgrade),
            (Offer { upgrade: Some("websocket, h2c"), ..GOOD }, Refusal::Upgrade),
            (Offer { key: None, version: None, ..GOOD }, Refusal::Key),
            (Offer { key: Some("dGhlIHNhbXBsZSBub25jZ_=="), ..GOOD }, Refusal::Key),
            (Offer { key: Some("dGhlIHNhbXBsZSBub25jZQ"), ..GOOD }, Refusal::Key),
            (Offer { version: Some(""), ..GOOD }, Refusal::Version),
            (Offer { version: Some("13, 13"), ..GOOD }, Refusal::Version),
            (Offer { upgrade: None, ..GOOD }, Refusal::Upgrade),
            (Offer { upgrade: Some("h2c"), ..GOOD }, Refusal::Upgrade),
            (Offer { key: None, ..GOOD }, Refusal::Key),
            (Offer { key: Some("short=="), ..GOOD }, Refusal::Key),
            (Offer { key: Some("dGhlIHNhbXBsZSBub25jZ!=="), ..GOOD }, Refusal::Key),
            (Offer { version: None, ..GOOD }, Refusal::Version),
            (Offer { version: Some("12"), ..GOOD }, Refusal::Version),
        ] {
            assert_eq!(accept(&offer), Err(refusal), "{offer:?}");
        }
    }

    #[test]
    fn refusals_are_answered_as_the_reference_does() {
        for (refusal, status, message) in [
            (Refusal::Method, 405, "Invalid HTTP method"),
            (Refusal::Upgrade, 400, "Invalid Upgrade header"),
            (Refusal::Key, 400, "Missing or invalid Sec-WebSocket-Key header"),
            (Refusal::Version, 400, "Missing or invalid Sec-WebSocket-Version header"),
        ] {
            assert_eq!((refusal.status(), refusal.message()), (status, message));
        }
    }
}
