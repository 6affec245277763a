//! Row 1: the stream that hyper serves: its first bytes were read already, what may be read in two ways is kept from hyper, and its peer has to take what
//! is written.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socketio::{Front, Limit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::driver::Driver;
use crate::framing::Framing;
use crate::stream::Stream;

/// Gives `held` first, then what the stream brings, and of both what is framed well.
pub(crate) struct Rewind {
    held: Vec<u8>,
    /// How much of what is held was given, and how much may be.
    given: usize,
    passed: usize,
    framing: Framing,
    stream: Stream,
    /// How long the peer may take nothing, and who counts it.
    timeout: Duration,
    front: Arc<Front>,
    /// While the peer takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Something is to be written still, or was not: whoever serves the stream looks here behind its end.
    cut_off: Arc<AtomicBool>,
}

impl Rewind {
    pub(crate) fn new(
        driver: &Driver,
        mut held: Vec<u8>,
        stream: Stream,
        cut_off: Arc<AtomicBool>,
    ) -> Self {
        let mut framing = Framing::new(driver.takes_upgrades, driver.limits.max_head_bytes);
        let passed = framing.pass(&mut held);
        let (timeout, front) = (driver.limits.response_timeout, Arc::clone(&driver.front));
        Self { held, given: 0, passed, framing, stream, timeout, front, stalled: None, cut_off }
    }

    /// What is left of the bytes that were read, and the stream.
    pub(crate) fn into_parts(mut self) -> (Vec<u8>, Stream) {
        self.held.drain(..self.given);
        (self.held, self.stream)
    }

    /// Gives what is held and may be given.
    fn give(&mut self, buffer: &mut ReadBuf<'_>) {
        let taken = (self.passed - self.given).min(buffer.remaining());
        buffer.put_slice(&self.held[self.given..self.given + taken]);
        self.given += taken;
        if self.given == self.held.len() {
            self.held = Vec::new();
            (self.given, self.passed) = (0, 0);
        }
    }

    /// Looks at the bytes behind `before`, which the stream has brought. What is unfinished stays here.
    fn take(&mut self, buffer: &mut ReadBuf<'_>, before: usize) {
        if self.held.is_empty() {
            let passed = self.framing.pass(&mut buffer.filled_mut()[before..]);
            self.held = buffer.filled()[before + passed..].to_vec();
            return buffer.set_filled(before + passed);
        }
        self.held.drain(..self.given);
        self.held.extend_from_slice(&buffer.filled()[before..]);
        buffer.set_filled(before);
        (self.given, self.passed) = (0, self.framing.pass(&mut self.held));
    }

    /// What a write has come to, unless the peer has taken nothing for too long.
    fn in_time(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        self.cut_off.store(!matches!(written, Poll::Ready(Ok(_))), Relaxed);
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(self.timeout)));
        stalled.as_mut().poll(cx).map(|()| {
            self.front.stats().reached(Limit::ResponseTimeout);
            Err(io::ErrorKind::TimedOut.into())
        })
    }
}

impl AsyncRead for Rewind {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        loop {
            if this.given < this.passed {
                this.give(buffer);
                return Poll::Ready(Ok(()));
            }
            if this.framing.is_broken() {
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
            ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
            if buffer.filled().len() > before {
                this.take(buffer, before);
            } else {
                // The end: hyper has an answer to what is unfinished.
                this.passed = this.held.len();
            }
            if buffer.filled().len() > before || this.held.is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for Rewind {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.in_time(written, cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.in_time(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
