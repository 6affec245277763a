//! Row 1: a descriptor in reserve, so that clients for which there is none left are told so.

use std::fs::File;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::time::Duration;

use tokio::time::timeout;

use crate::stream::Acceptor;
use crate::{answer, os};

/// So many clients are refused before others have their turn.
const REFUSED_AT_ONCE: usize = 64;
/// How long is waited for another one.
const PATIENCE: Duration = Duration::from_millis(1);

/// Holds one descriptor while there are some.
pub(crate) struct Reserve(Option<File>);

impl Reserve {
    pub(crate) fn new() -> Self {
        Self(File::open("/dev/null").ok())
    }

    /// Accepts waiting clients with the reserve and tells them 503, if `error` says that there is no other descriptor.
    pub(crate) async fn refuse(&mut self, acceptor: &Acceptor, error: &io::Error) {
        if !os::is_out_of_descriptors(error) {
            return;
        }
        // What was taken by somebody else meanwhile is taken back when there is one.
        let reserved = self.0.take();
        if reserved.is_none() {
            *self = Self::new();
            return;
        }
        drop(reserved);
        let answer = answer::write(&answer::last(503));
        for _ in 0..REFUSED_AT_ONCE {
            let Ok(Ok((stream, _))) = timeout(PATIENCE, acceptor.accept()).await else { break };
            // Whoever does not take it sees the end alone.
            let _ = stream.try_write(&[IoSlice::new(&answer)]);
            stream.shutdown(Shutdown::Write);
        }
        *self = Self::new();
    }
}
