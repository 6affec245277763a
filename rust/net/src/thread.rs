//! The I/O thread.

use std::io;
use std::sync::Arc;

use socketio::{Config, EventSink, Front};

use crate::listener::{Listen, Listener};
use crate::static_files::StaticFiles;
use crate::waker::Waker;

/// The thread that drives the hub of one server while it is served.
#[derive(Debug)]
pub struct Thread {}

impl Thread {
    /// Starts the thread: from now on the front's commands are carried out, and events go to `sink`, until `Front::stop`.
    ///
    /// # Errors
    /// The system gives no thread, or no poll descriptor.
    pub fn start(
        config: Config,
        front: Arc<Front>,
        sink: Arc<dyn EventSink>,
        waker: Arc<Waker>,
    ) -> io::Result<Self> {
        let _ = (config, front, sink, waker);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Begins to listen. The socket is bound on the caller's thread.
    ///
    /// # Errors
    /// The address is taken or not this machine's, the path is too long, the descriptor is no bound stream socket; or the thread has ended (`BrokenPipe`);
    /// or a file's header value is none (`InvalidInput`).
    pub fn listen(&self, target: Listen, files: StaticFiles) -> io::Result<Listener> {
        let _ = (self, target, files);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Waits until the thread has ended, which it does after `Front::stop`: all sessions are closed then, and clients that take their time are given half a
    /// second. Call without holding the interpreter.
    pub fn join(self) {}
}
