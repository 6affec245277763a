//! A driver without sockets: requests and messages as text, time as a number.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use engineio::{
    CloseReason, Config, ConnectionId, Event, Frame, Key, Outcome, Output, Received, Request,
    RequestId, Response, SessionKey, Sessions, Time, Upgrade, packet,
};

pub struct Driver {
    pub sessions: Sessions,
    pub now: Time,
    last_id: u64,
}

impl Driver {
    pub fn new() -> Self {
        Self::with(Config::default())
    }

    pub fn with(config: Config) -> Self {
        Self { sessions: Sessions::new(config), now: Time(0), last_id: 0 }
    }

    /// An HTTP request to `/socket.io/?EIO=4&{query}`.
    pub fn request(
        &mut self,
        method: &str,
        query: &str,
        headers: &[(&str, &str)],
    ) -> (RequestId, Outcome) {
        self.last_id += 1;
        let id = RequestId(self.last_id);
        let outcome = self.sessions.handle_request(&request(method, query, headers), id, self.now);
        (id, outcome)
    }

    pub fn open_polling(&mut self) -> SessionKey {
        match self.request("GET", "transport=polling", &[]).1 {
            Outcome::Opened { session, .. } => session,
            other => panic!("{other:?}"),
        }
    }

    /// A polling session and the query of its requests.
    pub fn open_session(&mut self) -> (SessionKey, String) {
        let session = self.open_polling();
        let sid = self.sessions.sid(session).unwrap();
        (session, format!("transport=polling&sid={sid}"))
    }

    pub fn upgrade(
        &mut self,
        query: &str,
        headers: &[(&str, &str)],
    ) -> (ConnectionId, Result<(Upgrade, Response), Response>) {
        self.last_id += 1;
        let index = u32::try_from(self.last_id).unwrap();
        let connection = ConnectionId(Key { index, generation: 0 });
        let mut all = vec![
            ("Host", "self.example"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", "13"),
        ];
        all.extend_from_slice(headers);
        let upgrade =
            self.sessions.handle_upgrade(&request("GET", query, &all), connection, self.now);
        (connection, upgrade)
    }

    /// A WebSocket session whose open packet is sent.
    pub fn open_websocket(&mut self) -> (SessionKey, ConnectionId) {
        let (connection, upgrade) = self.upgrade("transport=websocket", &[]);
        let Ok((Upgrade::Opened(session), _)) = upgrade else { panic!("{upgrade:?}") };
        self.flush();
        (session, connection)
    }

    /// A polling session, the query of its requests, and the WebSocket that probes it.
    pub fn open_probe(&mut self) -> (SessionKey, String, ConnectionId) {
        let (session, polling) = self.open_session();
        let query = polling.replace("polling", "websocket");
        let (connection, upgrade) = self.upgrade(&query, &[]);
        assert!(matches!(upgrade, Ok((Upgrade::Probing(key), _)) if key == session));
        (session, polling, connection)
    }

    /// A whole POST: the answer, and what its packets brought.
    pub fn post(&mut self, query: &str, body: &str) -> (Response, Vec<String>) {
        let (id, outcome) = self.request("POST", query, &[]);
        let Outcome::Body { session, .. } = outcome else { panic!("{outcome:?}") };
        let mut received = Vec::new();
        for packet in engineio::payload::packets(body) {
            let packet = self.sessions.receive_packet(session, packet, self.now);
            received.push(format!("{packet:?}"));
            if packet == Received::Closed {
                break;
            }
        }
        (self.sessions.finish_body(session, id), received)
    }

    pub fn text<'a>(
        &mut self,
        session: SessionKey,
        connection: ConnectionId,
        text: &'a str,
    ) -> Received<'a> {
        self.sessions.receive_frame(session, connection, Frame::Text(text), self.now)
    }

    /// Queues a text message.
    pub fn send(&mut self, session: SessionKey, data: &str) -> usize {
        let arena = self.sessions.arena();
        let start = u32::try_from(arena.len()).unwrap();
        packet::write_text(arena, packet::MESSAGE, data);
        let end = u32::try_from(arena.len()).unwrap();
        self.sessions.enqueue(session, start..end)
    }

    /// Ends a batch in which every connection takes up to `limit` bytes; gives what each took.
    pub fn flush_some(&mut self, limit: usize) -> Vec<(ConnectionId, Vec<u8>)> {
        let mut written = Vec::new();
        while let Some((session, connection)) = self.sessions.poll_write() {
            written.push((connection, self.write(session, limit)));
        }
        self.sessions.end_batch();
        written
    }

    pub fn flush(&mut self) -> Vec<(ConnectionId, Vec<u8>)> {
        self.flush_some(usize::MAX)
    }

    pub fn write(&mut self, session: SessionKey, limit: usize) -> Vec<u8> {
        let mut slices = smallvec::SmallVec::new();
        self.sessions.slices(session, &mut slices);
        let mut bytes = Vec::new();
        slices.iter().for_each(|slice| bytes.extend_from_slice(slice));
        drop(slices);
        bytes.truncate(limit);
        self.sessions.wrote(session, bytes.len());
        bytes
    }

    pub fn pass(&mut self, millis: u64) {
        let end = Time(self.now.0 + millis);
        while let Some(timeout) = self.sessions.next_timeout().filter(|timeout| *timeout <= end) {
            self.now = timeout.max(self.now);
            self.sessions.handle_timeout(self.now);
        }
        self.now = end;
        self.sessions.handle_timeout(end);
    }

    pub fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.sessions.poll_event()).collect()
    }

    pub fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.sessions.poll_output()).collect()
    }

    /// The only event must be the end of `session`.
    pub fn assert_closed(&mut self, session: SessionKey, reason: CloseReason) {
        let events = self.events();
        let [Event::Closed { session: closed, reason: given, .. }] = events[..] else {
            panic!("{events:?}")
        };
        assert_eq!((closed, given), (session, reason));
        assert_eq!(self.sessions.sid(session), None);
    }

    /// The only output must be the answer to `id`.
    pub fn assert_answered(&mut self, id: RequestId, body: &str) {
        let outputs = self.outputs();
        let [Output::Respond { request, response }] = &outputs[..] else { panic!("{outputs:?}") };
        assert_eq!(*request, id);
        assert_eq!(String::from_utf8_lossy(&response.body), body);
        assert_eq!(response.status, 200);
    }

    /// The only output must be the close of a connection, with these bytes.
    pub fn assert_close(&mut self, id: ConnectionId, bytes: &[u8]) {
        let outputs = self.outputs();
        let [Output::Close { connection, last }] = &outputs[..] else { panic!("{outputs:?}") };
        assert_eq!(*connection, id);
        assert_eq!(last, bytes);
    }
}

pub fn request(method: &str, query: &str, headers: &[(&str, &str)]) -> Request {
    let target = format!("/socket.io/?EIO=4&{query}");
    let headers = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
    Request::new(method, &target, "127.0.0.1", false, headers)
}

/// The response of an outcome that is one.
pub fn response(outcome: Outcome) -> Response {
    match outcome {
        Outcome::Respond(response) | Outcome::Polled { response, .. } => response,
        other => panic!("{other:?}"),
    }
}

pub fn body(outcome: Outcome) -> String {
    String::from_utf8(response(outcome).body).unwrap()
}
