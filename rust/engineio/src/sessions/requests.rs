//! HTTP requests: the handshake and the transport of polling.

use crate::check::{self, Checked, Params};
use crate::exchange::{Outcome, RequestId, SessionKey};
use crate::polling::{self, NOOP_AND_CLOSE, Polling, Post, WaitingGet};
use crate::request::Request;
use crate::response::{Header, Response};
use crate::session::Transport;
use crate::time::Time;
use crate::{cors, packet};

use super::Sessions;
use super::closing::{POST_CUT_OFF, Unsent};

/// A GET ended before its answer was with the client.
const POLL_CUT_OFF: &str = "poll connection closed prematurely";

impl Sessions {
    /// Takes an HTTP request that is no upgrade. That its target lies under [`Config::path`](crate::Config::path) is the driver's to see.
    pub fn handle_request(&mut self, request: &Request, id: RequestId, now: Time) -> Outcome {
        let mut headers = Vec::new();
        if let Some(cors) = &self.config.cors {
            if request.method() == "OPTIONS" {
                return Outcome::Respond(cors::preflight(cors, request));
            }
            headers = cors::headers(cors, request);
        }
        let params = Params::of(request);
        let find = |sid: &str| {
            let key = self.find(sid)?;
            Some((key, self.transport(key)?))
        };
        match check::check_request(&self.config, request, &params, find) {
            Err(code) => Outcome::Respond(code.response(headers)),
            Ok(Checked::Handshake) => self.open_polling(polling::headers(headers, request), now),
            Ok(Checked::Session(session)) => match request.method() {
                "GET" => self.take_get(session, id, polling::headers(headers, request)),
                "POST" => self.take_post(session, id, request, headers),
                _ => Outcome::Respond(polling::empty_response(500, headers)),
            },
        }
    }

    /// What CORS adds to a response that is not the engine's but lies under its path.
    pub fn cors_headers(&self, request: &Request) -> Vec<Header> {
        self.config.cors.as_ref().map(|cors| cors::headers(cors, request)).unwrap_or_default()
    }

    /// The body of a POST was read and its packets were taken: gives the answer.
    pub fn finish_body(&mut self, session: SessionKey, id: RequestId) -> Response {
        let headers = self.forget_post(session, id).unwrap_or_default();
        polling::post_response(headers)
    }

    /// The body of a POST exceeds its limit: gives the answer. The session stays, as in the reference.
    pub fn body_too_large(&mut self, session: SessionKey, id: RequestId) -> Response {
        let headers = self.forget_post(session, id).unwrap_or_default();
        polling::empty_response(413, headers)
    }

    /// The peer went away while its GET was parked or the body of its POST was being read, which ends the session.
    ///
    /// A POST whose packets are being taken stays the session's until [`Self::finish_body`]: another one would overtake them. If they wait as the client is
    /// paused, it has the time of a pong to be read again.
    pub fn request_aborted(&mut self, session: SessionKey, id: RequestId, now: Time) {
        self.posts.remove(&id);
        let Some(state) = self.table.get_mut(session) else { return };
        let Some(polling) = state.polling_mut() else { return };
        if polling.post.as_ref().is_some_and(|post| post.id == id && post.is_read) {
            state.heartbeat.hung_up(&self.config, now);
            self.schedule(session);
        } else if polling.post.take_if(|post| post.id == id).is_some() {
            self.fail(session, POST_CUT_OFF);
        } else if polling.get.take_if(|get| get.id == id).is_some() {
            self.fail(session, POLL_CUT_OFF);
        }
    }

    /// The answer to a GET did not reach the client as a whole: its packets are lost, which ends a session that polls. (The reference does not look.)
    pub fn answer_lost(&mut self, session: SessionKey) {
        if self.polling_mut(session).is_some() {
            self.fail(session, POLL_CUT_OFF);
        }
    }

    fn open_polling(&mut self, headers: Vec<Header>, now: Time) -> Outcome {
        let (session, data) = self.open(Transport::Polling(Box::default()), now);
        let body = format!("{}{data}", char::from(packet::OPEN)).into_bytes();
        Outcome::Opened { session, response: polling::get_response(headers, body) }
    }

    fn take_get(&mut self, key: SessionKey, id: RequestId, headers: Vec<Header>) -> Outcome {
        let limit = self.config.max_http_buffer_size;
        let Some(session) = self.table.get_mut(key) else { unreachable!("checked just before") };
        let Transport::Polling(polling) = &mut session.transport else {
            unreachable!("checked just before")
        };
        if polling.get.is_some() {
            self.fail(key, "overlap from client");
            return Outcome::Respond(polling::empty_response(400, headers));
        }
        if let Some(body) = session.outgoing.take_payload(&self.arena, limit) {
            self.list(key);
            let response = polling::get_response(headers, body);
            return Outcome::Polled { session: key, response };
        }
        if let Some(closing) = polling.closing {
            self.end(key, closing.reason, None, Unsent::Sent);
            return Outcome::Respond(polling::get_response(headers, NOOP_AND_CLOSE.to_vec()));
        }
        polling.get = Some(WaitingGet { id, headers });
        Outcome::Parked { session: key }
    }

    fn take_post(
        &mut self,
        session: SessionKey,
        id: RequestId,
        request: &Request,
        headers: Vec<Header>,
    ) -> Outcome {
        let limit = self.config.max_http_buffer_size;
        let Some(polling) = self.polling_mut(session) else { unreachable!("checked just before") };
        let error = if polling.post.is_some() {
            "data request overlap from client"
        } else if request.header("content-type") == Some(b"application/octet-stream") {
            "invalid content"
        } else {
            polling.post = Some(Post { id, is_read: false });
            self.posts.insert(id, polling::headers(headers, request));
            return Outcome::Body { session, limit };
        };
        self.fail(session, error);
        Outcome::Respond(polling::empty_response(400, headers))
    }

    /// Lets go of a POST; gives its headers unless it is none or was given up.
    fn forget_post(&mut self, session: SessionKey, id: RequestId) -> Option<Vec<Header>> {
        if let Some(polling) = self.polling_mut(session) {
            polling.post.take_if(|post| post.id == id);
        }
        self.posts.remove(&id)
    }

    pub(super) fn polling_mut(&mut self, session: SessionKey) -> Option<&mut Polling> {
        self.table.get_mut(session)?.polling_mut()
    }
}
