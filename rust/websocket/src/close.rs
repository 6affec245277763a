//! Close codes (RFC 6455, 7.4).

use crate::error::Error;

/// Why a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// The purpose is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// The peer broke the protocol.
    pub const PROTOCOL: Self = Self(1002);
    /// Text that is not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// Against the server's rules.
    pub const POLICY: Self = Self(1008);
    /// Too large a message.
    pub const TOO_BIG: Self = Self(1009);
    /// The server failed.
    pub const INTERNAL: Self = Self(1011);

    /// Whether a peer may send it: registered codes, and the ranges for libraries and applications.
    fn may_be_sent(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

/// Checks a close frame's payload: it is empty, or a code and a reason.
pub(crate) fn check(payload: &[u8]) -> Result<(), Error> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() { Ok(()) } else { Err(Error::InvalidClose) };
    };
    if !CloseCode(u16::from_be_bytes(*code)).may_be_sent() {
        return Err(Error::InvalidClose);
    }
    simdutf8::basic::from_utf8(reason).map(|_| ()).map_err(|_| Error::InvalidUtf8)
}

impl Error {
    /// The code of the close frame that answers the mistake.
    pub fn close_code(&self) -> CloseCode {
        match self {
            Self::InvalidUtf8 => CloseCode::INVALID_DATA,
            Self::TooBig { .. } | Self::InvalidLength => CloseCode::TOO_BIG,
            _ => CloseCode::PROTOCOL,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_reasons_are_checked() {
        for (payload, expected) in [
            (&b""[..], Ok(())),
            (b"\x03\xe8", Ok(())),
            (b"\x03\xe8bye", Ok(())),
            (b"\x13\x87", Ok(())),
            (b"\x03", Err(Error::InvalidClose)),
            (b"\x03\xe7", Err(Error::InvalidClose)),
            (b"\x03\xec", Err(Error::InvalidClose)),
            (b"\x03\xed", Err(Error::InvalidClose)),
            (b"\x03\xee", Err(Error::InvalidClose)),
            (b"\x03\xf7", Err(Error::InvalidClose)),
            (b"\x07\xd0", Err(Error::InvalidClose)),
            (b"\x13\x88", Err(Error::InvalidClose)),
            (b"\x03\xe8\xff", Err(Error::InvalidUtf8)),
        ] {
            assert_eq!(check(payload), expected, "{payload:?}");
        }
    }
}
