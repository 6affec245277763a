//! Row 1: requests of the polling transport between HTTP and the hub: the GET that waits, the body of a POST.

use std::rc::Rc;

use engineio::{Request, RequestId, Response, SessionKey};
use socketio::Outcome;
use tokio::sync::oneshot;

use crate::answer::{Answer, last};
use crate::asking;
use crate::driver::Driver;
use crate::http_stream::{HttpStream, Unread};

/// An answer, and the session whose packets it carries.
pub(crate) struct Polled {
    pub(crate) answer: Answer,
    pub(crate) session: Option<SessionKey>,
}

impl<T: Into<Answer>> From<T> for Polled {
    fn from(answer: T) -> Self {
        Self { answer: answer.into(), session: None }
    }
}

/// Answers a request on the engine's path; None: the connection is to be dropped without an answer.
pub(crate) async fn answer(stream: &mut HttpStream, request: Request) -> Option<Polled> {
    let driver = Rc::clone(&stream.driver);
    if let Err(refusal) = stream.unless_gone(asking::allow(&driver, &request, false)).await? {
        return Some(refusal.into());
    }
    let id = driver.next_request();
    let outcome = driver.with_hub(None, |hub, now| hub.handle_request(request, id, now));
    let (mut open, carried) = match outcome {
        None => return Some(Response::new(500).into()),
        Some(Outcome::Respond(response)) => return Some(response.into()),
        Some(Outcome::Polled { session, response }) => {
            return Some(Polled { answer: response.into(), session: Some(session) });
        }
        Some(Outcome::Parked { session }) => (Open::new(&driver, session, id), Some(session)),
        Some(Outcome::Body { session, limit }) => {
            let mut open = Open::new(&driver, session, id);
            tokio::select! {
                // The session has ended meanwhile.
                response = &mut open.answer => return open.settle(response.ok().flatten(), None),
                body = stream.body(limit) => match body {
                    Ok(body) => open.take(&body),
                    Err(Unread::TooLarge) => open.give_up(),
                    Err(Unread::Gone) => return None,
                    Err(Unread::Broken) => return Some(last(400).into()),
                },
            }
            (open, None)
        }
    };
    let response = stream.unless_gone(&mut open.answer).await?;
    open.settle(response.ok().flatten(), carried)
}

/// A request that the hub knows of. Dropped before it is settled, its client has gone.
struct Open<'a> {
    driver: &'a Rc<Driver>,
    session: SessionKey,
    id: RequestId,
    answer: oneshot::Receiver<Option<Response>>,
    settled: bool,
}

impl<'a> Open<'a> {
    fn new(driver: &'a Rc<Driver>, session: SessionKey, id: RequestId) -> Self {
        Self { driver, session, id, answer: driver.expect_answer(id), settled: false }
    }

    fn take(&self, body: &[u8]) {
        let (session, id) = (self.session, self.id);
        self.driver.with_hub(Some(session), |hub, now| hub.handle_body(session, id, body, now));
    }

    fn give_up(&self) {
        let (session, id) = (self.session, self.id);
        self.driver.with_hub(Some(session), |hub, now| hub.handle_body_too_large(session, id, now));
    }

    fn settle(mut self, response: Option<Response>, session: Option<SessionKey>) -> Option<Polled> {
        self.settled = true;
        Some(Polled { answer: response?.into(), session })
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        let (session, id) = (self.session, self.id);
        self.driver.forget_answer(id);
        self.driver.with_hub(Some(session), |hub, now| {
            hub.handle_request_aborted(session, id, now);
        });
    }
}
