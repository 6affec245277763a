//! Row 1: the stream that hyper serves: its first bytes were read already, and its peer has to take what is written.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use socketio::{Front, Limit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::driver::Driver;
use crate::stream::Stream;

/// Gives `read` first, then what the stream brings.
pub(crate) struct Rewind {
    read: Vec<u8>,
    at: usize,
    stream: Stream,
    /// How long the peer may take nothing, and who counts it.
    timeout: Duration,
    front: Arc<Front>,
    /// While the peer takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Rewind {
    pub(crate) fn new(driver: &Driver, read: Vec<u8>, stream: Stream) -> Self {
        let (timeout, front) = (driver.limits.response_timeout, Arc::clone(&driver.front));
        Self { read, at: 0, stream, timeout, front, stalled: None }
    }

    /// What is left of the first bytes, and the stream.
    pub(crate) fn into_parts(mut self) -> (Vec<u8>, Stream) {
        self.read.drain(..self.at);
        (self.read, self.stream)
    }

    /// What a write has come to, unless the peer has taken nothing for too long.
    fn in_time(
        &mut self,
        written: Poll<io::Result<usize>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
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
        let left = &this.read[this.at..];
        if left.is_empty() {
            return Pin::new(&mut this.stream).poll_read(cx, buffer);
        }
        let taken = left.len().min(buffer.remaining());
        buffer.put_slice(&left[..taken]);
        this.at += taken;
        if this.at == this.read.len() {
            (this.read, this.at) = (Vec::new(), 0);
        }
        Poll::Ready(Ok(()))
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
