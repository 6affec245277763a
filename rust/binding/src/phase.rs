//! Row 7: where a socket and a server stand, and what is to be done next.

use engineio::Sid;
use pyo3::prelude::*;
use socketio::SocketKey;

/// Something that has to be done at the top level of a pass.
pub(crate) enum Turn {
    /// Events of this socket were kept and may start.
    Kept(SocketKey),
    /// The handlers of a step of this socket's leave have ended.
    Left(SocketKey),
    /// This socket's namespace is made: its middlewares are to run.
    Authorize(SocketKey),
    /// An event of this socket waits for its middlewares: they are to run, or have ended.
    Intercept(SocketKey),
}

/// Where a socket stands on the loop's side.
#[derive(Clone, Copy)]
pub(crate) enum Phase {
    Authorizing,
    /// Its middlewares said yes; the hub has not.
    Accepted,
    /// So many `connection` handlers go on.
    Connecting(u32),
    Open,
    /// So many handlers of the step go on.
    Leaving(Leave, u32),
}

/// A step of a socket's leave, and what its handlers are told.
#[derive(Clone, Copy)]
pub(crate) struct Leave {
    pub(crate) is_gone: bool,
    pub(crate) reason: socketio::DisconnectReason,
    pub(crate) description: Option<&'static str>,
    /// The secret of a socket that may come back, where the namespace's `sessions` keep what it was.
    pub(crate) pid: Option<Sid>,
}

/// A server that is being stopped.
pub(crate) struct Stop {
    pub(crate) future: Py<PyAny>,
    /// The timer that ends the drain, and then the patience with cancelled handlers.
    pub(crate) timer: Option<(f64, Py<PyAny>)>,
    /// The drain has ended.
    pub(crate) expired: bool,
    pub(crate) step: StopStep,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopStep {
    /// The hub closes its sessions.
    Closing,
    /// Handlers go on.
    Draining,
    /// Handlers go on although they were cancelled.
    Cancelled,
    /// The I/O thread ends.
    Joining,
}

/// What to do when the loop calls.
#[derive(Clone, Copy)]
pub(crate) enum Tick {
    /// The queue's bell was rung.
    Readable,
    /// There is something to do at the top level of a pass.
    Again,
    /// The tick in which commands were given ends.
    Uncork,
    /// Another thread has changed rooms, and somebody watches.
    Rooms,
    /// The deadline of an ack has come.
    Expire,
    /// Another thread has set an earlier deadline.
    Rearm,
    /// The drain of a server that is being stopped ends.
    EndDrain,
    /// Cancelled handlers have had their time.
    GiveUp,
}
