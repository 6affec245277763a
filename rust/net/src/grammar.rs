//! Row 1: what names and values of headers are made of (RFC 9110, 5.5 and 5.6.2).

/// Whether it may be the name of a header.
pub(crate) fn is_token(name: &[u8]) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(is_allowed)
}

/// Whether it may be the value of a header, or a part of one.
pub(crate) fn is_text(value: &[u8]) -> bool {
    value.iter().all(|&byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}
