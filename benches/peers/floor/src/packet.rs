//! The packets of the load contract, told apart by their first bytes.

/// What the server answers to `CONNECT`; nobody looks at the sid.
pub(crate) const CONNECTED: &[u8] = b"40{\"sid\":\"aaaaaaaaaaaaaaaaaaaa\"}";

/// The handshake's packet.
pub(crate) fn open(sid: &str) -> String {
    format!(
        "0{{\"sid\":\"{sid}\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}}"
    )
}

pub(crate) enum Packet<'a> {
    Connect,
    /// To be answered by these pieces, one behind the other.
    Echo([&'a [u8]; 4]),
    Join,
    /// The message for everyone in the room, in pieces.
    Broadcast([&'a [u8]; 2]),
    Other,
}

impl<'a> Packet<'a> {
    pub(crate) fn parse(packet: &'a [u8]) -> Self {
        let (kind, rest): (&[u8], _) = match packet {
            [b'4', b'2', rest @ ..] => (b"43", rest),
            [b'4', b'5', b'1', b'-', rest @ ..] => (b"461-", rest),
            [b'4', b'0', ..] => return Self::Connect,
            _ => return Self::Other,
        };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (id, event) = rest.split_at(digits);
        if let Some(argument) = event.strip_prefix(b"[\"echo\",") {
            Self::Echo([kind, id, b"[", argument])
        } else if let Some(argument) = event.strip_prefix(b"[\"bcast\",") {
            Self::Broadcast([b"42[\"msg\",", argument])
        } else if event.starts_with(b"[\"join\",") {
            Self::Join
        } else {
            Self::Other
        }
    }
}
