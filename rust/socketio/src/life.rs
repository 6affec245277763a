//! The beginning and the end of sessions, and what the operator is told of them.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use engineio::{CloseReason, INTERNAL_ERROR, Request, SessionKey, Time};

use crate::client::Client;
use crate::conn::Conn;
use crate::event::{DisconnectReason, Event};
use crate::exchange::Output;
use crate::hub::{Hub, Phase};
use crate::notices::Notice;
use crate::stats::Limit;

impl Hub {
    pub(crate) fn open(&mut self, session: SessionKey, request: Request, now: Time) {
        let (sid, transport) = (self.sessions.sid(session), self.sessions.transport(session));
        let (Some(sid), Some(transport)) = (sid, transport) else { return };
        let all_events = Arc::clone(&self.all_events);
        self.begin(Conn::new(session, sid, request, transport, all_events), now);
    }

    /// A session begins.
    pub(crate) fn begin(&mut self, conn: Conn, now: Time) {
        let session = conn.session;
        self.front.stats().open();
        self.clients.insert(Client::new(conn));
        if self.config.raw {
            return self.connect(session, "/", "", now);
        }
        self.connects.push_back((now + self.config.connect_timeout, session));
        // Those of sessions that have joined or gone never outnumber the others by much.
        if self.connects.len() > 2 * self.sessions.len() {
            let mut connects = std::mem::take(&mut self.connects);
            connects.retain(|&(_, session)| self.is_without_namespace(session));
            self.connects = connects;
        }
    }

    /// Closes the sessions that have not joined a namespace in time.
    pub(crate) fn close_silent(&mut self, now: Time) {
        while self.connects.front().is_some_and(|&(at, _)| at <= now) {
            let Some((_, session)) = self.connects.pop_front() else { return };
            if self.is_without_namespace(session) {
                self.reached(Limit::ConnectTimeout);
                let seconds = self.config.connect_timeout.as_secs_f64();
                let text = format_args!(
                    "closed a connection that joined no namespace within {seconds} s; see the option connect_timeout"
                );
                self.log(Notice::Silent, text, now);
                self.sessions.close(session, CloseReason::ForcedClose, false, now);
            }
        }
    }

    fn is_without_namespace(&mut self, session: SessionKey) -> bool {
        self.clients.get_mut(session).is_some_and(|client| !client.joined)
    }

    /// A request was refused: tells of a client that is too old.
    pub(crate) fn note_refused(&mut self, request: &Request, now: Time) {
        if request.query_value("EIO").as_deref() == Some("3") {
            let text =
                "refused a client of Socket.IO 2: version 3 or 4 of socket.io-client is needed";
            self.log(Notice::OldProtocol, text, now);
        }
    }

    /// The application did not say in time whether a session may be opened.
    pub fn note_unanswered(&mut self, hook_timeout: Duration, now: Time) {
        let seconds = hook_timeout.as_secs_f64();
        let text =
            format_args!("allow_request took longer than {seconds} s: see the option hook_timeout");
        self.log(Notice::Unanswered, text, now);
    }

    /// A Socket.IO client asks elsewhere than under the engine's path, and finds nothing.
    pub fn note_wrong_path(&mut self, request: &Request, now: Time) {
        if request.query_value("EIO").is_some() {
            let protocol = if self.config.raw { "Engine.IO alone" } else { "Socket.IO" };
            let text = format!(
                "a client asks for Socket.IO at {:?}; {protocol} is at {:?}: see the option path",
                request.path(),
                self.config.engine.path
            );
            self.log(Notice::WrongPath, text, now);
        }
    }

    /// A WebSocket has sent what is no frame, or too large a message, and is closed.
    pub fn note_bad_frame(&mut self, error: websocket::Error, now: Time) {
        let is_too_big = matches!(error, websocket::Error::TooBig { .. });
        if is_too_big {
            self.reached(Limit::MaxHttpBufferSize);
        }
        let remedy = if is_too_big { ": see max_http_buffer_size" } else { "" };
        self.log(Notice::BadFrame, format_args!("closed a WebSocket: {error}{remedy}"), now);
    }

    /// A WebSocket has sent too many control frames, and is closed.
    pub fn note_control_frames(&mut self, now: Time) {
        self.reached(Limit::MaxControlFrames);
        let text = "closed a WebSocket: too many control frames: see max_control_frames of Limits";
        self.log(Notice::BadFrame, text, now);
    }

    /// Connections can't be accepted, for want of descriptors for instance.
    pub fn note_no_accept(&mut self, error: impl Display, now: Time) {
        self.log(Notice::NoAccept, format_args!("can't accept connections: {error}"), now);
    }

    /// A WebSocket was asked for by a page of another origin, and `accepted` or not.
    pub(crate) fn note_foreign(&mut self, request: &Request, accepted: bool, now: Time) {
        if self.config.engine.cors.is_some() {
            if !accepted {
                let text = "refused a WebSocket of an origin that the option cors does not list";
                self.log(Notice::ForeignOrigin, text, now);
            }
        } else if accepted && request.header("cookie").is_some() {
            let text = "a page of another origin opened a WebSocket that carries a cookie: any site may act for your users; see the option cors";
            self.log(Notice::ForeignCookie, text, now);
        }
    }

    /// Takes what the engine says of its sessions.
    pub(crate) fn settle(&mut self, now: Time) {
        while let Some(event) = self.sessions.poll_event() {
            match event {
                engineio::Event::Closed { session, reason, description } => {
                    self.note_close(reason, description, now);
                    self.close_client(session, reason.into(), description);
                }
                engineio::Event::Upgraded { session } => self.upgraded(session, now),
                engineio::Event::UpgradeTimedOut => self.reached(Limit::UpgradeTimeout),
            }
        }
        if self.phase == Phase::Stopping && self.sessions.is_empty() {
            self.phase = Phase::Stopped;
            self.front.end();
            self.batch.events.push(Event::Stopped);
            self.outputs.push_back(Output::Stopped);
        }
    }

    /// Tells of a close that the engine has decided.
    fn note_close(&mut self, reason: CloseReason, description: Option<&'static str>, now: Time) {
        if description == Some(INTERNAL_ERROR) {
            let text = "closed a connection after an internal error";
            self.log(Notice::InternalError, text, now);
        } else if reason == CloseReason::PingTimeout {
            self.reached(Limit::PingTimeout);
            let seconds = self.config.engine.ping_timeout.as_secs_f64();
            let text = format_args!(
                "closed a connection whose client answered no ping within {seconds} s; see the option ping_timeout"
            );
            self.log(Notice::PingTimeout, text, now);
        } else if reason == CloseReason::ParseError {
            let text = "closed a connection that sent no packet of Engine.IO";
            self.log(Notice::BadPacket, text, now);
        } else if let Some(description) = description {
            self.note_breach(description, now);
        }
    }

    /// Tells of a close for what a client did against the rules of its transport, as the engine describes it.
    fn note_breach(&mut self, description: &'static str, now: Time) {
        let text = match description {
            "overlap from client" | "data request overlap from client" => {
                "closed a polling client that sent two requests of a kind at a time: a proxy may have repeated one"
            }
            "invalid content" => {
                "closed a polling client that posted application/octet-stream, which none of Engine.IO 4 does"
            }
            "invalid heartbeat direction" => {
                "closed a client that sent a ping: version 3 or 4 of socket.io-client is needed"
            }
            // The client's own doing.
            _ => return,
        };
        self.log(Notice::Breach, text, now);
    }

    fn upgraded(&mut self, session: SessionKey, now: Time) {
        let Some(client) = self.clients.get_mut(session) else { return };
        client.conn.set_transport(engineio::TransportName::WebSocket);
        self.batch.events.push(Event::Upgraded { session });
        self.read_rest(session, now);
    }

    /// A session has ended.
    pub(crate) fn close_client(
        &mut self,
        session: SessionKey,
        reason: DisconnectReason,
        description: Option<&'static str>,
    ) {
        let Some(client) = self.clients.get_mut(session) else { return };
        let reason = client.reason.unwrap_or(reason);
        self.front.stats().closed(reason);
        self.end_sockets(session, reason, description);
        let Some(Client { conn, body, .. }) = self.clients.remove(session) else { return };
        conn.set_over();
        if let Some(body) = body {
            let response = self.sessions.finish_body(session, body.request);
            self.respond(body.request, response);
        }
        self.batch.events.push(Event::Closed { session });
        self.batch.events.extend(conn.carried.map(Event::Released));
    }

    pub(crate) fn log(&mut self, notice: Notice, text: impl Display, now: Time) {
        self.batch.events.extend(self.notices.line(notice, text, now).map(Event::Log));
    }
}
