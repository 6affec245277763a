//! A hub with a pretended network: clients are buffers and requests, time is a number.

mod pollers;
mod websockets;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use engineio::{ConnectionId, Output as EngineOutput, RequestId, Response, SessionKey, Time};
use smallvec::SmallVec;
use socketio::{
    Body, CarriedId, Config, Event, Front, Hub, Level, Outbound, Output, Sent, SocketKey, Targets,
    Verdict, Wake,
};

pub(crate) use pollers::Poller;
pub(crate) use websockets::{Peer, upgrade_request};

const PATH: &str = "/socket.io/?EIO=4&transport=";

/// Counts wake-ups.
#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(&self) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// What a hub said, in a form that reads well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Ask(RequestId, String),
    Find(SocketKey, String),
    Recall(SocketKey),
    Authorize(SocketKey),
    Connected(SocketKey),
    /// With the ack id, the JSON and how many attachments.
    Packet(SocketKey, Option<u64>, String, usize),
    Answer(SocketKey, u64, String, usize),
    Disconnected(SocketKey, &'static str),
    Upgraded(SessionKey),
    Drained(SessionKey),
    InboxDrained,
    Closed(SessionKey),
    Lost(String),
    Released(CarriedId),
    Info(String),
    Warning(String),
    Error(String),
    Stopped,
}

/// What the driver was told to do besides writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Closed(ConnectionId),
    Aborted(ConnectionId),
    BodyAborted(RequestId),
    Resumed(ConnectionId),
    Stopped,
}

pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) front: Arc<Front>,
    pub(crate) now: Time,
    pub(crate) writes: usize,
    pub(crate) done: Vec<Done>,
    bell: Arc<Bell>,
    next: u32,
    /// What each connection was sent and has not been asked for.
    sent: BTreeMap<ConnectionId, Vec<u8>>,
    /// Connections that read nothing.
    stuck: BTreeSet<ConnectionId>,
    answers: BTreeMap<RequestId, Response>,
    pub(crate) verdicts: Vec<(RequestId, Verdict)>,
    targets: BTreeMap<SessionKey, String>,
    /// What the packets and answers that were heard weigh in the queue, in their order.
    pub(crate) weights: VecDeque<usize>,
}

/// The defaults.
pub(crate) fn config() -> Config {
    Config::default()
}

pub(crate) fn event(json: &str) -> Outbound<'_> {
    Outbound::Event(Body::json(json.as_bytes()))
}

/// Life.
impl World {
    pub(crate) fn new(config: Config) -> Self {
        let bell = Arc::new(Bell::default());
        let wake: Arc<dyn Wake> = Arc::clone(&bell) as _;
        let front = Arc::new(Front::new(wake, config.limits));
        front.namespace("/");
        let hub = Hub::new(config, Arc::clone(&front));
        Self {
            hub,
            front,
            now: Time(0),
            writes: 0,
            done: Vec::new(),
            bell,
            next: 0,
            sent: BTreeMap::new(),
            stuck: BTreeSet::new(),
            answers: BTreeMap::new(),
            verdicts: Vec::new(),
            targets: BTreeMap::new(),
            weights: VecDeque::new(),
        }
    }

    /// Another hub for the same front.
    pub(crate) fn serve_again(&mut self, config: Config) {
        self.hub = Hub::new(config, Arc::clone(&self.front));
    }

    /// One turn of a driver, until the hub sleeps.
    pub(crate) fn turn(&mut self) {
        loop {
            while self.hub.handle_commands(self.now) {
                self.carry_out();
            }
            self.carry_out();
            self.hub.end_batch();
            if self.hub.park() {
                return;
            }
        }
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.hub.next_timeout().filter(|due| *due <= end) {
            self.now = due.max(self.now);
            self.hub.handle_timeout(self.now);
            self.turn();
        }
        self.now = end;
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.hub.poll_output() {
            self.perform(output);
        }
        while let Some((session, connection)) = self.hub.poll_write() {
            self.writes += 1;
            if !self.stuck.contains(&connection) {
                self.write(Peer { session, connection });
            }
        }
        while let Some(output) = self.hub.poll_output() {
            self.perform(output);
        }
    }

    fn perform(&mut self, output: Output) {
        self.done.push(match output {
            Output::Engine(EngineOutput::Respond { request, response }) => {
                self.answers.insert(request, response);
                return;
            }
            Output::Engine(EngineOutput::Write { connection, bytes }) => {
                self.sent.entry(connection).or_default().extend(bytes);
                return;
            }
            Output::Engine(EngineOutput::Close { connection, last }) => {
                self.sent.entry(connection).or_default().extend(last);
                Done::Closed(connection)
            }
            Output::Engine(EngineOutput::Abort { connection }) => Done::Aborted(connection),
            Output::Engine(EngineOutput::AbortBody { request }) => Done::BodyAborted(request),
            Output::Verdict { request, verdict } => {
                self.verdicts.push((request, verdict));
                return;
            }
            Output::Resume { connection } => Done::Resumed(connection),
            Output::Stopped => Done::Stopped,
        });
    }

    fn write(&mut self, peer: Peer) {
        let mut slices = SmallVec::new();
        self.hub.slices(peer.session, &mut slices);
        let mut bytes = Vec::new();
        slices.iter().for_each(|slice| bytes.extend_from_slice(slice));
        drop(slices);
        self.hub.wrote(peer.session, bytes.len());
        self.sent.entry(peer.connection).or_default().extend(bytes);
    }

    /// What the driver was told to do since the last question.
    pub(crate) fn take_done(&mut self) -> Vec<Done> {
        std::mem::take(&mut self.done)
    }

    pub(crate) fn wakes(&self) -> usize {
        self.bell.0.load(Relaxed)
    }
}

/// The language side.
impl World {
    /// The same without the lines for the log.
    pub(crate) fn heard_but_lines(&mut self) -> Vec<Heard> {
        let mut heard = self.heard();
        heard.retain(|heard| !matches!(heard, Heard::Info(_) | Heard::Warning(_)));
        heard
    }

    /// The sockets that have ended since the last question, with the secrets of those whose sessions are to be kept.
    pub(crate) fn take_pids(&mut self) -> Vec<(SocketKey, Option<String>)> {
        let batch = std::mem::take(self.hub.take_events());
        let ended = batch.events.into_iter().filter_map(|event| match event {
            Event::Disconnected { socket, conn, pid, .. } => {
                self.front.started(&conn, 0);
                Some((socket, pid.map(|pid| pid.to_string())))
            }
            _ => None,
        });
        ended.collect()
    }

    /// What it was told since the last question.
    pub(crate) fn heard(&mut self) -> Vec<Heard> {
        let batch = std::mem::take(self.hub.take_events());
        for event in &batch.events {
            if let Event::Find { conn, .. }
            | Event::Recall { conn, .. }
            | Event::Authorize { conn, .. }
            | Event::Connected { conn, .. }
            | Event::Disconnected { conn, .. } = event
            {
                self.front.started(conn, 0);
            }
            if let Event::Packet { data, attachments, .. }
            | Event::Answer { data, attachments, .. } = event
            {
                let attached = attachments.as_deref().unwrap_or_default().iter();
                let attached: usize = attached.map(|bytes| bytes.len()).sum();
                self.weights.push_back(data.len() + attached);
            }
        }
        let text = |range: &Range<u32>| {
            let bytes = &batch.bytes[range.start as usize..range.end as usize];
            String::from_utf8(bytes.to_vec()).expect("text")
        };
        let count =
            |attachments: &socketio::Attachments| attachments.as_deref().map_or(0, <[_]>::len);
        let heard = |event: &Event| match event {
            Event::Ask { request, head } => Heard::Ask(*request, head.target().to_owned()),
            Event::Find { socket, name, .. } => Heard::Find(*socket, name.to_string()),
            Event::Recall { socket, .. } => Heard::Recall(*socket),
            Event::Authorize { socket, .. } => Heard::Authorize(*socket),
            Event::Connected { socket, .. } => Heard::Connected(*socket),
            Event::Packet { socket, ack, data, attachments } => {
                Heard::Packet(*socket, *ack, text(data), count(attachments))
            }
            Event::Answer { socket, id, data, attachments } => {
                Heard::Answer(*socket, *id, text(data), count(attachments))
            }
            Event::Disconnected { socket, reason, .. } => {
                Heard::Disconnected(*socket, reason.as_str())
            }
            Event::Upgraded { session } => Heard::Upgraded(*session),
            Event::Drained { session } => Heard::Drained(*session),
            Event::InboxDrained => Heard::InboxDrained,
            Event::Closed { session } => Heard::Closed(*session),
            Event::Log(log) => match log.level {
                Level::Info => Heard::Info(log.text.clone()),
                Level::Warning => Heard::Warning(log.text.clone()),
                Level::Error => Heard::Error(log.text.clone()),
            },
            Event::Lost(id) => Heard::Lost(id.to_string()),
            Event::Released(id) => Heard::Released(*id),
            Event::Stopped => Heard::Stopped,
        };
        batch.events.iter().map(heard).collect()
    }

    /// A broadcast in `/`: to everyone, or to some rooms.
    pub(crate) fn to(&self, rooms: Option<&[&str]>) -> Targets {
        Targets {
            namespace: self.front.namespace("/"),
            rooms: rooms.map(|rooms| rooms.iter().map(ToString::to_string).collect()),
            except: Vec::new(),
            sender: None,
            volatile: false,
        }
    }

    pub(crate) fn broadcast(&self, targets: &Targets, json: &str) -> bool {
        self.front.broadcast(targets, Body::json(json.as_bytes())).expect("room in the inbox")
    }

    pub(crate) fn emit(&self, socket: SocketKey, json: &str) -> Sent {
        self.front.send(socket, event(json), false).expect("room in the inbox")
    }

    /// Emits an event whose frame has so many bytes (132 to 65,539), and carries it out.
    pub(crate) fn fill(&mut self, socket: SocketKey, bytes: usize) {
        assert!((132..=65_539).contains(&bytes), "a frame with a head of four bytes");
        let json = format!("[\"{}\"]", "x".repeat(bytes - 4 - 2 - 4));
        self.emit(socket, &json);
        self.turn();
    }

    pub(crate) fn enter(&self, socket: SocketKey, rooms: &[&str]) {
        self.front.join(socket, &rooms.iter().map(ToString::to_string).collect::<Vec<_>>());
    }

    /// A namespace with middlewares.
    pub(crate) fn guard(&self, name: &str) {
        self.front.guard(self.front.namespace(name));
    }

    pub(crate) fn id(&self, socket: SocketKey) -> String {
        self.front.socket(socket).expect("alive").id.to_string()
    }
}
