//! All connections' protocol state, without sockets, clock or runtime: `handle_*` takes in, `poll_*` gives out.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::ops::Range;
use std::sync::Arc;

use engineio::{
    ConnectionId, Frame, Hangup, Received, Request, RequestId, Response, SessionKey, Sessions, Time,
};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use smallvec::SmallVec;

use crate::client::{Body, Clients};
use crate::command::Inbox;
use crate::event::{Batch, Event};
use crate::exchange::{Config, Flow, Outcome, Output};
use crate::front::Front;
use crate::gauge::Count;
use crate::guests::{Guests, is_carried};
use crate::limits::Load;
use crate::notices::{Notice, Notices};
use crate::recovery::Recovery;
use crate::rooms::Rooms;
use crate::stats::Limit;

/// The hub.
pub struct Hub {
    pub(crate) config: Config,
    pub(crate) front: Arc<Front>,
    pub(crate) sessions: Sessions,
    pub(crate) clients: Clients,
    /// Sessions whose clients others have.
    pub(crate) guests: Guests,
    pub(crate) rooms: Rooms,
    pub(crate) batch: Batch,
    /// The commands of this batch that are to be carried out.
    pub(crate) inbox: Inbox,
    /// The inbox has been taken in this batch.
    pub(crate) has_taken: bool,
    /// Where the inbox's frames begin in this batch's arena.
    pub(crate) base: u32,
    /// When sessions without a namespace are looked at, in order.
    pub(crate) connects: VecDeque<(Time, SessionKey)>,
    /// Clients whose POST has more packets than others wait for.
    pub(crate) unread: VecDeque<SessionKey>,
    /// The events of one connection that may be queued and not started; then it pauses.
    pub(crate) own_events: Load,
    /// Those of all connections.
    pub(crate) all_events: Arc<Count>,
    /// When what is too old to come back is dropped, while there may be such.
    pub(crate) sweep_at: Option<Time>,
    /// Where packets that several have missed lie in this batch's arena, by their numbers.
    pub(crate) missed: HashMap<u64, Range<u32>, RandomState>,
    pub(crate) notices: Notices,
    pub(crate) outputs: VecDeque<Output>,
    /// Scratch for the receivers of one broadcast.
    pub(crate) receivers: Vec<SessionKey>,
    pub(crate) phase: Phase,
}

/// Where the hub stands between its beginning and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Serving,
    /// Its sessions are being closed.
    Stopping,
    /// It has no sessions any more, and that has been told.
    Stopped,
}

/// What the driver feeds in.
impl Hub {
    /// A hub that takes the commands of `front` from now on.
    pub fn new(config: Config, front: Arc<Front>) -> Self {
        let all_events = Arc::default();
        let recovery = config.recovery.map(|options| {
            Recovery::new(options, config.limits.max_recovery_bytes, config.send_queue_bytes)
        });
        front.begin(Arc::clone(&all_events), recovery);
        let own_events = Load {
            events: config.max_pending_events as usize,
            bytes: config.limits.max_pending_event_bytes,
        };
        Self {
            sessions: Sessions::new(config.engine.clone()),
            config,
            front,
            clients: Clients::default(),
            guests: Guests::default(),
            rooms: Rooms::default(),
            batch: Batch::default(),
            inbox: Inbox::default(),
            has_taken: false,
            base: 0,
            connects: VecDeque::new(),
            unread: VecDeque::new(),
            own_events,
            all_events,
            sweep_at: None,
            missed: HashMap::default(),
            notices: Notices::default(),
            outputs: VecDeque::new(),
            receivers: Vec::new(),
            phase: Phase::Serving,
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

    /// Whether the language side is to be [asked](Self::ask) before this request is handled.
    pub fn must_ask(&self, request: &Request, is_upgrade: bool) -> bool {
        self.phase == Phase::Serving && self.sessions.must_ask(request, is_upgrade)
    }

    /// Asks the language side; [`Output::Verdict`] has the answer, if one comes. False: too many questions wait to be taken.
    pub fn ask(&mut self, id: RequestId, request: Request) -> bool {
        let may = self.front.may_ask();
        if may {
            self.batch.events.push(Event::Ask { request: id, head: Box::new(request) });
        }
        may
    }

    /// The answer to a request that the language side has refused.
    pub fn forbid(&self, request: &Request, is_upgrade: bool, message: Option<&str>) -> Response {
        self.sessions.forbid(request, is_upgrade, message)
    }

    /// A plain HTTP request on the engine's path.
    pub fn handle_request(&mut self, request: Request, id: RequestId, now: Time) -> Outcome {
        if self.phase != Phase::Serving {
            return Outcome::Respond(unavailable());
        }
        let outcome = match self.sessions.handle_request(&request, id, now) {
            engineio::Outcome::Respond(response) => {
                if response.status == 400 {
                    self.note_refused(&request, now);
                }
                Outcome::Respond(response)
            }
            engineio::Outcome::Opened { session, response } => {
                self.open(session, request, now);
                Outcome::Respond(response)
            }
            engineio::Outcome::Polled { session, response } => {
                Outcome::Polled { session, response }
            }
            engineio::Outcome::Parked { session } => Outcome::Parked { session },
            engineio::Outcome::Body { session, limit } => Outcome::Body { session, limit },
        };
        self.settle(now);
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
        if self.phase != Phase::Serving {
            let mut refusal = unavailable();
            refusal.headers.push(("Connection".into(), "close".into()));
            refusal.headers.push(("Content-Length".into(), "0".into()));
            return Err(refusal);
        }
        let upgraded = self.sessions.handle_upgrade(&request, connection, now);
        if self.sessions.is_foreign(&request) {
            self.note_foreign(&request, upgraded.is_ok(), now);
        }
        if upgraded.is_err() {
            self.note_refused(&request, now);
        }
        let (upgrade, response) = upgraded?;
        let session = match upgrade {
            engineio::Upgrade::Opened(session) => {
                self.open(session, request, now);
                Some(session)
            }
            engineio::Upgrade::Probing(session) => Some(session),
            engineio::Upgrade::CloseAtOnce => None,
        };
        Ok((session, response))
    }

    /// The whole body of a POST; its response comes as an output, late while the client's events have to wait, and in a later batch when it has very many packets.
    pub fn handle_body(&mut self, session: SessionKey, request: RequestId, body: &[u8], now: Time) {
        let text = String::from_utf8_lossy(body).into_owned().into_boxed_str();
        let body = Box::new(Body { request, text, at: 0 });
        self.read_body(session, body, now);
        self.settle(now);
    }

    /// A POST whose body is larger than the limit.
    pub fn handle_body_too_large(&mut self, session: SessionKey, request: RequestId, now: Time) {
        self.reached(Limit::MaxHttpBufferSize);
        let text = "refused the body of a request that is too large: see max_http_buffer_size";
        self.log(Notice::LargeBody, text, now);
        let response = self.sessions.body_too_large(session, request);
        self.respond(request, response);
    }

    /// The peer of a parked GET or of a POST went away.
    pub fn handle_request_aborted(&mut self, session: SessionKey, request: RequestId, now: Time) {
        self.sessions.request_aborted(session, request, now);
        self.settle(now);
    }

    /// The answer to a GET did not reach its client as a whole.
    pub fn handle_answer_lost(&mut self, session: SessionKey, now: Time) {
        self.sessions.answer_lost(session);
        self.settle(now);
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
            Received::Closed => {}
            Received::Nothing => self.receive_nothing(session, now),
            Received::Text(text) => self.receive_text(session, text, now),
            Received::Binary(bytes) => self.receive_binary(session, &bytes, now),
        }
        self.settle(now);
        // A WebSocket that probes while the client polls is not held back: nobody would resume it.
        let carries = self.carries(session, connection);
        let client = self.clients.get_mut(session).filter(|_| carries);
        if client.is_some_and(|client| client.paused) { Flow::Pause } else { Flow::Continue }
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
        self.settle(now);
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    pub fn next_timeout(&self) -> Option<Time> {
        let connect = self.connects.front().map(|&(at, _)| at);
        [connect, self.sweep_at, self.sessions.next_timeout()].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Time) {
        self.sessions.handle_timeout(now);
        self.close_silent(now);
        self.sweep(now);
        self.settle(now);
    }
}

/// What the driver takes out.
impl Hub {
    /// The events since the last batch, for the sink.
    pub fn take_events(&mut self) -> &mut Batch {
        &mut self.batch
    }

    /// The next thing to do. What the engine wants done comes first: nothing follows [`Output::Stopped`].
    pub fn poll_output(&mut self) -> Option<Output> {
        while let Some(output) = self.sessions.poll_output() {
            if let Some(output) = self.carry_out(output) {
                return Some(Output::Engine(output));
            }
        }
        self.outputs.pop_front()
    }

    /// The next WebSocket connection with something to write.
    pub fn poll_write(&mut self) -> Option<(SessionKey, ConnectionId)> {
        loop {
            let (session, connection) = self.sessions.poll_write()?;
            if !is_carried(connection) {
                return Some((session, connection));
            }
            self.write_carried(session, connection);
        }
    }

    /// Whether a connection is a session's transport: what the session has to send goes out there.
    pub fn carries(&self, session: SessionKey, connection: ConnectionId) -> bool {
        self.sessions.connection(session) == Some(connection)
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

    pub(crate) fn reached(&self, limit: Limit) {
        self.front.stats().reached(limit);
    }

    pub(crate) fn respond(&mut self, request: RequestId, response: Response) {
        let output = engineio::Output::Respond { request, response };
        self.outputs.push_back(Output::Engine(output));
    }

    /// Tells the language side how much waits for a client.
    pub(crate) fn report(&mut self, session: SessionKey) {
        let bytes = self.sessions.queued_bytes(session);
        let Some(client) = self.clients.get_mut(session) else { return };
        client.conn.set_in_hub(bytes);
        if client.conn.unsent_bytes() <= self.config.send_queue_bytes / 4
            && client.conn.take_awaited()
        {
            self.batch.events.push(Event::Drained { session });
        }
    }
}

/// The answer to a request that came while the server closes.
fn unavailable() -> Response {
    Response::new(503)
}
