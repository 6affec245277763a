//! Row 9: what becomes of the rooms of a namespace that is watched, in its order.

use std::sync::Arc;

use engineio::Sid;

use crate::command::NamespaceId;

/// What has become of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomChange {
    /// Its first member is about to join.
    Created,
    /// A socket has joined.
    Joined,
    /// A socket has left.
    Left,
    /// Its last member has left.
    Deleted,
}

/// A change of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomEvent {
    /// Whose room it is.
    pub namespace: NamespaceId,
    /// What has become of it.
    pub change: RoomChange,
    /// Its name.
    pub room: Arc<str>,
    /// The socket that has joined or left.
    pub socket: Sid,
}

/// Changes that were not taken, at most `max`.
#[derive(Debug, Default)]
pub(crate) struct RoomEvents {
    pub(crate) max: usize,
    pub(crate) events: Vec<RoomEvent>,
    /// So many more found no place.
    pub(crate) dropped: usize,
}

impl RoomEvents {
    pub(crate) fn push(&mut self, event: RoomEvent) {
        if self.events.len() < self.max {
            self.events.push(event);
        } else {
            self.dropped += 1;
        }
    }
}
