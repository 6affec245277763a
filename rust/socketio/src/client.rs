//! Row 5: one session's sockets, and what it is in the middle of.

use std::sync::Arc;

use engineio::{RequestId, SessionKey};
use smallvec::SmallVec;

use crate::attachments::Reassembly;
use crate::conn::Conn;
use crate::event::{DisconnectReason, SocketKey};

/// The Socket.IO side of a session.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) conn: Arc<Conn>,
    /// In the order in which they asked for their namespaces.
    pub(crate) sockets: SmallVec<[Joined; 1]>,
    pub(crate) reassembly: Option<Box<Reassembly>>,
    /// The rest of a POST that waits: reads are paused, or others have their turn.
    pub(crate) body: Option<Box<Body>>,
    /// Why it is being closed, where that is another reason than the engine's.
    pub(crate) reason: Option<DisconnectReason>,
    pub(crate) unknown_namespaces: u32,
    /// It has joined a namespace once: no connect timeout any more.
    pub(crate) joined: bool,
    pub(crate) paused: bool,
}

/// A socket of a client.
#[derive(Debug)]
pub(crate) struct Joined {
    pub(crate) namespace: Arc<str>,
    pub(crate) socket: SocketKey,
    /// Not while its middlewares run.
    pub(crate) connected: bool,
}

/// A POST body that is being read packet by packet.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) request: RequestId,
    pub(crate) text: Box<str>,
    pub(crate) at: usize,
}

impl Body {
    /// The next packet of the payload, and where the one behind it begins.
    pub(crate) fn next(&self) -> Option<(&str, usize)> {
        let packet = engineio::payload::packets(self.text.get(self.at..)?).next()?;
        Some((packet, self.at + packet.len() + 1))
    }
}

impl Client {
    pub(crate) fn new(conn: Conn) -> Self {
        Self {
            conn: Arc::new(conn),
            sockets: SmallVec::new(),
            reassembly: None,
            body: None,
            reason: None,
            unknown_namespaces: 0,
            joined: false,
            paused: false,
        }
    }

    pub(crate) fn joined(&self, namespace: &str) -> Option<&Joined> {
        self.sockets.iter().find(|joined| &*joined.namespace == namespace)
    }

    /// Whether the client may send to this namespace.
    pub(crate) fn has_joined(&self, namespace: &str) -> bool {
        self.joined(namespace).is_some_and(|joined| joined.connected)
    }

    pub(crate) fn has(&self, socket: SocketKey) -> bool {
        self.sockets.iter().any(|joined| joined.socket == socket)
    }

    /// Takes the first socket off the list.
    pub(crate) fn leave_first(&mut self) -> Option<SocketKey> {
        (!self.sockets.is_empty()).then(|| self.sockets.remove(0).socket)
    }

    /// Takes a socket off the list.
    pub(crate) fn leave(&mut self, socket: SocketKey) -> Option<Joined> {
        let place = self.sockets.iter().position(|joined| joined.socket == socket)?;
        Some(self.sockets.remove(place))
    }
}

/// All clients, each at the place of its session.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    places: Vec<Option<Client>>,
}

impl Clients {
    pub(crate) fn insert(&mut self, client: Client) {
        let index = client.conn.session.index as usize;
        if self.places.len() <= index {
            self.places.resize_with(index + 1, || None);
        }
        self.places[index] = Some(client);
    }

    pub(crate) fn get_mut(&mut self, session: SessionKey) -> Option<&mut Client> {
        let client = self.places.get_mut(session.index as usize)?.as_mut()?;
        (client.conn.session == session).then_some(client)
    }

    pub(crate) fn remove(&mut self, session: SessionKey) -> Option<Client> {
        self.get_mut(session)?;
        self.places[session.index as usize].take()
    }

    pub(crate) fn sockets(&self) -> impl Iterator<Item = (SessionKey, SocketKey)> {
        self.places.iter().flatten().flat_map(|client| {
            client.sockets.iter().map(|joined| (client.conn.session, joined.socket))
        })
    }
}
