//! What both threads know of one client's connection.

use std::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU32, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};

use engineio::{Request, SessionKey, Sid, TransportName};

use crate::limits::MAX_PENDING_EVENT_BYTES;

/// A client's connection: what it is, and the gauges by which either thread holds the other back.
#[derive(Debug)]
pub struct Conn {
    /// The engine session.
    pub session: SessionKey,
    /// The engine's id, a secret of this client.
    pub sid: Sid,
    /// The request of the handshake.
    pub request: Request,
    transport: AtomicU8,
    /// Bytes emitted to this client alone that the hub has not taken yet.
    in_inbox: AtomicUsize,
    /// Bytes that the hub holds for it.
    in_hub: AtomicUsize,
    /// Somebody waits for the two above to fall.
    awaited: AtomicBool,
    /// Events queued and not started, and their bytes.
    events: AtomicU32,
    event_bytes: AtomicUsize,
    /// Reads are paused because of them.
    paused: AtomicBool,
    /// Answers that the server waits for.
    acks: AtomicU32,
}

impl Conn {
    pub(crate) fn new(
        session: SessionKey,
        sid: Sid,
        request: Request,
        transport: TransportName,
    ) -> Self {
        Self {
            session,
            sid,
            request,
            transport: AtomicU8::new(transport as u8),
            in_inbox: AtomicUsize::new(0),
            in_hub: AtomicUsize::new(0),
            awaited: AtomicBool::new(false),
            events: AtomicU32::new(0),
            event_bytes: AtomicUsize::new(0),
            paused: AtomicBool::new(false),
            acks: AtomicU32::new(0),
        }
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
        self.in_inbox.load(Relaxed) + self.in_hub.load(Relaxed)
    }

    /// Asks for [`Event::Drained`](crate::Event::Drained) when the unsent bytes have fallen below the mark.
    pub fn await_drain(&self) {
        self.awaited.store(true, Relaxed);
    }

    pub(crate) fn take_awaited(&self) -> bool {
        self.awaited.load(Relaxed) && self.awaited.swap(false, Relaxed)
    }

    pub(crate) fn emitted(&self, bytes: usize) {
        self.in_inbox.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn taken(&self, bytes: usize) {
        self.in_inbox.fetch_sub(bytes, Relaxed);
    }

    pub(crate) fn set_in_hub(&self, bytes: usize) {
        self.in_hub.store(bytes, Relaxed);
    }

    /// An event was queued; the events and bytes that are now.
    pub(crate) fn queued(&self, bytes: usize) -> (u32, usize) {
        let events = self.events.fetch_add(1, Relaxed) + 1;
        (events, self.event_bytes.fetch_add(bytes, Relaxed) + bytes)
    }

    /// Events queued and not started, and their bytes.
    pub fn pending(&self) -> (u32, usize) {
        (self.events.load(SeqCst), self.event_bytes.load(SeqCst))
    }

    /// A queued event has started, or was dropped; whether the hub wants to know.
    pub(crate) fn started(&self, bytes: usize, max_pending_events: u32) -> bool {
        let events = self.events.fetch_sub(1, SeqCst) - 1;
        let bytes = self.event_bytes.fetch_sub(bytes, SeqCst) - bytes;
        events <= max_pending_events / 2 && bytes <= MAX_PENDING_EVENT_BYTES / 2 && self.unpause()
    }

    pub(crate) fn pause(&self) {
        self.paused.store(true, SeqCst);
    }

    /// Takes the pause back; whether there was one.
    pub(crate) fn unpause(&self) -> bool {
        self.paused.load(SeqCst) && self.paused.swap(false, SeqCst)
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
