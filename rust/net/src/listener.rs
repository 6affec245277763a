//! Row 1: where clients connect.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// Where to listen.
#[derive(Debug)]
pub enum Listen {
    /// On a TCP address; port 0 takes a free one.
    Tcp(SocketAddr),
    /// On a Unix socket at this path; one that nobody listens to any more is replaced.
    Unix(PathBuf),
    /// On this bound stream socket (TCP or Unix), which becomes non-blocking.
    Adopted(OwnedFd),
}

/// Where a listener listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A TCP address.
    Tcp(SocketAddr),
    /// The path of a Unix socket; empty when it has none.
    Unix(PathBuf),
}

/// A listener of a running [`Thread`](crate::Thread). Dropping it does not close it.
#[derive(Debug)]
pub struct Listener {
    address: Address,
}

impl Listener {
    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Stops listening; returns when the socket is closed. Connections stay. Call without holding the interpreter.
    pub fn close(&self) {}
}
