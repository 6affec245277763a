//! WebSocket handshakes, and the way of a session from polling to WebSocket.

use websocket::Opcode;

use crate::check::{self, Checked, Params};
use crate::config::TransportName;
use crate::exchange::{ConnectionId, Event, Frame, Output, SessionKey, Upgrade};
use crate::polling::{CLOSE, NOOP};
use crate::request::Request;
use crate::response::Response;
use crate::session::Transport;
use crate::time::Time;
use crate::upgrade::{Probe, Step};
use crate::{cors, handshake, packet};

use super::Sessions;
use super::closing::{Unsent, close_frame};

impl Sessions {
    /// Takes an upgrade request. `connection` stands for the WebSocket that it is about to become.
    ///
    /// Gives what the WebSocket is for and the 101.
    ///
    /// # Errors
    /// The response that refuses it; the driver writes it and closes the connection.
    pub fn handle_upgrade(
        &mut self,
        request: &Request,
        connection: ConnectionId,
        now: Time,
    ) -> Result<(Upgrade, Response), Response> {
        let params = Params::of(request);
        let checked =
            check::check_upgrade(&self.config, request, &params, |sid: &str| self.find(sid))
                .map_err(handshake::refuse_upgrade)?;
        let headers = self.config.cors.as_ref().map(|cors| cors::headers(cors, request));
        let response = handshake::accept_websocket(request, headers.unwrap_or_default())?;
        if params.transport != Some(TransportName::WebSocket) {
            return Ok((Upgrade::CloseAtOnce, response));
        }
        let upgrade = match checked {
            Checked::Session(session) => self.probe(session, connection, now),
            Checked::Handshake => {
                params.check_protocol().map_err(handshake::refuse_upgrade)?;
                Upgrade::Opened(self.open_websocket(connection, now))
            }
        };
        Ok((upgrade, response))
    }

    fn open_websocket(&mut self, connection: ConnectionId, now: Time) -> SessionKey {
        let (session, data) = self.open(Transport::WebSocket(connection), now);
        if cfg!(not(feature = "raw-echo")) {
            self.send(session, |out| packet::write_text(out, packet::OPEN, &data));
        }
        session
    }

    /// A session that is being upgraded, was upgraded, or began as a WebSocket, is left as it is.
    fn probe(&mut self, session: SessionKey, connection: ConnectionId, now: Time) -> Upgrade {
        let probe = Probe::new(connection, &self.config, now);
        match self.polling_mut(session) {
            Some(polling) if polling.probe.is_none() => polling.probe = Some(probe),
            _ => return Upgrade::CloseAtOnce,
        }
        self.schedule(session);
        Upgrade::Probing(session)
    }

    /// A message came on the WebSocket that probes.
    pub(super) fn receive_probe(&mut self, session: SessionKey, frame: Frame<'_>, now: Time) {
        match Step::of(frame) {
            Step::Answer => self.answer_probe(session, now),
            Step::Complete => self.complete_upgrade(session, now),
            Step::Abandon => self.abandon_probe(session),
        }
    }

    fn answer_probe(&mut self, session: SessionKey, now: Time) {
        let probe = self.polling_mut(session).and_then(|polling| polling.probe.as_mut());
        let Some(probe) = probe else { return };
        probe.schedule_noop(now);
        let connection = probe.connection;
        let mut bytes = Vec::new();
        packet::write_text(&mut bytes, packet::PONG, "probe");
        self.outputs.push_back(Output::Write { connection, bytes });
        self.schedule(session);
    }

    fn complete_upgrade(&mut self, key: SessionKey, now: Time) {
        let Some(session) = self.table.get_mut(key) else { return };
        let Transport::Polling(polling) = &mut session.transport else { return };
        let Some(probe) = polling.probe.take() else { return };
        let polling = std::mem::take(&mut **polling);
        session.transport = Transport::WebSocket(probe.connection);
        session.heartbeat.rearm(&self.config, now);
        if let Some(get) = polling.get {
            self.respond(get, CLOSE.to_vec());
        }
        if let Some(post) = polling.post {
            self.abort_unread(&post);
        }
        self.events.push_back(Event::Upgraded { session: key });
        match polling.closing {
            Some(closing) => self.end(key, closing.reason, None, Unsent::Sent),
            None => self.list(key),
        }
        self.schedule(key);
    }

    /// Ends the probe; the session stays with polling and may try again.
    pub(super) fn abandon_probe(&mut self, session: SessionKey) {
        if let Some(probe) = self.polling_mut(session).and_then(|polling| polling.probe.take()) {
            let connection = probe.connection;
            self.outputs.push_back(Output::Close { connection, last: close_frame() });
        }
    }

    /// Does what is due for an upgrade: an end to it, or the noop that frees the client from a GET that waits.
    pub(super) fn fire_probe(&mut self, session: SessionKey, now: Time) {
        let Some(polling) = self.polling_mut(session) else { return };
        let Some(probe) = &mut polling.probe else { return };
        if probe.until <= now {
            self.events.push_back(Event::UpgradeTimedOut);
            self.abandon_probe(session);
        } else if probe.noop_at.is_some_and(|noop_at| noop_at <= now) {
            probe.schedule_noop(now);
            self.flush_poll(session);
            let get = self.polling_mut(session).and_then(|polling| polling.get.take());
            if let Some(get) = get {
                self.respond(get, NOOP.to_vec());
            }
        }
    }

    /// A WebSocket ping came: queues the pong. While a pong of an earlier batch is unsent no other is queued (RFC 6455, 5.5.3).
    pub fn receive_ping(&mut self, session: SessionKey, connection: ConnectionId, data: &[u8]) {
        let Some(state) = self.table.get_mut(session) else { return };
        if matches!(state.transport, Transport::WebSocket(current) if current == connection) {
            if state.outgoing.takes_pong() {
                state.outgoing.note_pong();
                self.send(session, |out| websocket::write_frame(out, Opcode::Pong, data));
            }
        } else if state.is_probed_by(connection) {
            let mut bytes = Vec::new();
            websocket::write_frame(&mut bytes, Opcode::Pong, data);
            self.outputs.push_back(Output::Write { connection, bytes });
        }
    }
}
