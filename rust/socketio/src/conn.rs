//! What both threads know of one client's connection.

use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU32, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};

use engineio::{Request, SessionKey, Sid, TransportName};

use crate::carrier::CarriedId;
use crate::gauge::{Count, Gauge};

/// A client's connection: what it is, and the gauges by which either thread holds the other back.
#[derive(Debug)]
pub struct Conn {
    /// The engine session.
    pub session: SessionKey,
    /// The engine's id, a secret of this client.
    pub sid: Sid,
    /// The request of the handshake.
    pub request: Request,
    /// Somebody else has the client.
    pub carried: Option<CarriedId>,
    transport: AtomicU8,
    /// Bytes emitted to this client alone that the hub has not taken yet.
    in_inbox: AtomicUsize,
    /// Bytes that the hub holds for it.
    in_hub: AtomicUsize,
    /// Somebody waits for the two above to fall.
    awaited: AtomicBool,
    /// Its session has ended.
    over: AtomicBool,
    /// The server has disconnected one of its sockets.
    put_out: AtomicBool,
    /// The server has disconnected all of them.
    cut_off: AtomicBool,
    /// Its events that have not started.
    pub(crate) events: Gauge,
    /// Those of all connections of its hub.
    pub(crate) all_events: Arc<Count>,
    /// Answers that the server waits for.
    acks: AtomicU32,
}

impl Conn {
    pub(crate) fn new(
        session: SessionKey,
        sid: Sid,
        request: Request,
        transport: TransportName,
        all_events: Arc<Count>,
    ) -> Self {
        Self {
            session,
            sid,
            request,
            carried: None,
            transport: AtomicU8::new(transport as u8),
            in_inbox: AtomicUsize::new(0),
            in_hub: AtomicUsize::new(0),
            awaited: AtomicBool::new(false),
            over: AtomicBool::new(false),
            put_out: AtomicBool::new(false),
            cut_off: AtomicBool::new(false),
            events: Gauge::default(),
            all_events,
            acks: AtomicU32::new(0),
        }
    }

    pub(crate) fn carried_by(self, id: CarriedId) -> Self {
        Self { carried: Some(id), ..self }
    }

    /// The transport of the moment.
    pub fn transport(&self) -> TransportName {
        if self.transport.load(Relaxed) == TransportName::Polling as u8 {
            TransportName::Polling
        } else {
            TransportName::WebSocket
        }
    }

    pub(crate) fn set_transport(&self, transport: TransportName) {
        self.transport.store(transport as u8, Relaxed);
    }

    /// Bytes emitted and not yet handed to the operating system, as far as known.
    pub fn unsent_bytes(&self) -> usize {
        self.in_inbox.load(SeqCst) + self.in_hub.load(SeqCst)
    }

    /// Asks for [`Event::Drained`](crate::Event::Drained) when the unsent bytes have fallen below the mark. To be called before they are looked at: they
    /// may have fallen already.
    pub fn await_drain(&self) {
        self.awaited.store(true, SeqCst);
    }

    pub(crate) fn take_awaited(&self) -> bool {
        self.awaited.load(SeqCst) && self.awaited.swap(false, SeqCst)
    }

    /// Whether its session has ended; [`Event::Closed`](crate::Event::Closed) may be still to come.
    pub fn is_over(&self) -> bool {
        self.over.load(SeqCst)
    }

    pub(crate) fn set_over(&self) {
        self.over.store(true, SeqCst);
    }

    /// Whether the server has disconnected one of its sockets, whose events that have not started are for nobody.
    pub fn has_put_out(&self) -> bool {
        self.put_out.load(Relaxed)
    }

    /// Whether it has disconnected all of them, in one.
    pub fn is_cut_off(&self) -> bool {
        self.cut_off.load(Relaxed)
    }

    pub(crate) fn put_out(&self, all: bool) {
        self.put_out.store(true, Relaxed);
        if all {
            self.cut_off.store(true, Relaxed);
        }
    }

    pub(crate) fn emitted(&self, bytes: usize) {
        self.in_inbox.fetch_add(bytes, SeqCst);
    }

    pub(crate) fn taken(&self, bytes: usize) {
        self.in_inbox.fetch_sub(bytes, SeqCst);
    }

    pub(crate) fn set_in_hub(&self, bytes: usize) {
        self.in_hub.store(bytes, SeqCst);
    }

    /// Events queued and not started, and their bytes.
    pub fn pending(&self) -> (u32, usize) {
        let load = self.events.load();
        (u32::try_from(load.events).unwrap_or(u32::MAX), load.bytes)
    }

    /// The server begins to wait for an answer of this client.
    pub fn ack_awaited(&self) {
        self.acks.fetch_add(1, Relaxed);
    }

    /// An answer came, or is no longer waited for.
    pub fn ack_settled(&self) {
        self.acks.fetch_sub(1, Relaxed);
    }

    /// How many answers of this client the server waits for.
    pub fn acks_awaited(&self) -> u32 {
        self.acks.load(Relaxed)
    }
}
