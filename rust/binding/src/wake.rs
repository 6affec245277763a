//! Row 6: what wakes the loop: a descriptor that it watches, written by the I/O thread.

#[cfg(target_os = "linux")]
mod system {
    use std::io;
    use std::os::fd::{AsRawFd, OwnedFd, RawFd};

    use rustix::event::{EventfdFlags, eventfd};

    /// An eventfd: one descriptor, and one short write however often it is rung.
    pub(crate) struct Bell(OwnedFd);

    impl Bell {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Self(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?))
        }

        /// The descriptor that becomes readable.
        pub(crate) fn descriptor(&self) -> RawFd {
            self.0.as_raw_fd()
        }

        /// Makes the descriptor readable. It only fails when the counter is full, and then it is readable.
        pub(crate) fn ring(&self) {
            let _ = rustix::io::write(&self.0, &1_u64.to_ne_bytes());
        }

        /// Makes the descriptor unreadable.
        pub(crate) fn silence(&self) {
            let _ = rustix::io::read(&self.0, &mut [0; 8]);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::io::{self, Read, Write};
    use std::os::fd::{AsRawFd, RawFd};
    use std::os::unix::net::UnixStream;

    /// Two ends of a socket.
    pub(crate) struct Bell {
        heard: UnixStream,
        rung: UnixStream,
    }

    impl Bell {
        pub(crate) fn new() -> io::Result<Self> {
            let (heard, rung) = UnixStream::pair()?;
            heard.set_nonblocking(true)?;
            rung.set_nonblocking(true)?;
            Ok(Self { heard, rung })
        }

        /// The descriptor that becomes readable.
        pub(crate) fn descriptor(&self) -> RawFd {
            self.heard.as_raw_fd()
        }

        /// Makes the descriptor readable. It only fails when the buffer is full, and then it is readable.
        pub(crate) fn ring(&self) {
            let _ = (&self.rung).write(&[1]);
        }

        /// Makes the descriptor unreadable.
        pub(crate) fn silence(&self) {
            let _ = (&self.heard).read(&mut [0; 64]);
        }
    }
}

pub(crate) use system::Bell;
