//! Anything in any order: no panic, one end per session, one answer per request, messages whole and in order, nothing left behind.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "../common/mod.rs"]
mod common;
mod steps;

use std::collections::HashMap;

use common::Driver;
use engineio::{
    CloseReason, ConnectionId, Event, Frame, Outcome, Output, Received, RequestId, Response,
    SessionKey, Upgrade,
};
use proptest::prelude::*;
use steps::{Step, step};
use websocket::{Frames, Opcode};

#[derive(Default)]
struct SessionLog {
    query: String,
    sent: Vec<String>,
    polled: Vec<String>,
    closed: usize,
}

#[derive(Default)]
struct ConnectionLog {
    session: Option<SessionKey>,
    bytes: Vec<u8>,
    /// The driver was told to close, abort, or that the peer had gone.
    is_over: bool,
    is_whole: bool,
}

struct World {
    driver: Driver,
    sessions: HashMap<SessionKey, SessionLog>,
    session_keys: Vec<SessionKey>,
    connections: HashMap<ConnectionId, ConnectionLog>,
    connection_ids: Vec<ConnectionId>,
    /// Requests without an answer, with their sessions; `true` for those whose body is read.
    requests: HashMap<RequestId, (SessionKey, bool)>,
}

impl World {
    fn new() -> Self {
        Self {
            driver: Driver::new(),
            sessions: HashMap::new(),
            session_keys: Vec::new(),
            connections: HashMap::new(),
            connection_ids: Vec::new(),
            requests: HashMap::new(),
        }
    }

    fn session(&self, index: usize) -> Option<SessionKey> {
        self.session_keys.iter().rev().nth(index % 4).copied()
    }

    fn connection(&self, index: usize) -> Option<(SessionKey, ConnectionId)> {
        let id = *self.connection_ids.iter().rev().nth(index % 4)?;
        Some((self.connections[&id].session?, id))
    }

    fn body(&self, index: usize) -> Option<(SessionKey, RequestId)> {
        let mut bodies: Vec<_> =
            self.requests.iter().filter(|(_, (_, is_body))| *is_body).collect();
        bodies.sort();
        let (id, (session, _)) = bodies.get(index % bodies.len().max(1))?;
        Some((*session, **id))
    }

    fn note_session(&mut self, session: SessionKey) {
        let sid = self.driver.sessions.sid(session).unwrap();
        let query = format!("transport=polling&sid={sid}");
        let log = SessionLog { query, ..SessionLog::default() };
        assert!(self.sessions.insert(session, log).is_none());
        self.session_keys.push(session);
    }

    fn upgrade(&mut self, query: &str) {
        let (id, upgrade) = self.driver.upgrade(query, &[]);
        let session = match upgrade {
            Ok((Upgrade::Opened(session), _)) => {
                self.note_session(session);
                Some(session)
            }
            Ok((Upgrade::Probing(session), _)) => Some(session),
            Ok((Upgrade::CloseAtOnce, _)) | Err(_) => return,
        };
        self.connections.insert(id, ConnectionLog { session, ..ConnectionLog::default() });
        self.connection_ids.push(id);
    }

    fn request(&mut self, session: SessionKey, method: &'static str) {
        let query = self.sessions[&session].query.clone();
        let (id, outcome) = self.driver.request(method, &query, &[]);
        match outcome {
            Outcome::Respond(response) | Outcome::Polled { response, .. } => {
                self.polled(session, &response);
            }
            Outcome::Parked { session: named } => {
                assert_eq!(named, session);
                self.requests.insert(id, (session, false));
            }
            Outcome::Body { session: named, .. } => {
                assert_eq!(named, session);
                self.requests.insert(id, (session, true));
            }
            Outcome::Opened { .. } => panic!("a sid opens nothing"),
        }
    }

    fn polled(&mut self, session: SessionKey, response: &Response) {
        if response.status == 200 {
            let body = std::str::from_utf8(&response.body).unwrap();
            let messages = body.split('\x1e').filter_map(|packet| packet.strip_prefix('4'));
            self.sessions.get_mut(&session).unwrap().polled.extend(messages.map(str::to_owned));
        }
    }

    fn send(&mut self, session: SessionKey, size: usize) {
        let log = self.sessions.get_mut(&session).unwrap();
        let data = format!("{}{}", log.sent.len(), "x".repeat(size));
        if self.driver.send(session, &data) > 0 {
            log.sent.push(data);
        }
    }

    fn broadcast(&mut self) {
        // Sessions count their messages, so those of the same number share one.
        let keys = self.session_keys.clone();
        let Some(first) = keys.last() else { return };
        let data = format!("{}broadcast", self.sessions[first].sent.len());
        let start = u32::try_from(self.driver.sessions.arena().len()).unwrap();
        engineio::packet::write_text(self.driver.sessions.arena(), b'4', &data);
        let end = u32::try_from(self.driver.sessions.arena().len()).unwrap();
        for key in keys {
            let count = self.sessions[&key].sent.len();
            let is_next = data == format!("{count}broadcast");
            if is_next && self.driver.sessions.enqueue(key, start..end) > 0 {
                self.sessions.get_mut(&key).unwrap().sent.push(data.clone());
            }
        }
    }

    fn flush(&mut self, limit: usize) {
        self.settle();
        for (id, bytes) in self.driver.flush_some(limit) {
            let log = self.connections.get_mut(&id).unwrap();
            assert!(!log.is_over);
            log.bytes.extend(bytes);
        }
    }

    fn write(&mut self, session: SessionKey, id: ConnectionId, limit: usize) {
        self.settle();
        let is_current = self.driver.sessions.transport(session)
            == Some(engineio::TransportName::WebSocket)
            && !self.connections[&id].is_over;
        let last = self.connection_ids.iter().rev();
        let newest = last.copied().find(|other| self.connections[other].session == Some(session));
        if is_current && newest == Some(id) {
            let bytes = self.driver.write(session, limit);
            self.connections.get_mut(&id).unwrap().bytes.extend(bytes);
        }
    }

    /// Takes events and outputs.
    fn settle(&mut self) {
        for output in self.driver.outputs() {
            match output {
                Output::Respond { request, response } => {
                    let (session, is_body) = self.requests.remove(&request).unwrap();
                    assert!(!is_body);
                    self.polled(session, &response);
                }
                Output::AbortBody { request } => assert!(self.requests.remove(&request).unwrap().1),
                Output::Write { connection, bytes } => {
                    self.connections.get_mut(&connection).unwrap().bytes.extend(bytes);
                }
                Output::Close { connection, last } => {
                    let log = self.connections.get_mut(&connection).unwrap();
                    assert!(!std::mem::replace(&mut log.is_over, true));
                    log.bytes.extend(last);
                    log.is_whole = true;
                }
                Output::Abort { connection } => {
                    let log = self.connections.get_mut(&connection).unwrap();
                    assert!(!std::mem::replace(&mut log.is_over, true));
                }
            }
        }
        for event in self.driver.events() {
            if let Event::Closed { session, .. } = event {
                self.sessions.get_mut(&session).unwrap().closed += 1;
            }
        }
    }

    fn receive_body(&mut self, index: usize, packet: &'static str) {
        let Some((session, id)) = self.body(index) else { return };
        let received = self.driver.sessions.receive_packet(session, packet, self.driver.now);
        if received == Received::Closed {
            self.settle();
            // A session that was gone before its first packet has given its body up already.
            if self.requests.contains_key(&id) {
                self.finish(session, id);
            }
        }
    }

    fn finish(&mut self, session: SessionKey, id: RequestId) {
        assert_eq!(self.driver.sessions.finish_body(session, id).status, 200);
        assert!(self.requests.remove(&id).is_some());
    }

    fn connection_step(&mut self, index: usize, step: &Step) {
        let Some((session, id)) = self.connection(index) else { return };
        if self.connections[&id].is_over {
            return;
        }
        let now = self.driver.now;
        let sessions = &mut self.driver.sessions;
        match *step {
            Step::Text(_, text) => {
                sessions.receive_frame(session, id, Frame::Text(text), now);
            }
            Step::Binary(_) => {
                sessions.receive_frame(session, id, Frame::Binary(b"x"), now);
            }
            Step::Ping(_) => sessions.receive_ping(session, id, b"ping"),
            Step::Hangup(_, hangup) => {
                sessions.connection_closed(session, id, hangup, now);
                self.connections.get_mut(&id).unwrap().is_over = true;
            }
            Step::Write(_, limit) => self.write(session, id, limit),
            _ => unreachable!(),
        }
    }

    fn session_step(&mut self, index: usize, step: &Step) {
        let Some(session) = self.session(index) else { return };
        let now = self.driver.now;
        match *step {
            Step::Request(_, method) => self.request(session, method),
            Step::Probe(_) => {
                let query = self.sessions[&session].query.replace("polling", "websocket");
                self.upgrade(&query);
            }
            Step::Send(_, size) => self.send(session, size),
            Step::Close(_, discard) => {
                self.driver.sessions.close(session, CloseReason::ForcedClose, discard, now);
            }
            Step::Pause(_, paused) => self.driver.sessions.set_paused(session, paused, now),
            _ => unreachable!(),
        }
    }

    fn body_step(&mut self, index: usize, step: &Step) {
        if let Step::Packet(_, packet) = *step {
            return self.receive_body(index, packet);
        }
        let Some((session, id)) = self.body(index) else { return };
        if let Step::TooLarge(_) = step {
            assert_eq!(self.driver.sessions.body_too_large(session, id).status, 413);
            assert!(self.requests.remove(&id).is_some());
        } else {
            self.finish(session, id);
        }
    }

    fn abort_request(&mut self, index: usize) {
        let mut ids: Vec<_> = self.requests.keys().copied().collect();
        ids.sort();
        let Some(&id) = ids.get(index % ids.len().max(1)) else { return };
        let (session, _) = self.requests.remove(&id).unwrap();
        self.driver.sessions.request_aborted(session, id, self.driver.now);
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::OpenPolling => {
                let session = self.driver.open_polling();
                self.note_session(session);
            }
            Step::OpenWebSocket => self.upgrade("transport=websocket"),
            Step::Broadcast => self.broadcast(),
            Step::Flush(limit) => self.flush(limit),
            Step::CloseAll => self.driver.sessions.close_all(self.driver.now),
            Step::Pass(millis) => self.driver.pass(millis),
            Step::AbortRequest(index) => self.abort_request(index),
            Step::Packet(index, _) | Step::FinishBody(index) | Step::TooLarge(index) => {
                self.body_step(index, step);
            }
            Step::Request(index, _)
            | Step::Probe(index)
            | Step::Send(index, _)
            | Step::Close(index, _)
            | Step::Pause(index, _) => self.session_step(index, step),
            Step::Text(index, _)
            | Step::Binary(index)
            | Step::Ping(index)
            | Step::Hangup(index, _)
            | Step::Write(index, _) => self.connection_step(index, step),
        }
        self.settle();
    }

    /// Ends everything and checks what is left.
    fn finish_all(mut self) {
        self.driver.sessions.close_all(self.driver.now);
        self.settle();
        let bodies: Vec<_> =
            self.requests.iter().map(|(id, (session, _))| (*session, *id)).collect();
        for (session, id) in bodies {
            assert!(self.requests[&id].1, "a parked request is answered when its session ends");
            self.finish(session, id);
        }
        self.flush(usize::MAX);
        self.driver.pass(120_000);
        self.settle();
        assert!(self.sessions.values().all(|log| log.closed == 1));
        assert_eq!(self.driver.sessions.len(), 0);
        assert_eq!(self.driver.sessions.next_timeout(), None);
        let left = format!("{:?}", self.driver.sessions);
        assert!(left.contains("posts: {}") && left.contains("listed: []"), "{left}");
        for (session, log) in &self.sessions {
            self.check_messages(*session, log);
        }
    }

    /// What a client got is what it was sent, without gaps, as far as it got.
    fn check_messages(&self, session: SessionKey, log: &SessionLog) {
        let mut got = log.polled.clone();
        for id in &self.connection_ids {
            let connection = &self.connections[id];
            if connection.session == Some(session) && connection.is_whole {
                got.extend(messages(&connection.bytes));
            }
        }
        assert!(log.sent.starts_with(&got), "{:?} is not the start of {:?}", got, log.sent);
    }
}

/// The messages of a whole stream of frames, which ends with a close frame.
fn messages(stream: &[u8]) -> Vec<String> {
    let frames: Vec<_> = Frames::new(stream).collect();
    let (last, frames) = frames.split_last().unwrap();
    assert_eq!(*last, (Opcode::Close, &b""[..]));
    let text = |content: &[u8]| String::from_utf8(content.to_vec()).unwrap();
    let packets = frames.iter().map(|(opcode, content)| match opcode {
        Opcode::Text => text(content),
        Opcode::Pong => String::new(),
        other => panic!("{other:?} was never sent"),
    });
    packets.filter_map(|packet| packet.strip_prefix('4').map(str::to_owned)).collect()
}

proptest! {
    #[test]
    fn a28_whatever_happens_every_session_and_request_ends_once(
        steps in prop::collection::vec(step(), 1..150)
    ) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.finish_all();
    }
}
