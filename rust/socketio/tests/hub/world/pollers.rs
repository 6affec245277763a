//! Polling clients.

use engineio::{Request, RequestId, SessionKey};
use socketio::{Outcome, SocketKey};

use super::websockets::{Peer, request_to};
use super::{Heard, PATH, World};

/// One polling client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Poller {
    pub(crate) session: SessionKey,
}

impl World {
    pub(crate) fn open_polling(&mut self) -> Poller {
        let request = Request::new("GET", &format!("{PATH}polling"), "127.0.0.1", false, []);
        let id = self.request_id();
        let Outcome::Respond(response) = self.hub.handle_request(request, id, self.now) else {
            panic!("no handshake");
        };
        let body = String::from_utf8(response.body).expect("text");
        let sid = body.strip_prefix("0{\"sid\":\"").and_then(|rest| rest.get(..20));
        let target = format!("{PATH}polling&sid={}", sid.expect("an open packet"));
        // Which session it is comes with its requests.
        let (id, session) = self.post_to(&target);
        let session = session.expect("a session");
        self.hub.handle_body(session, id, b"6", self.now);
        self.turn();
        self.answer(id);
        self.targets.insert(session, target);
        Poller { session }
    }

    pub(crate) fn join_polling(&mut self) -> (Poller, SocketKey) {
        let poller = self.open_polling();
        let id = self.post(poller, "40");
        let [Heard::Connected(socket)] = self.heard()[..] else { panic!("not connected") };
        self.turn();
        assert_eq!(self.answer(id).as_deref(), Some("200 ok"));
        let get = self.get(poller);
        assert!(self.answer(get).expect("CONNECT waits").starts_with("200 40{\"sid\":"));
        (poller, socket)
    }

    pub(crate) fn target(&self, poller: Poller) -> &str {
        &self.targets[&poller.session]
    }

    /// A GET; it may have its answer already.
    pub(crate) fn get(&mut self, poller: Poller) -> RequestId {
        let request = Request::new("GET", self.target(poller), "127.0.0.1", false, []);
        let id = self.request_id();
        let outcome = self.hub.handle_request(request, id, self.now);
        if let Outcome::Respond(response) | Outcome::Polled { response, .. } = outcome {
            self.answers.insert(id, response);
        }
        self.turn();
        id
    }

    /// A POST whose body has not come yet; it may have been refused.
    pub(crate) fn begin_post(&mut self, poller: Poller) -> RequestId {
        let target = self.target(poller).to_owned();
        self.post_to(&target).0
    }

    /// A whole POST.
    pub(crate) fn post(&mut self, poller: Poller, body: &str) -> RequestId {
        let id = self.begin_post(poller);
        self.hub.handle_body(poller.session, id, body.as_bytes(), self.now);
        self.turn();
        id
    }

    pub(crate) fn post_to(&mut self, target: &str) -> (RequestId, Option<SessionKey>) {
        let id = self.request_id();
        let request = Request::new("POST", target, "127.0.0.1", false, []);
        match self.hub.handle_request(request, id, self.now) {
            Outcome::Body { session, .. } => (id, Some(session)),
            Outcome::Respond(response) => {
                self.answers.insert(id, response);
                (id, None)
            }
            Outcome::Polled { .. } | Outcome::Parked { .. } => panic!("a POST polls nothing"),
        }
    }

    /// A WebSocket that probes for a polling client.
    pub(crate) fn probe(&mut self, poller: Poller) -> Peer {
        self.try_probe(poller).expect("no other probes")
    }

    /// As [`probe`](Self::probe); none when that is refused.
    pub(crate) fn try_probe(&mut self, poller: Poller) -> Option<Peer> {
        let target = self.target(poller).replace("polling", "websocket");
        let (connection, accepted) = self.upgrade(request_to(&target, &[]));
        let session = accepted.ok()?.0?;
        assert_eq!(session, poller.session);
        Some(Peer { session, connection })
    }

    /// Takes the answer to a request, if it has come: its status and body.
    pub(crate) fn answer(&mut self, id: RequestId) -> Option<String> {
        let response = self.answers.remove(&id)?;
        let body = String::from_utf8(response.body).expect("text");
        Some(format!("{} {body}", response.status).trim_end().to_owned())
    }

    pub(crate) fn request_id(&mut self) -> RequestId {
        self.next += 1;
        RequestId(u64::from(self.next))
    }
}
