//! What is counted: how sessions ended, and how often each bound was reached.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::event::DisconnectReason;

/// A bound; its name is that of the option, or of the field of the language side's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// A client's send queue.
    SendQueueBytes,
    /// Events of a connection, and their bytes.
    MaxPendingEvents,
    /// See there.
    MaxPendingEventBytes,
    /// The same while an answer of its client is awaited.
    MaxPendingEventsAsked,
    /// See there.
    MaxPendingEventBytesAsked,
    /// The same of all connections.
    MaxTotalPendingEvents,
    /// See there.
    MaxTotalPendingEventBytes,
    /// The same for those of whose clients answers are awaited.
    MaxTotalPendingEventsAsked,
    /// See there.
    MaxTotalPendingEventBytesAsked,
    /// Events that wait for `connection` handlers.
    MaxHeldEvents,
    /// Handlers of a socket.
    MaxRunningHandlers,
    /// The inbox's soft bound.
    SoftInboxBytes,
    /// The inbox's hard bound.
    MaxInboxBytes,
    /// One packet that is sent.
    MaxPacketBytes,
    /// Namespaces of a client.
    MaxNamespaces,
    /// A namespace's name.
    MaxNamespaceBytes,
    /// Unknown namespaces of a client.
    MaxUnknownNamespaces,
    /// Requests that are to be allowed.
    MaxPendingAsks,
    /// Answers awaited of a socket.
    MaxPendingAcks,
    /// Packets and sessions of those who may come back.
    MaxRecoveryBytes,
    /// Changes of rooms that nobody took.
    MaxRoomEvents,
    /// Calls of adapters that go on.
    MaxAdapterCalls,
    /// Attachments of a packet.
    MaxAttachments,
    /// A message, or a request's body.
    MaxHttpBufferSize,
    /// Control frames of a WebSocket.
    MaxControlFrames,
    /// A request's head.
    MaxHeadBytes,
    /// A request's headers.
    MaxHeaders,
    /// A request's target.
    MaxUrlBytes,
    /// The time of a request's head.
    HeadTimeout,
    /// A pause in a request's body.
    BodyTimeout,
    /// A pause in a response.
    ResponseTimeout,
    /// The peer's close frame.
    CloseTimeout,
    /// The time to the first namespace.
    ConnectTimeout,
    /// The time of a pong.
    PingTimeout,
    /// The time of an upgrade.
    UpgradeTimeout,
    /// The time of a hook.
    HookTimeout,
}

/// Bounds and reasons by their numbers.
const LIMITS: [(Limit, &str); 36] = [
    (Limit::SendQueueBytes, "send_queue_bytes"),
    (Limit::MaxPendingEvents, "max_pending_events"),
    (Limit::MaxPendingEventBytes, "max_pending_event_bytes"),
    (Limit::MaxPendingEventsAsked, "max_pending_events_asked"),
    (Limit::MaxPendingEventBytesAsked, "max_pending_event_bytes_asked"),
    (Limit::MaxTotalPendingEvents, "max_total_pending_events"),
    (Limit::MaxTotalPendingEventBytes, "max_total_pending_event_bytes"),
    (Limit::MaxTotalPendingEventsAsked, "max_total_pending_events_asked"),
    (Limit::MaxTotalPendingEventBytesAsked, "max_total_pending_event_bytes_asked"),
    (Limit::MaxHeldEvents, "max_held_events"),
    (Limit::MaxRunningHandlers, "max_running_handlers"),
    (Limit::SoftInboxBytes, "soft_inbox_bytes"),
    (Limit::MaxInboxBytes, "max_inbox_bytes"),
    (Limit::MaxPacketBytes, "max_packet_bytes"),
    (Limit::MaxNamespaces, "max_namespaces"),
    (Limit::MaxNamespaceBytes, "max_namespace_bytes"),
    (Limit::MaxUnknownNamespaces, "max_unknown_namespaces"),
    (Limit::MaxPendingAsks, "max_pending_asks"),
    (Limit::MaxPendingAcks, "max_pending_acks"),
    (Limit::MaxRecoveryBytes, "max_recovery_bytes"),
    (Limit::MaxRoomEvents, "max_room_events"),
    (Limit::MaxAdapterCalls, "max_adapter_calls"),
    (Limit::MaxAttachments, "max_attachments"),
    (Limit::MaxHttpBufferSize, "max_http_buffer_size"),
    (Limit::MaxControlFrames, "max_control_frames"),
    (Limit::MaxHeadBytes, "max_head_bytes"),
    (Limit::MaxHeaders, "max_headers"),
    (Limit::MaxUrlBytes, "max_url_bytes"),
    (Limit::HeadTimeout, "head_timeout"),
    (Limit::BodyTimeout, "body_timeout"),
    (Limit::ResponseTimeout, "response_timeout"),
    (Limit::CloseTimeout, "close_timeout"),
    (Limit::ConnectTimeout, "connect_timeout"),
    (Limit::PingTimeout, "ping_timeout"),
    (Limit::UpgradeTimeout, "upgrade_timeout"),
    (Limit::HookTimeout, "hook_timeout"),
];

const REASONS: [DisconnectReason; 10] = [
    DisconnectReason::TransportClose,
    DisconnectReason::TransportError,
    DisconnectReason::ParseError,
    DisconnectReason::PingTimeout,
    DisconnectReason::ForcedClose,
    DisconnectReason::ClientNamespaceDisconnect,
    DisconnectReason::ServerNamespaceDisconnect,
    DisconnectReason::ForcedServerClose,
    DisconnectReason::ServerShuttingDown,
    DisconnectReason::SlowConsumer,
];

/// Counters that any thread may read and advance; they never go back.
#[derive(Debug)]
pub struct Stats {
    opened: AtomicU64,
    closed: [AtomicU64; REASONS.len()],
    limits: [AtomicU64; LIMITS.len()],
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            opened: AtomicU64::default(),
            closed: Default::default(),
            limits: std::array::from_fn(|_| AtomicU64::default()),
        }
    }
}

impl Stats {
    /// A bound was reached.
    pub fn reached(&self, limit: Limit) {
        self.limits[limit as usize].fetch_add(1, Relaxed);
    }

    /// A session was opened.
    pub(crate) fn open(&self) {
        self.opened.fetch_add(1, Relaxed);
    }

    /// How many sessions were opened.
    pub fn opened(&self) -> u64 {
        self.opened.load(Relaxed)
    }

    /// A session has ended.
    pub(crate) fn closed(&self, reason: DisconnectReason) {
        self.closed[reason as usize].fetch_add(1, Relaxed);
    }

    /// How many sessions ended for each reason.
    pub fn closes(&self) -> impl Iterator<Item = (DisconnectReason, u64)> {
        REASONS.into_iter().zip(self.closed.iter().map(|count| count.load(Relaxed)))
    }

    /// How often each bound was reached.
    pub fn limits(&self) -> impl Iterator<Item = (&'static str, u64)> {
        LIMITS.iter().zip(&self.limits).map(|(&(_, name), count)| (name, count.load(Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_counted_under_its_own_name() {
        for (number, (limit, _)) in LIMITS.into_iter().enumerate() {
            assert_eq!(limit as usize, number);
        }
        for (number, reason) in REASONS.into_iter().enumerate() {
            assert_eq!(reason as usize, number);
        }
        let stats = Stats::default();
        stats.reached(Limit::HookTimeout);
        stats.closed(DisconnectReason::SlowConsumer);
        stats.closed(DisconnectReason::SlowConsumer);
        let reached: Vec<_> = stats.limits().filter(|&(_, count)| count > 0).collect();
        assert_eq!(reached, [("hook_timeout", 1)]);
        let closed: Vec<_> = stats.closes().filter(|&(_, count)| count > 0).collect();
        assert_eq!(closed, [(DisconnectReason::SlowConsumer, 2)]);
    }
}
