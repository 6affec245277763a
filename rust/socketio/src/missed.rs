//! What a client that comes back is sent first.

use std::sync::Arc;

/// A packet that a client has missed: its number, and its frames, which all who missed it share.
#[derive(Clone, Debug)]
pub(crate) struct Missed {
    pub(crate) number: u64,
    pub(crate) packet: Arc<[u8]>,
}
