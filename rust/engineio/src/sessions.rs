//! All sessions: what the driver tells them, and what they want done.

mod asking;
mod carried;
mod closing;
mod receiving;
mod requests;
mod sending;
mod timing;
mod upgrading;

use std::collections::VecDeque;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashTable};

use crate::config::{Config, TransportName};
use crate::exchange::{ConnectionId, Event, Output, RequestId, SessionKey};
use crate::polling::WaitingGet;
use crate::request::Request;
use crate::response::Header;
use crate::session::{Session, Transport};
use crate::sid::Sid;
use crate::table::Table;
use crate::time::Time;
use crate::wheel::Wheel;
use crate::{cors, handshake, polling};

/// All sessions of a server.
///
/// The driver works in batches. It tells what happened by `handle_*`, `receive_*` and their like; packets are written to [`Self::arena`] and given to sessions by [`Self::enqueue`]. Then [`Self::poll_write`] names the connections to be written, until it gives `None`, and [`Self::end_batch`] ends the batch. Events and outputs are taken at any time; outputs in their order, and before what [`Self::poll_write`] asks for.
#[derive(Debug)]
pub struct Sessions {
    config: Config,
    table: Table<Session>,
    by_sid: HashTable<SessionKey>,
    hasher: RandomState,
    /// The headers for the answers of POSTs; kept apart, as the session may end before.
    posts: HashMap<RequestId, Vec<Header>, RandomState>,
    wheel: Wheel,
    arena: Vec<u8>,
    /// Sessions that were given packets in this batch; the first `polled` have been written.
    listed: Vec<SessionKey>,
    polled: usize,
    events: VecDeque<Event>,
    outputs: VecDeque<Output>,
}

impl Sessions {
    /// No sessions yet.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            table: Table::default(),
            by_sid: HashTable::new(),
            hasher: RandomState::default(),
            posts: HashMap::default(),
            wheel: Wheel::new(),
            arena: Vec::new(),
            listed: Vec::new(),
            polled: 0,
            events: VecDeque::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes the next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Takes the next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The options.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The transport of a session; `None` when there is no such session any more.
    pub fn transport(&self, session: SessionKey) -> Option<TransportName> {
        self.table.get(session).map(Session::transport_name)
    }

    /// The WebSocket that carries a session; `None` while it polls, and when there is no such session any more.
    pub fn connection(&self, session: SessionKey) -> Option<ConnectionId> {
        match self.table.get(session)?.transport {
            Transport::WebSocket(connection) => Some(connection),
            Transport::Polling(_) => None,
        }
    }

    /// Whether a page that neither this server nor an origin of [`Config::cors`] served has sent the request. A WebSocket of such a page is refused when origins are listed.
    pub fn is_foreign(&self, request: &Request) -> bool {
        match &self.config.cors {
            Some(cors) => cors::is_foreign(cors, request),
            None => cors::is_cross_origin(request),
        }
    }

    /// The id of a session; `None` when there is no such session any more.
    pub fn sid(&self, session: SessionKey) -> Option<Sid> {
        self.table.get(session).map(|session| session.sid)
    }

    /// How many sessions there are, with those whose close is still to be told to the client.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is no session.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Opens a session; the second value is the data of its open packet.
    fn open(&mut self, transport: Transport, now: Time) -> (SessionKey, String) {
        let sid = Sid::new();
        let session = Session::new(sid, transport, &self.config, now);
        let data = handshake::open_data(&self.config, &sid, session.transport_name());
        let key = self.table.insert(session);
        let hash = self.hasher.hash_one(sid.as_str());
        let (table, hasher) = (&self.table, &self.hasher);
        self.by_sid.insert_unique(hash, key, |&key| {
            hasher.hash_one(table.get(key).map(|session| session.sid).expect(LISTED).as_str())
        });
        self.schedule(key);
        (key, data)
    }

    fn find(&self, sid: &str) -> Option<SessionKey> {
        let is_it = |key: &SessionKey| self.table.get(*key).expect(LISTED).sid.as_str() == sid;
        self.by_sid.find(self.hasher.hash_one(sid), is_it).copied()
    }

    /// Takes a session out. All that names it goes with it.
    fn remove(&mut self, key: SessionKey) -> Option<Session> {
        let sid = self.sid(key)?;
        let hash = self.hasher.hash_one(sid.as_str());
        if let Ok(entry) = self.by_sid.find_entry(hash, |&listed| listed == key) {
            entry.remove();
        }
        self.table.remove(key)
    }

    /// Answers a GET that was parked.
    fn respond(&mut self, get: WaitingGet, body: Vec<u8>) {
        let response = polling::get_response(get.headers, body);
        self.outputs.push_back(Output::Respond { request: get.id, response });
    }
}

const LISTED: &str = "a listed sid has its session";
