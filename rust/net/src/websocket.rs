//! Rows 1 and 2: the task of one WebSocket connection: bytes in, messages to the hub.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use engineio::{Frame, Hangup, Request, Response};
use socketio::{Flow, Limit};
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};
use websocket::{CloseCode, Message, Opcode, write_close, write_frame};

use crate::asking;
use crate::connection::{Awaited, Connection, State};
use crate::driver::{Driver, READ_BYTES};

/// Asks the hub to accept an upgrade: the connection, whose stream is still to be attached, and the 101.
///
/// # Errors
/// The refusal.
pub(crate) async fn accept(
    driver: &Rc<Driver>,
    request: Request,
) -> Result<(Rc<Connection>, Response), Response> {
    asking::allow(driver, &request, true).await?;
    let id = driver.reserve();
    let accepted = driver.with_hub(None, |hub, now| hub.handle_upgrade(request, id, now));
    let accepted = accepted.unwrap_or_else(|| Err(Response::new(500)));
    let (session, response) = accepted.inspect_err(|_| driver.release(id))?;
    let connection = Rc::new(Connection::new(id, session));
    if session.is_none() {
        connection.close(&close_frame(None), Awaited::CloseFrame);
    }
    driver.install(Rc::clone(&connection));
    Ok((connection, response))
}

/// Forgets a connection, and tells the session of its end if it had not heard of it.
pub(crate) fn give_up(driver: &Driver, connection: &Connection) {
    hang_up(driver, connection, Hangup::Close);
    driver.release(connection.id);
}

/// Drives one connection to its end.
pub(crate) struct WebSocketTask {
    driver: Rc<Driver>,
    connection: Rc<Connection>,
    /// Ends a pause of a peer that is gone. It borrows the stream.
    watch: Option<Pin<Box<dyn Future<Output = ()>>>>,
    /// Ends the wait for a peer that does not close.
    close_timeout: Option<Pin<Box<Sleep>>>,
    _running: watch::Receiver<bool>,
}

impl WebSocketTask {
    /// The connection has its stream now; `read` is what came behind the request.
    pub(crate) fn new(driver: Rc<Driver>, connection: Rc<Connection>, read: Vec<u8>) -> Self {
        connection.keep_unread(read);
        let running = driver.ending.subscribe();
        Self { driver, connection, watch: None, close_timeout: None, _running: running }
    }

    /// Takes what was read.
    fn receive(&self, bytes: &mut [u8]) {
        match self.connection.state() {
            State::Open => self.feed(bytes),
            State::Closing(Awaited::CloseFrame) => self.await_close(bytes),
            State::Closing(_) | State::Lost | State::Gone => {}
        }
    }

    /// Gives the messages in `input` to the hub.
    fn feed(&self, mut input: &mut [u8]) {
        let Self { driver, connection, .. } = self;
        let Some(session) = connection.session() else { return };
        let most = driver.limits.max_control_frames;
        let end = driver.with_hub(Some(session), |hub, now| {
            let mut reader = connection.reader.borrow_mut();
            loop {
                let frame = match reader.next(&mut input, driver.max_message_bytes) {
                    Err(error) => {
                        hub.note_bad_frame(error, now);
                        return Some((Hangup::Error, close_frame(Some(error.close_code()))));
                    }
                    Ok(None) => return None,
                    Ok(Some(Message::Ping(_) | Message::Pong(_)))
                        if connection.control_frames.exceed(most, now) =>
                    {
                        hub.note_control_frames(now);
                        return Some((Hangup::Error, close_frame(Some(CloseCode::POLICY))));
                    }
                    Ok(Some(Message::Close(bytes))) => {
                        let mut last = Vec::new();
                        write_frame(&mut last, Opcode::Close, bytes);
                        return Some((Hangup::Close, last));
                    }
                    Ok(Some(Message::Ping(data))) => {
                        hub.handle_ping(session, connection.id, data);
                        continue;
                    }
                    Ok(Some(Message::Pong(_))) => continue,
                    Ok(Some(Message::Text(text))) => Frame::Text(text),
                    Ok(Some(Message::Binary(bytes))) => Frame::Binary(bytes),
                };
                if hub.handle_frame(session, connection.id, frame, now) == Flow::Pause {
                    connection.pause(input);
                    return None;
                }
            }
        });
        match end {
            None => connection.abort(),
            Some(None) => {}
            Some(Some((hangup, last))) => self.answer_close(hangup, &last),
        }
    }

    /// Tells the session of its end, and the peer with the close frame that it is owed, unless a frame is written in part.
    fn answer_close(&self, hangup: Hangup, last: &[u8]) {
        let Self { driver, connection, .. } = self;
        // What the bytes before brought about goes out first.
        connection.flush(&mut driver.hub.borrow_mut());
        hang_up(driver, connection, hangup);
        if connection.is_blocked() {
            return connection.abort();
        }
        let awaited = if hangup == Hangup::Close { Awaited::Nothing } else { Awaited::End };
        connection.close(last, awaited);
    }

    /// Looks for the peer's close frame; what else it sends is nobody's any more.
    fn await_close(&self, mut input: &mut [u8]) {
        let mut reader = self.connection.reader.borrow_mut();
        loop {
            match reader.next(&mut input, self.driver.max_message_bytes) {
                Ok(None) => return,
                Ok(Some(Message::Close(_))) => return self.connection.close(&[], Awaited::Nothing),
                Ok(Some(_)) => {}
                Err(_) => return self.connection.close(&[], Awaited::End),
            }
        }
    }

    /// Pending: there is nothing to do. Ready: the state is to be looked at again.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.connection.is_paused() {
            let watch = self.watch.get_or_insert_with(|| {
                wait_for_hang_up(Rc::clone(&self.connection), self.driver.hang_up_grace)
            });
            ready!(watch.as_mut().poll(cx));
            self.end_of_stream();
            return Poll::Ready(());
        }
        let mut unread = self.connection.take_unread();
        if !unread.is_empty() {
            self.receive(&mut unread);
            return Poll::Ready(());
        }
        if self.connection.must_write_first() { Poll::Pending } else { self.poll_read(cx) }
    }

    /// As [`poll_open`](Self::poll_open).
    fn poll_closing(&mut self, cx: &mut Context<'_>, awaited: Awaited) -> Poll<()> {
        if self.connection.is_flushed() {
            if awaited == Awaited::Nothing {
                self.connection.abort();
                return Poll::Ready(());
            }
            if awaited == Awaited::End {
                self.connection.shutdown_write();
            }
        }
        let close_timeout = self.driver.limits.close_timeout;
        let timeout = self.close_timeout.get_or_insert_with(|| Box::pin(sleep(close_timeout)));
        if timeout.as_mut().poll(cx).is_ready() {
            self.driver.reached(Limit::CloseTimeout);
            self.connection.abort();
            return Poll::Ready(());
        }
        self.poll_read(cx)
    }

    /// Reads once and takes what came. After as much as one read gives, other connections have their turn.
    fn poll_read(&self, cx: &mut Context<'_>) -> Poll<()> {
        let read = match &mut *self.connection.stream.borrow_mut() {
            Some(stream) => ready!(self.driver.poll_read(stream, cx)),
            None => Err(std::io::ErrorKind::NotConnected.into()),
        };
        match read {
            Ok(mut bytes) if !bytes.is_empty() => {
                self.receive(&mut bytes);
                if bytes.len() == READ_BYTES {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
            _ => self.end_of_stream(),
        }
        Poll::Ready(())
    }

    fn end_of_stream(&self) {
        hang_up(&self.driver, &self.connection, Hangup::Close);
        self.connection.abort();
    }
}

impl Future for WebSocketTask {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.connection.note_task(cx);
        loop {
            if !this.connection.is_flushed() {
                // What it waits for, it registers; reading goes on meanwhile.
                let connection = &this.connection;
                let session = connection.session();
                let _ = this.driver.with_hub(session, |hub, _| connection.poll_flush(cx, hub));
            }
            if !this.connection.is_paused() {
                this.watch = None;
            }
            match this.connection.state() {
                State::Open => ready!(this.poll_open(cx)),
                State::Closing(awaited) => ready!(this.poll_closing(cx, awaited)),
                State::Lost => this.end_of_stream(),
                State::Gone => return Poll::Ready(()),
            }
        }
    }
}

impl Drop for WebSocketTask {
    /// However it ended: by a panic too.
    fn drop(&mut self) {
        give_up(&self.driver, &self.connection);
    }
}

/// A paused client is given up when it has hung up and nothing of what it sent has been taken for a while.
#[expect(clippy::await_holding_refcell_ref, reason = "nothing reads from a paused stream")]
fn wait_for_hang_up(
    connection: Rc<Connection>,
    grace: Duration,
) -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        if let Some(stream) = &*connection.stream.borrow() {
            stream.hung_up().await;
        }
        sleep(grace).await;
    })
}

/// Tells the session that its connection has ended.
fn hang_up(driver: &Driver, connection: &Connection, hangup: Hangup) {
    if let Some(session) = connection.session() {
        driver.with_hub(Some(session), |hub, now| {
            hub.handle_hangup(session, connection.id, hangup, now);
        });
    }
}

fn close_frame(code: Option<CloseCode>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_close(&mut bytes, code);
    bytes
}
