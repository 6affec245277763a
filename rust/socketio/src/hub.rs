//! All connections' protocol state, without sockets, clock or runtime: `handle_*` takes in, `poll_*` gives out.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;
use std::time::Duration;

use engineio::{
    ConnectionId, Frame, Hangup, Received, Request, RequestId, Response, SessionKey, Sessions, Time,
};
use smallvec::SmallVec;

use crate::client::{Body, Client, Clients};
use crate::command::Inbox;
use crate::conn::Conn;
use crate::event::{Batch, DisconnectReason, Event};
use crate::front::Front;
use crate::rooms::Rooms;

/// What the hub is told once.
#[derive(Clone, Debug)]
pub struct Config {
    /// The engine's part.
    pub engine: engineio::Config,
    /// A session that has joined no namespace by then is closed.
    pub connect_timeout: Duration,
    /// Bytes that may wait for one client, measured before a packet is added.
    pub send_queue_bytes: usize,
    /// What becomes of a client that does not read as fast as it is sent to.
    pub slow_client: SlowClient,
    /// Events of one connection that may wait for the loop; then its reads pause.
    pub max_pending_events: u32,
    /// Attachments that one packet of a client may have.
    pub max_attachments: usize,
}

/// What becomes of a client whose send queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlowClient {
    /// It is disconnected (`slow consumer`).
    Disconnect,
    /// It misses the packet.
    Drop,
}

/// What to do with an HTTP request.
#[derive(Debug)]
pub enum Outcome {
    /// Answer it.
    Respond(Response),
    /// It is answered by [`Output::Respond`].
    Parked {
        /// Its session.
        session: SessionKey,
    },
    /// A POST: read the body, then call one of `handle_body`, `handle_body_too_large`, `handle_request_aborted`.
    Body {
        /// Its session.
        session: SessionKey,
        /// The most bytes that the body may have.
        limit: usize,
    },
}

/// Whether a connection may go on feeding frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It may.
    Continue,
    /// Not until [`Output::Resume`].
    Pause,
}

/// Something for the driver to do.
#[derive(Debug)]
pub enum Output {
    /// What the engine wants done.
    Engine(engineio::Output),
    /// Feed this connection again.
    Resume {
        /// The connection.
        connection: ConnectionId,
    },
    /// All is closed; the hub takes no commands any more.
    Stopped,
}

/// The hub.
pub struct Hub {
    pub(crate) config: Config,
    pub(crate) front: Arc<Front>,
    pub(crate) sessions: Sessions,
    pub(crate) clients: Clients,
    pub(crate) rooms: Rooms,
    pub(crate) batch: Batch,
    pub(crate) inbox: Inbox,
    /// The commands of the inbox that are done.
    pub(crate) done: usize,
    /// Where the inbox's frames begin in this batch's arena.
    pub(crate) base: u32,
    /// When sessions without a namespace are looked at, in order.
    connects: VecDeque<(Time, SessionKey)>,
    pub(crate) outputs: VecDeque<Output>,
    /// Scratch for the receivers of one broadcast.
    pub(crate) receivers: Vec<SessionKey>,
    pub(crate) stopping: bool,
    stopped: bool,
}

/// The life of sessions.
impl Hub {
    /// A hub that takes the commands of `front` from now on.
    pub fn new(config: Config, front: Arc<Front>) -> Self {
        front.begin();
        Self {
            sessions: Sessions::new(config.engine.clone()),
            config,
            front,
            clients: Clients::default(),
            rooms: Rooms::default(),
            batch: Batch::default(),
            inbox: Inbox::default(),
            done: 0,
            base: 0,
            connects: VecDeque::new(),
            outputs: VecDeque::new(),
            receivers: Vec::new(),
            stopping: false,
            stopped: false,
        }
    }

    /// Whether a request target is the engine's: a prefix match, as in the reference.
    pub fn owns(&self, target: &str) -> bool {
        target.starts_with(&self.config.engine.path)
    }

    /// What CORS adds to the response for a bundle of the client.
    pub fn cors_headers(&self, request: &Request) -> Vec<engineio::Header> {
        self.sessions.cors_headers(request)
    }

    /// A plain HTTP request on the engine's path.
    pub fn handle_request(&mut self, request: Request, id: RequestId, now: Time) -> Outcome {
        let outcome = match self.sessions.handle_request(&request, id, now) {
            engineio::Outcome::Respond(response) => Outcome::Respond(response),
            engineio::Outcome::Opened { session, response } => {
                self.open(session, request, None, now);
                Outcome::Respond(response)
            }
            engineio::Outcome::Parked { session } => Outcome::Parked { session },
            engineio::Outcome::Body { session, limit } => Outcome::Body { session, limit },
        };
        self.settle();
        outcome
    }

    /// A request for an upgrade on the engine's path: the 101 with the session (none: close at once), or the whole refusal.
    ///
    /// # Errors
    /// The refusal, after which the connection is closed.
    pub fn handle_upgrade(
        &mut self,
        request: Request,
        connection: ConnectionId,
        now: Time,
    ) -> Result<(Option<SessionKey>, Response), Response> {
        let (upgrade, response) = self.sessions.handle_upgrade(&request, connection, now)?;
        let session = match upgrade {
            engineio::Upgrade::Opened(session) => {
                self.open(session, request, Some(connection), now);
                Some(session)
            }
            engineio::Upgrade::Probing(session) => {
                if let Some(client) = self.clients.get_mut(session) {
                    client.probe = Some(connection);
                }
                Some(session)
            }
            engineio::Upgrade::CloseAtOnce => None,
        };
        self.settle();
        Ok((session, response))
    }

    /// The whole body of a POST; its response comes as an output, late while the client's events have to wait.
    pub fn handle_body(&mut self, session: SessionKey, request: RequestId, body: &[u8], now: Time) {
        let text = String::from_utf8_lossy(body).into_owned().into_boxed_str();
        let body = Box::new(Body { request, text, at: 0 });
        self.read_body(session, body, now);
        self.settle();
    }

    /// A POST whose body is larger than the limit.
    pub fn handle_body_too_large(&mut self, session: SessionKey, request: RequestId) {
        let response = self.sessions.body_too_large(session, request);
        self.respond(request, response);
    }

    /// The peer of a parked GET or of a POST went away.
    pub fn handle_request_aborted(&mut self, session: SessionKey, request: RequestId, now: Time) {
        self.sessions.request_aborted(session, request, now);
        self.settle();
    }

    /// A WebSocket message.
    pub fn handle_frame(
        &mut self,
        session: SessionKey,
        connection: ConnectionId,
        frame: Frame<'_>,
        now: Time,
    ) -> Flow {
        match self.sessions.receive_frame(session, connection, frame, now) {
            Received::Nothing | Received::Closed => {}
            Received::Text(text) => self.receive_text(session, text, now),
            Received::Binary(bytes) => self.receive_binary(session, &bytes, now),
        }
        self.settle();
        let paused = self.clients.get_mut(session).is_some_and(|client| client.paused);
        if paused { Flow::Pause } else { Flow::Continue }
    }

    /// A WebSocket ping.
    pub fn handle_ping(&mut self, session: SessionKey, connection: ConnectionId, data: &[u8]) {
        self.sessions.receive_ping(session, connection, data);
    }

    /// A WebSocket connection has ended.
    pub fn handle_hangup(
        &mut self,
        session: SessionKey,
        connection: ConnectionId,
        hangup: Hangup,
        now: Time,
    ) {
        self.sessions.connection_closed(session, connection, hangup, now);
        self.settle();
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    pub fn next_timeout(&self) -> Option<Time> {
        let connect = self.connects.front().map(|&(at, _)| at);
        [connect, self.sessions.next_timeout()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Time) {
        self.sessions.handle_timeout(now);
        while let Some(&(at, session)) = self.connects.front() {
            if at > now {
                break;
            }
            self.connects.pop_front();
            if self.clients.get_mut(session).is_some_and(|client| !client.joined) {
                self.sessions.close(session, engineio::CloseReason::ForcedClose, false, now);
            }
        }
        self.settle();
    }

    fn open(
        &mut self,
        session: SessionKey,
        request: Request,
        connection: Option<ConnectionId>,
        now: Time,
    ) {
        let (sid, transport) = (self.sessions.sid(session), self.sessions.transport(session));
        let (Some(sid), Some(transport)) = (sid, transport) else { return };
        let conn = Conn::new(session, sid, request, transport);
        self.clients.insert(Client::new(conn, connection));
        self.connects.push_back((now + self.config.connect_timeout, session));
    }

    /// Takes what the engine says of its sessions.
    pub(crate) fn settle(&mut self) {
        while let Some(event) = self.sessions.poll_event() {
            match event {
                engineio::Event::Closed { session, reason, description } => {
                    self.close_client(session, reason.into(), description);
                }
                engineio::Event::Upgraded { session } => self.upgraded(session),
            }
        }
        if self.stopping && !self.stopped && self.sessions.is_empty() {
            self.stopped = true;
            self.front.end();
            self.batch.events.push(Event::Stopped);
            self.outputs.push_back(Output::Stopped);
        }
    }

    fn upgraded(&mut self, session: SessionKey) {
        let Some(client) = self.clients.get_mut(session) else { return };
        client.connection = client.probe.take();
        client.conn.set_transport(engineio::TransportName::WebSocket);
        self.batch.events.push(Event::Upgraded { session });
    }

    fn close_client(
        &mut self,
        session: SessionKey,
        reason: DisconnectReason,
        description: Option<&'static str>,
    ) {
        let Some(client) = self.clients.remove(session) else { return };
        let reason = client.reason.unwrap_or(reason);
        for joined in client.sockets {
            self.end_socket(joined.socket, reason, description);
        }
        if let Some(body) = client.body {
            let response = self.sessions.finish_body(session, body.request);
            self.respond(body.request, response);
        }
        self.batch.events.push(Event::Closed { session });
    }

    pub(crate) fn respond(&mut self, request: RequestId, response: Response) {
        let output = engineio::Output::Respond { request, response };
        self.outputs.push_back(Output::Engine(output));
    }
}

/// What the driver takes out.
impl Hub {
    /// The events since the last batch, for the sink.
    pub fn take_events(&mut self) -> &mut Batch {
        &mut self.batch
    }

    /// The next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front().or_else(|| self.sessions.poll_output().map(Output::Engine))
    }

    /// The next WebSocket connection with something to write.
    pub fn poll_write(&mut self) -> Option<(SessionKey, ConnectionId)> {
        self.sessions.poll_write()
    }

    /// What is to be written for a session.
    pub fn slices<'a>(&'a self, session: SessionKey, into: &mut SmallVec<[IoSlice<'a>; 8]>) {
        self.sessions.slices(session, into);
    }

    /// So many bytes of it have been written.
    pub fn wrote(&mut self, session: SessionKey, bytes: usize) {
        self.sessions.wrote(session, bytes);
        self.report(session);
    }

    /// Keeps what could not be written.
    pub fn end_batch(&mut self) {
        self.sessions.end_batch();
    }

    /// Tells the language side how much waits for a client.
    fn report(&mut self, session: SessionKey) {
        let bytes = self.sessions.queued_bytes(session);
        let Some(client) = self.clients.get_mut(session) else { return };
        client.conn.set_in_hub(bytes);
        if client.conn.unsent_bytes() < self.config.send_queue_bytes / 4
            && client.conn.take_awaited()
        {
            self.batch.events.push(Event::Drained { session });
        }
    }
}
