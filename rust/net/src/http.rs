//! Row 1: the requests of a connection, one after the other: upgrades, files, and what the engine answers.

use std::rc::Rc;

use engineio::Request;
use tokio::task::spawn_local;

use crate::answer::{Answer, refusal, write};
use crate::driver::Driver;
use crate::head::Head;
use crate::head_rules::Expected;
use crate::http_stream::{HttpStream, Next};
use crate::polling::{self, Polled};
use crate::static_files::StaticFiles;
use crate::stream::Stream;
use crate::websocket::{WebSocketTask, accept};

/// Serves a connection until it ends, or is a WebSocket.
pub(crate) async fn serve(
    driver: Rc<Driver>,
    files: Rc<StaticFiles>,
    stream: Stream,
    remote: String,
) {
    let mut ending = driver.ending.subscribe();
    let mut stream = HttpStream::new(driver, stream, remote);
    loop {
        let next = tokio::select! {
            biased;
            next = stream.next() => next,
            _ = ending.changed() => return,
        };
        let head = match next {
            Next::Gone => return,
            Next::Refused(limit) => {
                if let Some(limit) = limit {
                    stream.driver.reached(limit);
                }
                return stream.farewell(&write(&refusal(limit))).await;
            }
            Next::Head(head) => head,
        };
        if is_upgrade(&stream.driver, &head) && stream.driver.owns(head.request.target()) {
            return upgrade(stream, head.request).await;
        }
        let is_head = head.request.method() == "HEAD";
        let Head { persists, is_http_1_0, .. } = *head;
        let Some(Polled { answer, session }) = respond(&mut stream, &files, *head).await else {
            return;
        };
        let is_told = answer.ends_connection();
        let goes_on = persists && !is_told && stream.may_go_on() && !*ending.borrow();
        let connection = if goes_on {
            is_http_1_0.then_some("keep-alive")
        } else {
            (!is_told).then_some("close")
        };
        if stream.answer(&answer, is_head, connection).await.is_err() {
            if let Some(session) = session {
                let driver = &stream.driver;
                driver.with_hub(Some(session), |hub, now| hub.handle_answer_lost(session, now));
            }
            return;
        }
        if !goes_on {
            return stream.farewell(&[]).await;
        }
        if stream.skip_body().await.is_none() {
            return;
        }
    }
}

fn is_upgrade(driver: &Driver, head: &Head) -> bool {
    driver.takes_upgrades && head.said.asks_for_upgrade
}

/// The connection becomes a WebSocket, or ends.
async fn upgrade(stream: HttpStream, request: Request) {
    let driver = Rc::clone(&stream.driver);
    match accept(&driver, request).await {
        Err(refusal) => stream.farewell(&write(&refusal)).await,
        Ok((connection, response)) => {
            let (stream, read) = stream.into_parts();
            connection.answer(&write(&response));
            connection.attach(stream);
            spawn_local(WebSocketTask::new(driver, connection, read));
        }
    }
}

/// Answers a request; None: the connection is to be dropped without an answer.
async fn respond(stream: &mut HttpStream, files: &StaticFiles, head: Head) -> Option<Polled> {
    let driver = &stream.driver;
    if is_upgrade(driver, &head) {
        // What follows it may be no HTTP.
        return Some(closing(foreign(driver, files, &head.request)).into());
    }
    let Head { request, said, is_http_1_0, .. } = head;
    if !is_http_1_0 {
        if !said.has_host {
            return Some(closing(Answer::new(400)).into());
        }
        if said.expected == Some(Expected::Other) {
            return Some(Answer::new(417).into());
        }
    }
    let is_preflight = request.method() == "OPTIONS" && driver.has_cors;
    if !is_preflight && let Some(mut answer) = files.bundle(&request) {
        answer.headers.extend(driver.hub.borrow().cors_headers(&request));
        return Some(answer.into());
    }
    if driver.owns(request.target()) {
        return polling::answer(stream, request).await;
    }
    Some(foreign(driver, files, &request).into())
}

/// Answers a request that is not the engine's.
fn foreign(driver: &Driver, files: &StaticFiles, request: &Request) -> Answer {
    if request.target().contains("EIO=") {
        // A client of Socket.IO that will find nothing here.
        driver.with_hub(None, |hub, now| hub.note_wrong_path(request, now));
    }
    files.file(request)
}

/// The connection ends with this answer.
fn closing(mut answer: Answer) -> Answer {
    answer.headers.push(("Connection".into(), "close".into()));
    answer
}
