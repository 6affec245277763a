//! Row 1: requests of the polling transport between HTTP and the hub: the GET that waits, the body of a POST.

use std::cell::Cell;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::rc::Rc;

use engineio::{Request, RequestId, Response, SessionKey};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use socketio::{Limit, Outcome};
use tokio::time::timeout;

use crate::asking;
use crate::driver::Driver;
use crate::head::last;

/// Answers a request on the engine's path; None: the connection is to be dropped without an answer.
pub(crate) async fn answer(
    driver: &Rc<Driver>,
    request: Request,
    body: Incoming,
) -> Option<Response> {
    if let Err(refusal) = asking::allow(driver, &request, false).await {
        return Some(refusal);
    }
    let (id, mut answer) = driver.expect_answer();
    let outcome = driver.with_hub(None, |hub, now| hub.handle_request(request, id, now));
    let open = match outcome {
        None => {
            driver.forget_answer(id);
            return Some(Response::new(500));
        }
        Some(Outcome::Respond(response)) => {
            driver.forget_answer(id);
            return Some(response);
        }
        Some(Outcome::Parked { session }) => Open::new(driver, session, id),
        Some(Outcome::Body { session, limit }) => {
            let open = Open::new(driver, session, id);
            tokio::select! {
                // The session has ended meanwhile.
                response = &mut answer => return open.settle(response.ok().flatten()),
                body = read(driver, body, limit) => match body {
                    Ok(body) => open.take(body),
                    Err(Unread::Gone) => return None,
                    Err(Unread::Broken) => return Some(last(400)),
                },
            }
            open
        }
    };
    open.settle(answer.await.ok().flatten())
}

/// The body of a POST.
enum Body {
    Whole(Vec<u8>),
    TooLarge,
}

/// Why a body was not read.
enum Unread {
    /// It breaks off.
    Gone,
    /// Its chunks are none.
    Broken,
}

async fn read(driver: &Driver, mut body: Incoming, limit: usize) -> Result<Body, Unread> {
    let mut bytes = Vec::new();
    loop {
        let Ok(frame) = timeout(driver.limits.body_timeout, body.frame()).await else {
            driver.reached(Limit::BodyTimeout);
            return Err(Unread::Gone);
        };
        let Some(frame) = frame else { return Ok(Body::Whole(bytes)) };
        let frame = frame.map_err(|error| unread(&error))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Ok(Body::TooLarge);
        }
        bytes.extend_from_slice(&data);
    }
}

fn unread(error: &hyper::Error) -> Unread {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    match cause.map(io::Error::kind) {
        Some(ErrorKind::InvalidInput | ErrorKind::InvalidData) => Unread::Broken,
        _ => Unread::Gone,
    }
}

/// A request that the hub knows of. Dropped before it is settled, its client has gone.
struct Open<'a> {
    driver: &'a Rc<Driver>,
    session: SessionKey,
    id: RequestId,
    settled: Cell<bool>,
}

impl<'a> Open<'a> {
    fn new(driver: &'a Rc<Driver>, session: SessionKey, id: RequestId) -> Self {
        Self { driver, session, id, settled: Cell::new(false) }
    }

    fn take(&self, body: Body) {
        let (session, id) = (self.session, self.id);
        self.driver.with_hub(Some(session), |hub, now| match body {
            Body::Whole(bytes) => hub.handle_body(session, id, &bytes, now),
            Body::TooLarge => hub.handle_body_too_large(session, id, now),
        });
    }

    fn settle(&self, response: Option<Response>) -> Option<Response> {
        self.settled.set(true);
        response
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if self.settled.get() {
            return;
        }
        let (session, id) = (self.session, self.id);
        self.driver.forget_answer(id);
        self.driver.with_hub(Some(session), |hub, now| {
            hub.handle_request_aborted(session, id, now);
        });
    }
}
