//! The ends of sessions.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::exchange::{CloseReason, ConnectionId, Event, INTERNAL_ERROR, Output, SessionKey};
use crate::outgoing::Outgoing;
use crate::polling::{CLOSE, Closing, Polling, Post};
use crate::session::{Session, Transport};
use crate::time::Time;

use super::Sessions;

/// A POST ended before its body did.
pub(super) const POST_CUT_OFF: &str = "data request connection closed prematurely";

/// What all sessions that end together may copy of what full connections had shared: the most that their last words cost.
const LAST_BYTES: usize = 64 << 20;

/// What becomes of a WebSocket's unsent packets when its session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    /// They are sent before the close frame.
    Sent,
    /// They are sent before the close frame, unless the connection is full: then it is dropped.
    Offered,
    /// They are dropped, and so is the connection if a close frame cannot follow at once.
    Dropped,
    /// They are not even looked at, and the connection is dropped.
    Abandoned,
    /// The connection has ended already.
    Lost,
}

impl Sessions {
    /// Closes a session.
    ///
    /// A polling client that has no GET waiting, or whose GET is used for what is queued, is told by its next one, for which up to 30 s are waited; so long the session exists and takes no packets. If the body of a POST is being read instead, the session ends now, by an error as in the reference. With `discard` it ends now, and what a WebSocket has unsent is dropped.
    pub fn close(&mut self, session: SessionKey, reason: CloseReason, discard: bool, now: Time) {
        if discard {
            self.end(session, reason, None, Unsent::Dropped);
        } else {
            self.close_in_order(session, reason, Unsent::Sent, now);
        }
    }

    /// Closes a session whose client has broken a rule: as [`Self::close`], but one that does not read either is not written to any more. What it has unsent
    /// may be shared with many others; it costs no copy of that.
    pub fn expel(&mut self, session: SessionKey, reason: CloseReason, now: Time) {
        self.close_in_order(session, reason, Unsent::Offered, now);
    }

    fn close_in_order(
        &mut self,
        session: SessionKey,
        reason: CloseReason,
        unsent: Unsent,
        now: Time,
    ) {
        self.flush_poll(session);
        let Some(polling) = self.polling_mut(session) else {
            self.end(session, reason, None, unsent);
            return;
        };
        if polling.closing.is_some() {
            return;
        }
        if polling.get.is_some() {
            self.end(session, reason, None, unsent);
            return;
        }
        if polling.post.as_ref().is_some_and(|post| !post.is_read) {
            // It is given up, after which no client comes back.
            self.fail(session, POST_CUT_OFF);
            return;
        }
        polling.closing = Some(Closing::new(reason, now));
        self.schedule(session);
    }

    /// Ends a session at once and drops its connection without another byte: one that is not read from, or that an error of ours has left in doubt.
    pub fn abort(
        &mut self,
        session: SessionKey,
        reason: CloseReason,
        description: Option<&'static str>,
    ) {
        self.end(session, reason, description, Unsent::Abandoned);
    }

    /// Ends a session whose client has broken a rule of polling, or has gone.
    pub(super) fn fail(&mut self, session: SessionKey, description: &'static str) {
        self.end(session, CloseReason::TransportError, Some(description), Unsent::Sent);
    }

    /// Runs a step on behalf of one session: a panic in it costs that session and nothing else.
    pub(super) fn isolate(&mut self, session: SessionKey, step: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| step(self))).is_err() {
            self.abort(session, CloseReason::ForcedClose, Some(INTERNAL_ERROR));
        }
    }

    /// Closes all sessions at once; what WebSockets have unsent is still sent, up to 64 MiB of it in all where they are full.
    pub fn close_all(&mut self, _now: Time) {
        let keys: Vec<_> = self.table.iter().map(|(key, _)| key).collect();
        let mut budget = LAST_BYTES;
        for key in keys {
            let bytes = self.backlog_bytes(key);
            let unsent = if bytes <= budget { Unsent::Sent } else { Unsent::Offered };
            budget -= bytes.min(budget);
            self.end(key, CloseReason::ForcedClose, None, unsent);
        }
    }

    /// Ends a session, if it exists: every end is here.
    pub(super) fn end(
        &mut self,
        key: SessionKey,
        reason: CloseReason,
        description: Option<&'static str>,
        unsent: Unsent,
    ) {
        if unsent != Unsent::Abandoned {
            self.flush_poll(key);
        }
        let Some(Session { transport, outgoing, .. }) = self.remove(key) else { return };
        match transport {
            Transport::WebSocket(connection) => self.leave_websocket(connection, &outgoing, unsent),
            Transport::Polling(polling) => self.leave_polling(*polling),
        }
        self.events.push_back(Event::Closed { session: key, reason, description });
    }

    fn leave_websocket(&mut self, connection: ConnectionId, outgoing: &Outgoing, unsent: Unsent) {
        let is_aborted = match unsent {
            Unsent::Lost => return,
            Unsent::Sent => false,
            Unsent::Offered | Unsent::Dropped => outgoing.is_blocked(),
            Unsent::Abandoned => true,
        };
        if is_aborted {
            self.outputs.push_back(Output::Abort { connection });
            return;
        }
        let mut last = Vec::new();
        if unsent != Unsent::Dropped {
            outgoing.copy_to(&self.arena, &mut last);
        }
        websocket::write_close(&mut last, None);
        self.outputs.push_back(Output::Close { connection, last });
    }

    fn leave_polling(&mut self, polling: Polling) {
        if let Some(get) = polling.get {
            self.respond(get, CLOSE.to_vec());
        }
        if let Some(post) = polling.post {
            self.abort_unread(&post);
        }
        if let Some(probe) = polling.probe {
            let connection = probe.connection;
            self.outputs.push_back(Output::Close { connection, last: close_frame() });
        }
    }

    /// Gives up a POST of a transport that ends, unless its packets are being taken already: then it is answered.
    pub(super) fn abort_unread(&mut self, post: &Post) {
        if !post.is_read && self.posts.remove(&post.id).is_some() {
            self.outputs.push_back(Output::AbortBody { request: post.id });
        }
    }
}

/// A close frame without a status.
pub(super) fn close_frame() -> Vec<u8> {
    let mut bytes = Vec::new();
    websocket::write_close(&mut bytes, None);
    bytes
}
