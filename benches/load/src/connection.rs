//! A client over WebSocket.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use memchr::memmem;

use crate::frames::{self, CLOSE, PING, PONG, TEXT};
use crate::requests::{CONNECT, UPGRADE};

/// Room for what one read brings, shared by all connections.
pub(crate) type Scratch = Box<[u8]>;

pub(crate) fn scratch() -> Scratch {
    vec![0; 1 << 20].into()
}

/// How many connections are opened at a time.
const OPENED_AT_ONCE: usize = 50;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Connection {
    stream: TcpStream,
    /// The beginning of a frame whose rest is still to come.
    input: Vec<u8>,
    /// What the socket had no room for.
    unsent: Vec<u8>,
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl Connection {
    /// Opens that many, in the main namespace and ready for [`Connection::messages`].
    pub(crate) fn open_many(address: SocketAddr, count: usize) -> Result<Vec<Self>> {
        let mut all = Vec::with_capacity(count);
        let mut scratch = scratch();
        while all.len() < count {
            let some = OPENED_AT_ONCE.min(count - all.len());
            let mut opening =
                (0..some).map(|_| Self::begin(address)).collect::<Result<Vec<_>>>()?;
            for connection in &mut opening {
                connection.wait_for_head()?;
                connection.wait_for(b"0{", &mut scratch)?;
                connection.send(&frames::masked(TEXT, CONNECT))?;
            }
            for connection in &mut opening {
                connection.wait_for(b"40{", &mut scratch)?;
            }
            all.append(&mut opening);
        }
        for connection in &all {
            connection.set_nonblocking()?;
        }
        Ok(all)
    }

    /// Connects and asks for WebSocket; reads of it wait.
    pub(crate) fn begin(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("connecting")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut connection = Self { stream, input: Vec::new(), unsent: Vec::new() };
        connection.send(UPGRADE)?;
        Ok(connection)
    }

    /// From now on nothing waits.
    pub(crate) fn set_nonblocking(&self) -> Result<()> {
        Ok(self.stream.set_nonblocking(true)?)
    }

    /// Waits for the response to the upgrade.
    fn wait_for_head(&mut self) -> Result<()> {
        while !self.head()? {}
        Ok(())
    }

    /// Reads once; true when the response to the upgrade has come, whose head is dropped.
    pub(crate) fn head(&mut self) -> Result<bool> {
        let mut chunk = [0; 4096];
        let count = self.stream.read(&mut chunk).context("the upgrade")?;
        self.input.extend_from_slice(&chunk[..count]);
        if let Some(end) = memmem::find(&self.input, b"\r\n\r\n") {
            if !self.input.starts_with(b"HTTP/1.1 101") {
                bail!("refused: {}", self.input[..end].escape_ascii());
            }
            self.input.drain(..end + 4);
            return Ok(true);
        }
        if count == 0 {
            bail!("closed before the upgrade was answered");
        }
        Ok(false)
    }

    /// Whether there is one that [`Connection::messages`] need not read.
    pub(crate) fn has_message(&self) -> bool {
        frames::split(&self.input).is_some()
    }

    /// Waits for a message that begins so; others are dropped.
    pub(crate) fn wait_for(&mut self, prefix: &[u8], scratch: &mut Scratch) -> Result<()> {
        let begun = Instant::now();
        let mut found = false;
        while !found {
            let open = self.messages(scratch, |_, payload| {
                found |= payload.starts_with(prefix);
                Ok(())
            })?;
            if !found && (!open || begun.elapsed() >= PATIENCE) {
                bail!("no {} but silence or a close", prefix.escape_ascii());
            }
        }
        Ok(())
    }

    /// Reads once, and calls `each` with opcode and payload of every message that is complete. False when the server
    /// has closed the connection.
    pub(crate) fn messages(
        &mut self,
        scratch: &mut Scratch,
        mut each: impl FnMut(u8, &[u8]) -> Result<()>,
    ) -> Result<bool> {
        let (filled, mut open) = self.fill(scratch)?;
        let mut pongs = Vec::new();
        let mut rest = &scratch[..filled];
        while let Some((opcode, payload, behind)) = frames::split(rest) {
            rest = behind;
            match (opcode, payload) {
                (TEXT, b"2") => pongs.extend(frames::masked(TEXT, b"3")),
                (PING, _) => pongs.extend(frames::masked(PONG, payload)),
                (CLOSE, _) => open = false,
                _ => each(opcode, payload)?,
            }
        }
        self.input.extend_from_slice(rest);
        self.send(&pongs)?;
        Ok(open)
    }

    /// Moves what was kept and what has come into the scratch buffer; says how much it is, and false at the end.
    fn fill(&mut self, scratch: &mut Scratch) -> Result<(usize, bool)> {
        let kept = self.input.len();
        scratch[..kept].copy_from_slice(&self.input);
        self.input.clear();
        // What came behind the response's head: perhaps nothing more is to come.
        if frames::split(&scratch[..kept]).is_some() {
            return Ok((kept, true));
        }
        match self.stream.read(&mut scratch[kept..]) {
            Ok(count) => Ok((kept + count, count > 0)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok((kept, true)),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok((kept, false)),
            Err(error) => Err(error).context("reading"),
        }
    }

    /// Sends, or keeps what there is no room for until the next call.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            let waiting = std::mem::take(&mut self.unsent);
            return self.write(&waiting);
        }
        self.write(bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.unsent.extend_from_slice(rest);
                    break;
                }
                Err(error) => return Err(error).context("writing"),
            }
        }
        Ok(())
    }
}
