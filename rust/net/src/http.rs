//! Row 1: every connection that does not begin with an upgrade: hyper parses and writes, the hub answers.

use std::cell::RefCell;
use std::fmt;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bytes::Bytes;
use engineio::{Request, Response};
use http::header::{CONNECTION, EXPECT, HOST, HeaderName, HeaderValue, IF_NONE_MATCH};
use http::{Method, StatusCode, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::{TokioIo, TokioTimer};
use socketio::Limit;
use tokio::task::spawn_local;

use crate::connection::Connection;
use crate::driver::Driver;
use crate::head::asks_for_upgrade;
use crate::polling;
use crate::rewind::Rewind;
use crate::static_files::{StaticFiles, empty};
use crate::stream::Stream;
use crate::websocket::{WebSocketTask, accept, give_up};

type HttpResponse = http::Response<Full<Bytes>>;

/// Serves a connection of which `read` was read already.
pub(crate) async fn serve(
    driver: Rc<Driver>,
    files: Rc<StaticFiles>,
    stream: Stream,
    read: Vec<u8>,
) {
    let mut ending = driver.ending.subscribe();
    let limits = driver.limits;
    let remote = stream.remote();
    let cut_off = Arc::new(AtomicBool::new(false));
    let stream = Rewind::new(&driver, read, stream, Arc::clone(&cut_off));
    let http = Rc::new(Http { driver, files, remote, polled: RefCell::default() });
    let service = service_fn(|request| {
        let http = Rc::clone(&http);
        async move { http.respond(request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_headers(limits.max_headers)
        .max_header_size(limits.max_head_bytes)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    // Its errors are the peer's, and have been answered or can't be.
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = ending.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    if cut_off.load(Relaxed) {
        http.lose_poll();
    }
}

/// The connection is to be dropped without an answer.
#[derive(Debug)]
struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the session of this request has ended")
    }
}

impl std::error::Error for Dropped {}

/// What the requests of one connection need.
struct Http {
    driver: Rc<Driver>,
    files: Rc<StaticFiles>,
    remote: String,
    /// The target of a GET that the engine has answered, if it was the last request.
    polled: RefCell<String>,
}

impl Http {
    async fn respond(&self, request: http::Request<Incoming>) -> Result<HttpResponse, Dropped> {
        let target = request.uri().to_string();
        if target.len() > self.driver.limits.max_url_bytes {
            self.driver.reached(Limit::MaxUrlBytes);
            return Ok(closing(empty(StatusCode::URI_TOO_LONG)));
        }
        if request.version() == Version::HTTP_11 && !request.headers().contains_key(HOST) {
            return Ok(closing(empty(StatusCode::BAD_REQUEST)));
        }
        // What follows a request for an upgrade may be no HTTP: whatever is not upgraded is the last of its connection.
        let headers =
            request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let is_upgrade = self.driver.takes_upgrades && asks_for_upgrade(headers);
        if !is_upgrade && expects_more(&request) {
            return Ok(empty(StatusCode::EXPECTATION_FAILED));
        }
        let path = target.split_once('?').map_or(&*target, |(path, _)| path);
        let if_none_match = request.headers().get(IF_NONE_MATCH).map(HeaderValue::as_bytes);
        let is_preflight = request.method() == Method::OPTIONS && self.driver.has_cors;
        if !is_upgrade
            && !is_preflight
            && let Some(mut response) = self.files.bundle(path, if_none_match)
        {
            let headers = self.driver.hub.borrow().cors_headers(&self.head(&request, &target));
            add(&mut response, headers);
            return Ok(response);
        }
        if !self.driver.owns(&target) {
            self.note_wrong_path(&request, &target);
            let response = self.files.file(request.method(), path, if_none_match);
            return Ok(if is_upgrade { closing(response) } else { response });
        }
        let head = self.head(&request, &target);
        if is_upgrade {
            return Ok(self.upgrade(head, hyper::upgrade::on(request)).await);
        }
        let is_poll = request.method() == Method::GET;
        let answer = polling::answer(&self.driver, head, request.into_body()).await;
        *self.polled.borrow_mut() = if is_poll { target } else { String::new() };
        answer.map(into_http).ok_or(Dropped)
    }

    /// The last answer has not left as a whole. If it was one to a poll, its packets are lost.
    fn lose_poll(&self) {
        let polled = self.polled.borrow();
        let request = Request::new("GET", &polled, &self.remote, false, []);
        self.driver.with_hub(None, |hub, now| hub.handle_answer_lost(&request, now));
    }

    /// Tells of a Socket.IO client that will find nothing here.
    fn note_wrong_path(&self, request: &http::Request<Incoming>, target: &str) {
        if target.contains("EIO=") {
            let head = self.head(request, target);
            self.driver.with_hub(None, |hub, now| hub.note_wrong_path(&head, now));
        }
    }

    fn head(&self, request: &http::Request<Incoming>, target: &str) -> Request {
        let headers =
            request.headers().iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let head = Request::new(request.method().as_str(), target, &self.remote, false, headers);
        if request.version() == Version::HTTP_10 { head.with_http_1_0() } else { head }
    }

    /// An upgrade that comes behind other requests: hyper answers it and gives the stream back.
    async fn upgrade(&self, request: Request, upgrade: OnUpgrade) -> HttpResponse {
        let (connection, response) = match accept(&self.driver, request).await {
            Ok(accepted) => accepted,
            Err(refusal) => return closing(into_http(refusal)),
        };
        spawn_local(take_over(Rc::clone(&self.driver), connection, upgrade));
        into_http(response)
    }
}

/// Whether the request expects something else than a 100, which hyper sends.
fn expects_more(request: &http::Request<Incoming>) -> bool {
    request.version() == Version::HTTP_11
        && request.headers().get_all(EXPECT).iter().any(|value| {
            let mut expected = value.as_bytes().split(|&byte| byte == b',');
            !expected.any(|each| each.trim_ascii().eq_ignore_ascii_case(b"100-continue"))
        })
}

/// Goes on with the stream that hyper gives back.
async fn take_over(driver: Rc<Driver>, connection: Rc<Connection>, upgrade: OnUpgrade) {
    let parts = upgrade
        .await
        .ok()
        .and_then(|upgraded| Upgraded::downcast::<TokioIo<Rewind>>(upgraded).ok());
    let Some(parts) = parts else { return give_up(&driver, &connection) };
    let (rest, stream) = parts.io.into_inner().into_parts();
    let mut read = Vec::from(parts.read_buf);
    read.extend(rest);
    connection.attach(stream);
    WebSocketTask::new(driver, connection, read).await;
}

fn into_http(response: Response) -> HttpResponse {
    let Response { status, headers, body } = response;
    let mut http = HttpResponse::new(Full::new(body.into()));
    *http.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    add(&mut http, headers);
    http
}

/// Adds headers; what is none was not made by the engine but by an option, and is left out.
fn add(response: &mut HttpResponse, headers: Vec<engineio::Header>) {
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            response.headers_mut().append(name, value);
        }
    }
}

/// The connection ends with this response.
fn closing(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
