//! Row 6: events that no handler was found for: kept while there may be one yet, and told once.

use pyo3::prelude::*;
use socketio::{Limit, SocketKey};

use crate::dispatch::Pass;
use crate::events::Incoming;
use crate::objects::PySocket;
use crate::phase::Phase;
use crate::python::{Level, log_line};

/// What has become of an event that found no handler.
enum Hold {
    /// It is tried again when the `connection` handlers have ended.
    Kept,
    /// They run still, and no more are kept for them.
    Full,
    /// They have ended.
    Over,
}

impl<'py> Pass<'_, 'py> {
    /// An event that has no handler (yet).
    pub(crate) fn unheard(
        &self,
        socket: &Bound<'py, PySocket>,
        event: &Incoming<'_>,
        name: &[u8],
    ) -> PyResult<()> {
        if self.server.get().config.raw && self.was_handed_over(socket.get()) {
            return self.count(socket, event);
        }
        match self.hold(socket.get().key, event) {
            Hold::Kept => return Ok(()),
            Hold::Full => {}
            Hold::Over if event.seen.as_ref().is_some_and(|seen| seen.is_caught) => {}
            Hold::Over => self.note_unheard(socket, name),
        }
        self.count(socket, event)
    }

    /// Nobody handles an event of this name: tells it once.
    fn note_unheard(&self, socket: &Bound<'py, PySocket>, name: &[u8]) {
        let namespace = socket.get().namespace.get();
        if name.is_empty() || !namespace.is_news(name) {
            return;
        }
        if self.server.get().config.raw {
            let text = "no handler for the messages of a client: @socket.on(\"message\") makes one";
            log_line(self.py(), Level::Warning, text);
        } else {
            let name = String::from_utf8_lossy(name);
            // A client may have chosen it.
            let namespace = namespace.name.bind(self.py()).to_string_lossy();
            let namespace = namespace.escape_debug();
            let remedy = match &*name {
                // Names of the server's own: `io.on` never gets them from a client.
                "connection" | "new_namespace" => format!("socket.on({name:?}) makes one"),
                "error" => "a client's event of this name is for nobody".to_owned(),
                _ => format!("@io.on({name:?}) makes one"),
            };
            let text = format!(
                "no handler for the event {name:?} that a client sent to {namespace}: {remedy}"
            );
            log_line(self.py(), Level::Warning, &text);
        }
    }

    /// Keeps an event without a handler while `connection` handlers run.
    fn hold(&self, key: SocketKey, event: &Incoming<'_>) -> Hold {
        let server = self.server.get();
        let limit = server.config.limits.max_held_events;
        let mut state = server.state.lock();
        let Some(slot) = state.sockets.get(key) else { return Hold::Over };
        let is_nameless = event.data.is_empty() && !self.server.get().config.raw;
        if !matches!(slot.phase, Phase::Connecting(_)) || is_nameless {
            return Hold::Over;
        }
        let sid = slot.info.id;
        let extra = slot.extra();
        if extra.held.len() < limit {
            extra.held.push_back(event.keep());
            return Hold::Kept;
        }
        let known = std::mem::replace(&mut extra.overflowed, true);
        drop(state);
        server.front.stats().reached(Limit::MaxHeldEvents);
        if !known {
            let text = format!(
                "events of socket {sid} are dropped: {limit} wait already for its connection handlers"
            );
            log_line(self.py(), Level::Warning, &text);
        }
        Hold::Full
    }
}
