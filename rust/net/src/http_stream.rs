//! Row 1: a connection as requests see it: heads and bodies come in, answers go out, each in its time.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socketio::Limit;
use tokio::io::AsyncWrite;
use tokio::time::timeout;

use crate::answer::Answer;
use crate::body::{BodyReader, Broken};
use crate::deadline::Deadline;
use crate::driver::Driver;
use crate::head::{Found, Head, find};
use crate::head_rules::{Behind, Expected};
use crate::stream::Stream;

/// A body is written with its head where it has no more bytes.
const JOINED_BYTES: usize = 16 * 1024;
/// The rest of a request's body that is read for the sake of the next request.
const REST_BYTES: u64 = 64 * 1024;
const FAREWELL_TIME: Duration = Duration::from_secs(2);
const FAREWELL_BYTES: usize = 1024 * 1024;

/// A connection that speaks HTTP.
pub(crate) struct HttpStream {
    pub(crate) driver: Rc<Driver>,
    stream: Stream,
    /// The peer's address.
    remote: String,
    /// Bytes that were read and not used.
    read: Vec<u8>,
    /// What follows the head that was read last.
    body: BodyReader,
    expects_100: bool,
    deadline: Deadline,
    /// There was a request.
    was_heard: bool,
}

/// Why no head was read.
enum Over {
    Gone,
    Late,
}

/// What comes next on a connection.
pub(crate) enum Next {
    Head(Box<Head>),
    /// No request: for its `Limit`, if it has to do with one.
    Refused(Option<Limit>),
    /// Nothing: the peer has gone, or says nothing.
    Gone,
}

/// Why a body was not read.
pub(crate) enum Unread {
    /// It breaks off.
    Gone,
    /// It is none.
    Broken,
    /// It is larger than it may be.
    TooLarge,
}

impl HttpStream {
    pub(crate) fn new(driver: Rc<Driver>, stream: Stream, remote: String) -> Self {
        let deadline = Deadline::new(driver.limits.head_timeout);
        let body = BodyReader::new(Behind::Bytes(0));
        Self {
            driver,
            stream,
            remote,
            read: Vec::new(),
            body,
            expects_100: false,
            deadline,
            was_heard: false,
        }
    }

    /// The stream, and what was read and not used.
    pub(crate) fn into_parts(self) -> (Stream, Vec<u8>) {
        (self.stream, self.read)
    }

    /// Reads the next head.
    pub(crate) async fn next(&mut self) -> Next {
        self.deadline.set(self.driver.limits.head_timeout);
        let found = match self.look(0) {
            None => poll_fn(|cx| self.poll_next(cx)).await,
            Some(found) => Ok(found),
        };
        match found {
            Err(Over::Gone) => Next::Gone,
            Err(Over::Late) if self.was_heard && self.read.is_empty() => Next::Gone,
            Err(Over::Late) => Next::Refused(Some(Limit::HeadTimeout)),
            Ok(Found::Bad) => Next::Refused(None),
            Ok(Found::TooLarge(limit)) => Next::Refused(Some(limit)),
            Ok(Found::Head(head, _)) => {
                self.was_heard = true;
                self.body = BodyReader::new(head.said.behind);
                let expects_100 = head.said.expected == Some(Expected::Continue);
                self.expects_100 = expects_100 && !head.is_http_1_0;
                Next::Head(head)
            }
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Found, Over>> {
        loop {
            if self.deadline.poll(cx).is_ready() {
                return Poll::Ready(Err(Over::Late));
            }
            let Self { driver, stream, read, remote, .. } = self;
            let bytes = ready!(driver.poll_read(stream, cx)).ok();
            let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
                return Poll::Ready(Err(Over::Gone));
            };
            let found = if read.is_empty() {
                let found = find(&bytes, 0, &driver.limits, remote);
                let used = found.as_ref().map_or(0, Found::used);
                *read = bytes[used..].to_vec();
                found
            } else {
                // No byte is searched twice, but the three in which an end may have begun.
                let searched = read.len().saturating_sub(3);
                read.extend_from_slice(&bytes);
                drop(bytes);
                self.look(searched)
            };
            if let Some(found) = found {
                return Poll::Ready(Ok(found));
            }
        }
    }

    /// Looks at what was read, of which the first bytes were searched before; a head is used up.
    fn look(&mut self, searched: usize) -> Option<Found> {
        let found = find(&self.read, searched, &self.driver.limits, &self.remote)?;
        self.use_up(found.used());
        Some(found)
    }

    /// The answer of a future, unless the peer ends its half before; None: it did.
    pub(crate) async fn unless_gone<T>(&self, answer: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            answer = answer => Some(answer),
            () = self.stream.hung_up() => None,
        }
    }

    /// Reads the body of the request, of at most so many bytes.
    pub(crate) async fn body(&mut self, limit: usize) -> Result<Vec<u8>, Unread> {
        if std::mem::take(&mut self.expects_100) && !self.body.is_done() {
            let go_on = IoSlice::new(b"HTTP/1.1 100 Continue\r\n\r\n");
            self.write(&mut [go_on]).await.map_err(|_| Unread::Gone)?;
        }
        let mut found = Vec::new();
        loop {
            let used = self.body.take(&self.read, |data| found.extend_from_slice(data));
            self.use_up(used.map_err(|_| Unread::Broken)?);
            if found.len() > limit {
                return Err(Unread::TooLarge);
            }
            if self.body.is_done() {
                return Ok(found);
            }
            self.read_more().await.ok_or(Unread::Gone)?;
        }
    }

    /// Reads behind what was read before; None at the end, and when that has taken too long.
    async fn read_more(&mut self) -> Option<()> {
        self.deadline.set(self.driver.limits.body_timeout);
        poll_fn(|cx| {
            if self.deadline.poll(cx).is_ready() {
                self.driver.reached(Limit::BodyTimeout);
                return Poll::Ready(None);
            }
            let read = ready!(self.driver.poll_read(&mut self.stream, cx));
            let bytes = read.ok().filter(|bytes| !bytes.is_empty());
            Poll::Ready(bytes.map(|bytes| self.read.extend_from_slice(&bytes)))
        })
        .await
    }

    fn use_up(&mut self, bytes: usize) {
        if bytes == self.read.len() {
            self.read = Vec::new();
        } else {
            self.read.drain(..bytes);
        }
    }

    /// Leaves out what has come of a body that nobody has read; whether so little of it is left that it is worth the next request.
    pub(crate) fn may_go_on(&mut self) -> bool {
        match self.body.take(&self.read, |_| {}) {
            Ok(used) => self.use_up(used),
            Err(Broken) => return false,
        }
        // Who waits for a 100 may not send it.
        let most = if self.expects_100 { 0 } else { REST_BYTES };
        self.body.left().is_some_and(|left| left <= most)
    }

    /// Writes an answer, the body of one to HEAD left out.
    ///
    /// # Errors
    /// The peer has gone, or has taken nothing of it for too long.
    pub(crate) async fn answer(
        &mut self,
        answer: &Answer,
        is_head: bool,
        connection: Option<&str>,
    ) -> io::Result<()> {
        let mut head = answer.head(self.driver.date.borrow_mut().text(), connection, is_head);
        let body = if is_head { &[][..] } else { &answer.body };
        if body.len() > JOINED_BYTES {
            return self.write(&mut [IoSlice::new(&head), IoSlice::new(body)]).await;
        }
        head.extend_from_slice(body);
        self.write(&mut [IoSlice::new(&head)]).await
    }

    async fn write(&mut self, mut left: &mut [IoSlice<'_>]) -> io::Result<()> {
        while !left.is_empty() {
            self.deadline.set(self.driver.limits.response_timeout);
            let written = poll_fn(|cx| self.poll_write(cx, left)).await?;
            IoSlice::advance_slices(&mut left, written);
        }
        Ok(())
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        left: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        let written = match left {
            [one] => stream.poll_write(cx, one),
            all => stream.poll_write_vectored(cx, all),
        };
        if written.is_ready() {
            return written;
        }
        ready!(self.deadline.poll(cx));
        self.driver.reached(Limit::ResponseTimeout);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Reads the rest of the request's body; None: there is no next request.
    pub(crate) async fn skip_body(&mut self) -> Option<()> {
        while !self.body.is_done() {
            let used = self.body.take(&self.read, |_| {}).ok()?;
            self.use_up(used);
            if !self.body.is_done() {
                self.read_more().await?;
            }
        }
        Some(())
    }

    /// Says the last word on the connection: then its end is awaited for a while, so that bytes which nobody reads do not destroy it on its way.
    pub(crate) async fn farewell(mut self, word: &[u8]) {
        let mut say = pin!(async {
            if !word.is_empty() {
                self.write(&mut [IoSlice::new(word)]).await?;
            }
            self.stream.shutdown(Shutdown::Write);
            let mut left = FAREWELL_BYTES;
            while left > 0 {
                let Self { driver, stream, .. } = &mut self;
                let read = poll_fn(|cx| driver.poll_read(stream, cx).map_ok(|bytes| bytes.len()));
                match read.await? {
                    0 => break,
                    read => left = left.saturating_sub(read),
                }
            }
            Ok::<_, io::Error>(())
        });
        // However it ends, the connection does.
        let _ = timeout(FAREWELL_TIME, &mut say).await;
    }
}
