//! Sessions whose client another has, such as an engine alone: what that one is asked for, and what comes from it.

use std::fmt;
use std::num::NonZeroU64;
use std::sync::Arc;

use engineio::{Request, Sid, TransportName};

/// A session that is carried, in the counting of its front; no number is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CarriedId(pub NonZeroU64);

/// Who has the client of a carried session. It is called by the hub, and must not wait.
pub trait Carrier: Send + Sync {
    /// Sends messages: whole frames, as WebSocket has them. False: too much waits for the client, and they were not taken; when they may be tried again,
    /// [`Front::retry_carried`](crate::Front::retry_carried) is to be called. Volatile ones are always taken, and dropped where they could not leave at once.
    fn send(&self, frames: &[u8], volatile: bool) -> bool;

    /// Sends the last messages and closes the client's session.
    fn close(&self, last: &[u8]);

    /// Ends the client's session at once, without another byte.
    fn abort(&self);

    /// A message of so many bytes was taken, or dropped: more may be read from the client.
    fn taken(&self, bytes: usize);
}

/// A session that is to be carried.
pub struct Guest {
    /// The engine's id.
    pub sid: Sid,
    /// The request of the handshake.
    pub request: Request,
    /// The transport of the moment.
    pub transport: TransportName,
    /// Who has the client.
    pub carrier: Arc<dyn Carrier>,
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest").finish_non_exhaustive()
    }
}

/// A message of a carried session. Its carrier is told when it was taken, even where nobody takes it any more.
pub struct Message {
    pub(crate) content: Content,
    /// What it counts with its carrier.
    weight: usize,
    carrier: Arc<dyn Carrier>,
}

/// What a message says.
#[derive(Debug)]
pub enum Content {
    /// Text.
    Text(Box<str>),
    /// Bytes.
    Binary(Box<[u8]>),
}

impl Message {
    /// A message; [`Carrier::taken`] will be called with its `weight`.
    pub fn new(content: Content, weight: usize, carrier: Arc<dyn Carrier>) -> Self {
        Self { content, weight, carrier }
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>()
            + match &self.content {
                Content::Text(text) => text.len(),
                Content::Binary(bytes) => bytes.len(),
            }
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        self.carrier.taken(self.weight);
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.content.fmt(f)
    }
}
