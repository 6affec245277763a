//! Row 5 and 9: the table of sessions whose clients others have. To the engine below each is a WebSocket that sends no pings.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use engineio::{ConnectionId, Key, SessionKey, Table};

use crate::carrier::{CarriedId, Carrier, Message};

/// Marks the connections that no driver has.
const MARK: u32 = 1 << 31;

/// All of them.
#[derive(Default)]
pub(crate) struct Guests {
    table: Table<Entry>,
    keys: HashMap<CarriedId, Key>,
}

/// A session that is carried.
pub(crate) struct Entry {
    id: CarriedId,
    /// None until it has begun.
    pub(crate) session: Option<SessionKey>,
    pub(crate) carrier: Arc<dyn Carrier>,
    /// What came while its reads were paused.
    pub(crate) unread: VecDeque<Message>,
}

/// Whether a connection is that of a carried session.
pub(crate) fn is_carried(connection: ConnectionId) -> bool {
    connection.0.index & MARK != 0
}

impl Guests {
    /// Begins one: the connection that stands for it.
    pub(crate) fn begin(&mut self, id: CarriedId, carrier: Arc<dyn Carrier>) -> ConnectionId {
        let key = self.table.insert(Entry { id, session: None, carrier, unread: VecDeque::new() });
        self.keys.insert(id, key);
        ConnectionId(Key { index: key.index | MARK, ..key })
    }

    pub(crate) fn get(&mut self, connection: ConnectionId) -> Option<&mut Entry> {
        let Key { index, generation } = connection.0;
        self.table.get_mut(Key { index: index & !MARK, generation })
    }

    pub(crate) fn session(&self, id: CarriedId) -> Option<SessionKey> {
        self.table.get(*self.keys.get(&id)?)?.session
    }

    /// Takes one out.
    pub(crate) fn end(&mut self, connection: ConnectionId) -> Option<Entry> {
        let Key { index, generation } = connection.0;
        let entry = self.table.remove(Key { index: index & !MARK, generation })?;
        self.keys.remove(&entry.id);
        Some(entry)
    }
}
