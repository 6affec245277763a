//! What a client that comes back is sent first.

use std::sync::Arc;

/// A packet that a client has missed: its frames, which all who missed it share, and its number, if it was kept here.
#[derive(Clone, Debug)]
pub(crate) struct Missed {
    pub(crate) number: Option<u64>,
    pub(crate) packet: Arc<[u8]>,
}
