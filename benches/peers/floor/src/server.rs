//! One thread, one epoll, one read and at most one write for whatever has come of a connection.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use anyhow::{Context as _, Result};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::packet::{self, CONNECTED, Packet};
use crate::polling::{self, Method, Request, Sessions};
use crate::websocket::{self, BINARY, CLOSE, TEXT};

const LISTENER: u64 = u64::MAX;

pub(crate) struct Server {
    listener: TcpListener,
    epoll: Epoll,
    /// By their number in epoll.
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    sessions: Sessions,
    /// The members of the one room.
    room: Vec<usize>,
}

struct Connection {
    stream: TcpStream,
    upgraded: bool,
    /// What is not complete yet.
    input: Vec<u8>,
}

impl Server {
    pub(crate) fn new(listener: TcpListener) -> Result<Self> {
        listener.set_nonblocking(true)?;
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN, LISTENER))?;
        Ok(Self {
            listener,
            epoll,
            connections: Vec::new(),
            free: Vec::new(),
            sessions: Sessions::default(),
            room: Vec::new(),
        })
    }

    pub(crate) fn run(mut self) -> Result<()> {
        let mut events = vec![EpollEvent::empty(); 256];
        let (mut scratch, mut out) = (vec![0; 1 << 20], Vec::new());
        loop {
            let count = self.epoll.wait(&mut events, EpollTimeout::NONE)?;
            for event in &events[..count] {
                match event.data() {
                    LISTENER => self.accept()?,
                    index => self.readable(usize::try_from(index)?, &mut scratch, &mut out)?,
                }
            }
        }
    }

    fn accept(&mut self) -> Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("accepting"),
            };
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let index = self.free.pop().unwrap_or(self.connections.len());
            self.epoll.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, index as u64))?;
            self.connections.resize_with(self.connections.len().max(index + 1), || None);
            self.connections[index] =
                Some(Connection { stream, upgraded: false, input: Vec::new() });
        }
    }

    fn readable(&mut self, index: usize, scratch: &mut [u8], out: &mut Vec<u8>) -> Result<()> {
        let connection = self.connections[index].as_mut().context("no connection")?;
        let kept = connection.input.len();
        scratch[..kept].copy_from_slice(&connection.input);
        let count = match connection.stream.read(&mut scratch[kept..]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Ok(0) | Err(_) => {
                self.close(index);
                return Ok(());
            }
            Ok(count) => count,
        };
        connection.input.clear();
        let bytes = &mut scratch[..kept + count];
        out.clear();
        let open = if connection.upgraded {
            self.frames(index, bytes, out)?
        } else {
            self.request(index, bytes, out)?
        };
        self.write(index, out)?;
        if !open {
            self.close(index);
        }
        Ok(())
    }

    /// False when the client has said that it closes.
    fn frames(&mut self, index: usize, bytes: &mut [u8], out: &mut Vec<u8>) -> Result<bool> {
        let mut rest = bytes;
        let mut messages = Vec::new();
        while let Some(frame) = websocket::unmask_first(rest) {
            let (bytes, behind) = std::mem::take(&mut rest).split_at_mut(frame.payload.end);
            rest = behind;
            let payload = &bytes[frame.payload];
            match (frame.opcode, Packet::parse(payload)) {
                (CLOSE, _) => {
                    websocket::write(out, CLOSE, &[payload]);
                    return Ok(false);
                }
                // The attachment of an echo.
                (BINARY, _) => websocket::write(out, BINARY, &[payload]),
                (_, Packet::Echo(answer)) => websocket::write(out, TEXT, &answer),
                (_, Packet::Connect) => websocket::write(out, TEXT, &[CONNECTED]),
                (_, Packet::Join) => self.room.push(index),
                (_, Packet::Broadcast(message)) => websocket::write(&mut messages, TEXT, &message),
                (_, Packet::Other) => {}
            }
        }
        let connection = self.connections[index].as_mut().context("no connection")?;
        connection.input.extend_from_slice(rest);
        self.broadcast(&messages)?;
        Ok(true)
    }

    /// Frames that came together go out together, each member's in one write.
    fn broadcast(&mut self, frames: &[u8]) -> Result<()> {
        let members = std::mem::take(&mut self.room);
        members.iter().try_for_each(|&member| self.write(member, frames))?;
        self.room = members;
        Ok(())
    }

    fn request(&mut self, index: usize, bytes: &[u8], out: &mut Vec<u8>) -> Result<bool> {
        let connection = self.connections[index].as_mut().context("no connection")?;
        let Some(request) = Request::parse(bytes) else {
            connection.input.extend_from_slice(bytes);
            return Ok(true);
        };
        if let Some(key) = request.key {
            connection.upgraded = true;
            out.extend(websocket::accept(key).into_bytes());
            websocket::write(out, TEXT, &[packet::open("websocket").as_bytes()]);
            return Ok(true);
        }
        let response = match (request.method, request.sid) {
            (_, None) => {
                let open = packet::open(&self.sessions.open());
                Some((index, polling::response(open.as_bytes())))
            }
            (Method::Get, Some(sid)) => self.sessions.poll(sid, index),
            (Method::Post, Some(sid)) => {
                out.extend(polling::response(b"ok"));
                match Packet::parse(request.body) {
                    Packet::Connect => self.sessions.send(sid, &[CONNECTED]),
                    Packet::Echo(answer) => self.sessions.send(sid, &answer),
                    _ => None,
                }
            }
        };
        if let Some((connection, response)) = response {
            self.write(connection, &response)?;
        }
        Ok(true)
    }

    /// Clients of the load generator read, so that there is always room.
    fn write(&mut self, index: usize, bytes: &[u8]) -> Result<()> {
        let Some(connection) = &mut self.connections[index] else {
            return Ok(());
        };
        if !bytes.is_empty() {
            connection.stream.write_all(bytes).context("writing")?;
        }
        Ok(())
    }

    fn close(&mut self, index: usize) {
        self.connections[index] = None;
        self.free.push(index);
        self.room.retain(|&member| member != index);
    }
}
