//! Several packets in one body of the polling transport.

/// The packets of a POST's body, in order; an empty body holds one empty packet.
pub fn packets(body: &str) -> std::str::Split<'_, char> {
    body.split('\x1e')
}
