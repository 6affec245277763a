//! What differs between systems: how sockets are made to listen.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};
use tokio::io::Interest;

/// What becomes ready when the peer has ended its half. No urgent data is registered for: of this interest the end alone can come.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const HANG_UP: Option<Interest> = Some(Interest::PRIORITY);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const HANG_UP: Option<Interest> = None;

/// Connections that may wait to be accepted; the system may allow fewer.
const BACKLOG: i32 = 4096;

/// Listens on a TCP address.
pub(crate) fn listen_tcp(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // A server that is started again must not wait for connections of before.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // What is resolved to several addresses listens on each.
        socket.set_only_v6(!address.ip().is_unspecified())?;
    }
    listen(socket, Some(&address.into()))
}

/// Listens on a Unix socket.
pub(crate) fn listen_unix(path: &Path) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    listen(socket, Some(&SockAddr::unix(path)?))
}

/// Listens on a socket that somebody else has bound.
pub(crate) fn listen_adopted(descriptor: OwnedFd) -> io::Result<Socket> {
    let socket = Socket::from(descriptor);
    let address = socket.local_addr()?;
    let is_stream = socket.r#type()? == Type::STREAM;
    if !is_stream || !(address.is_ipv4() || address.is_ipv6() || address.is_unix()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a bound stream socket"));
    }
    listen(socket, None)
}

/// What a peer has not acknowledged for so long ends its connection: accepted sockets inherit it on Linux.
pub(crate) fn limit_unacknowledged(socket: &Socket, limit: Duration) -> io::Result<()> {
    if cfg!(any(target_os = "linux", target_os = "android")) && socket.domain()? != Domain::UNIX {
        socket.set_tcp_user_timeout(Some(limit))?;
    }
    Ok(())
}

/// Whether the process or the system has no descriptor left: EMFILE and ENFILE, which have the same numbers on all Unix systems.
pub(crate) fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
}

fn listen(socket: Socket, address: Option<&SockAddr>) -> io::Result<Socket> {
    if let Some(address) = address {
        socket.bind(address)?;
    }
    socket.listen(BACKLOG)?;
    if socket.domain()? != Domain::UNIX {
        // Accepted sockets inherit it on Linux.
        socket.set_tcp_nodelay(true)?;
    }
    socket.set_nonblocking(true)?;
    Ok(socket)
}
