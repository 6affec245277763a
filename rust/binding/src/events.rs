//! Row 6: a client's events and answers become calls.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use smallvec::SmallVec;
use socketio::{Attachments, Limit, SocketKey};

use crate::convert::read::{Arguments, ReadError, Reader};
use crate::decode::with_keys;
use crate::dispatch::Pass;
use crate::handler::{Handler, Listeners};
use crate::objects::{Hooks, Kept, Object, Purpose, PyServer, PySocket, Seen, Slot};
use crate::phase::Turn;
use crate::python::{Level, log_line};
use crate::reply::{Group, Reply};
use crate::run::Run;

/// The event of a message, where the engine is alone.
const MESSAGE: &[u8] = b"message";

/// An event as it came.
pub(crate) struct Incoming<'a> {
    pub(crate) ack: Option<u64>,
    pub(crate) data: &'a [u8],
    pub(crate) attachments: Attachments,
    /// What its socket's catch-alls and middlewares left of it, if they have seen it.
    pub(crate) seen: Option<Arc<Seen>>,
}

/// The handlers of an event: those of the namespace and those of the socket.
pub(crate) struct Found {
    shared: Option<Arc<Listeners>>,
    own: Option<Arc<Listeners>>,
}

/// What has become of an event that was to start.
enum Started<'py> {
    /// Nobody handles it.
    Unheard(Box<[u8]>),
    /// It can't be read: the peer's mistake.
    Unreadable(ReadError),
    /// The values, the socket in front, and how many came with the event.
    Read(Found, Arguments<'py>, usize),
    /// The socket's catch-alls and middlewares are to see it first; the values with socket and name in front.
    Hooked(Arc<Hooks>, Arc<str>, Arguments<'py>),
}

impl<'py> Pass<'_, 'py> {
    /// An event: it starts, unless others of its socket have to start before.
    pub(crate) fn packet(
        &self,
        key: SocketKey,
        ack: Option<u64>,
        data: &[u8],
        attachments: Attachments,
    ) -> PyResult<()> {
        let limit = self.server.get().max_running_handlers;
        let mut state = self.server.get().state.lock();
        let Some(slot) = state.sockets.get(key) else { return Ok(()) };
        let behind = slot.waiting().is_some_and(|waiting| !waiting.is_empty());
        if behind || !slot.is_free(limit) {
            let is_full = slot.running >= limit;
            let kept = Kept { ack, data: data.into(), attachments, seen: None };
            slot.extra().waiting.push_back(kept);
            drop(state);
            if is_full {
                self.server.get().front.stats().reached(Limit::MaxRunningHandlers);
            }
            return Ok(());
        }
        let known = slot.known(self.py());
        drop(state);
        self.start(key, known, &Incoming { ack, data, attachments, seen: None })
    }

    /// Starts the first of the events that a socket has kept; behind the last one it leaves, where its client has,
    /// or at once where the server stops.
    pub(crate) fn start_kept(&self, key: SocketKey) -> PyResult<()> {
        let limit = self.server.get().max_running_handlers;
        let mut state = self.server.get().state.lock();
        let is_stopping = state.stop.is_some();
        let Some(slot) = state.sockets.get(key) else { return Ok(()) };
        let is_free = slot.is_free(limit);
        let Some(extra) = slot.extra.as_deref_mut() else { return Ok(()) };
        if let Some(leave) = extra.left
            && (is_stopping || (is_free && extra.waiting.is_empty()))
        {
            drop(state);
            return self.leave_deferred(key, leave);
        }
        if !is_free {
            return Ok(());
        }
        let Some(kept) = extra.waiting.pop_front() else { return Ok(()) };
        let more = !extra.waiting.is_empty() || extra.left.is_some();
        let known = slot.known(self.py());
        if more {
            state.turns.push_front(Turn::Kept(key));
        }
        drop(state);
        let Kept { ack, data, attachments, seen } = kept;
        self.start(key, known, &Incoming { ack, data: &data, attachments, seen })
    }

    fn start(
        &self,
        key: SocketKey,
        Known { socket, context, has_left }: Known,
        event: &Incoming<'_>,
    ) -> PyResult<()> {
        let py = self.py();
        let socket = match socket {
            Some(socket) => Some(socket.into_bound(py)),
            None => PyServer::socket(self.server, key)?,
        };
        let Some(socket) = socket else { return Ok(()) };
        if !has_left && socket.get().is_put_out()? {
            return self.count(&socket, event);
        }
        if let Some(seen) = &event.seen {
            let context = context.map(|context| context.into_bound(py));
            return self.deliver(&socket, context.as_ref(), event, seen);
        }
        match self.read(&socket, event) {
            Started::Read(found, values, given) => {
                self.count(&socket, event)?;
                let context = context.map(|context| context.into_bound(py));
                let run = self.run_of(&socket, context.as_ref(), &values, given);
                self.call(&run, event.ack, None, &found)
            }
            Started::Hooked(hooks, name, values) => {
                let context = context.map(|context| context.into_bound(py));
                let run = self.run_of(&socket, context.as_ref(), &values, values.len() - 1);
                self.show(&run, event, &hooks, name)
            }
            Started::Unheard(name) => self.unheard(&socket, event, &name),
            Started::Unreadable(error) => {
                let error = PyErr::from(error);
                let id = socket.get().info.id;
                let text = || format!("dropped an event of socket {id}: {error}");
                if let Some(text) = self.server.get().sparing.line("dropped an event", text) {
                    log_line(self.py(), Level::Warning, &text);
                }
                self.count(&socket, event)
            }
        }
    }

    /// Finds the handlers and makes the values, if there are any.
    fn read(&self, socket: &Bound<'py, PySocket>, event: &Incoming<'_>) -> Started<'py> {
        if self.server.get().config.raw {
            return self.read_message(socket, event);
        }
        if event.data.is_empty() {
            return Started::Unheard(Box::default());
        }
        let attachments = event.attachments.as_deref().unwrap_or_default();
        let read = with_keys(|keys| {
            let mut reader = Reader::new(self.py(), keys, event.data, attachments);
            let name = reader.name()?;
            let (found, hooks) = Found::new(socket.get(), &name);
            if let Some(hooks) = hooks {
                let mut values = Arguments::new();
                values.push(socket.clone().into_any());
                let text = PyString::from_bytes(self.py(), &name).map_err(ReadError::Python)?;
                values.push(text.into_any());
                reader.arguments(usize::MAX, &mut values)?;
                let name = String::from_utf8_lossy(&name).into();
                return Ok(Started::Hooked(hooks, name, values));
            }
            let Some(maximum) = found.maximum() else { return Ok(Started::Unheard(name.into())) };
            let mut values = Arguments::new();
            values.push(socket.clone().into_any());
            let given = reader.arguments(maximum, &mut values)?;
            Ok(Started::Read(found, values, given))
        });
        read.unwrap_or_else(Started::Unreadable)
    }

    /// The same for a message, where the engine is alone.
    fn read_message(&self, socket: &Bound<'py, PySocket>, event: &Incoming<'_>) -> Started<'py> {
        let found = Found { shared: None, own: socket.get().listeners(MESSAGE) };
        if found.own.is_none() {
            return Started::Unheard(MESSAGE.into());
        }
        let value = match event.attachments.as_deref() {
            Some([bytes, ..]) => PyBytes::new(self.py(), bytes).into_any(),
            _ => PyString::new(self.py(), &String::from_utf8_lossy(event.data)).into_any(),
        };
        let values = self.shown(socket).map(|shown| Arguments::from_iter([shown, value]));
        values.map_or_else(
            |error| Started::Unreadable(ReadError::Python(error)),
            |values| Started::Read(found, values, 1),
        )
    }

    /// An event leaves the queue: its client may be read again.
    pub(crate) fn count(
        &self,
        socket: &Bound<'py, PySocket>,
        event: &Incoming<'_>,
    ) -> PyResult<()> {
        if self.server.get().config.raw && self.pass_on(socket.get(), event) {
            return Ok(());
        }
        let bytes = weight(event.data, &event.attachments);
        self.server.get().front()?.started(&socket.get().info.conn, bytes);
        Ok(())
    }

    /// Calls the handlers of an event. `group` is who shares its answer, if more may give it than they.
    pub(crate) fn call(
        &self,
        run: &Run<'_, 'py>,
        ack: Option<u64>,
        group: Option<&Arc<Group>>,
        found: &Found,
    ) -> PyResult<()> {
        let socket = run.socket;
        let handlers = found.take(self, socket);
        let shared = if let Some(group) = group {
            group.expect(handlers.len());
            Some(Arc::clone(group))
        } else {
            (handlers.len() > 1 || handlers.iter().any(|(_, handler)| handler.get().ack.is_some()))
                .then(|| Group::new(ack, handlers.len()))
        };
        let usual = socket.get().namespace.get().is_serial();
        let serial = handlers.iter().any(|(_, handler)| handler.get().serial.unwrap_or(usual));
        let mut result = Ok(());
        for (name, handler) in handlers {
            let reply = match (&shared, ack) {
                (Some(group), _) if handler.get().ack.is_some() => {
                    group.silence();
                    Reply::ByHand(Arc::clone(group))
                }
                (Some(group), _) => Reply::Shared(Arc::clone(group)),
                (None, Some(id)) => Reply::Returned(id),
                (None, None) => Reply::None,
            };
            let (socket, name) = (socket.clone().unbind(), Arc::clone(name));
            let purpose = Purpose::Event { socket, name, reply, serial };
            result = result.and(run.handler(handler, purpose));
        }
        result
    }
}

impl Incoming<'_> {
    /// The same, for later.
    pub(crate) fn keep(&self) -> Kept {
        Kept {
            ack: self.ack,
            data: self.data.into(),
            attachments: self.attachments.clone(),
            seen: self.seen.clone(),
        }
    }
}

impl Found {
    /// The handlers, and what is to see the event before them.
    pub(crate) fn new(socket: &PySocket, name: &[u8]) -> (Self, Option<Arc<Hooks>>) {
        let (own, hooks) = socket.hearers(name);
        (Self { shared: socket.namespace.get().handlers(name), own }, hooks)
    }

    /// How many arguments one of the handlers takes at most; none when there is no handler.
    pub(crate) fn maximum(&self) -> Option<usize> {
        let most = |listeners: &Listeners| {
            listeners.handlers.iter().map(|handler| handler.get().maximum).max()
        };
        let (shared, own) = (self.shared.as_deref(), self.own.as_deref());
        shared.and_then(most).max(own.and_then(most))
    }

    /// Those to be called: one that is called once is removed before.
    fn take<'a>(
        &'a self,
        pass: &Pass<'_, '_>,
        socket: &Bound<'_, PySocket>,
    ) -> SmallVec<[(&'a Arc<str>, &'a Py<Handler>); 2]> {
        let socket = socket.get();
        let mut taken = SmallVec::new();
        if let Some(Listeners { name, handlers }) = self.shared.as_deref() {
            for handler in handlers {
                if pass.take_once(&socket.namespace, name, handler) {
                    taken.push((name, handler));
                }
            }
        }
        if let Some(Listeners { name, handlers }) = self.own.as_deref() {
            for handler in handlers {
                if !handler.get().once || socket.remove(pass.py(), name, handler) {
                    taken.push((name, handler));
                }
            }
        }
        taken
    }
}

/// What is known of a socket for which an event came: its object, if there is one for sure, its context, if it has its own, and whether its client has left.
struct Known {
    socket: Option<Py<PySocket>>,
    context: Option<Py<PyAny>>,
    has_left: bool,
}

impl Slot {
    fn known(&self, py: Python<'_>) -> Known {
        let socket = match &self.object {
            Object::Strong(socket) => Some(socket.clone_ref(py)),
            Object::Weak(_) | Object::None => None,
        };
        let context = self.context.as_ref().map(|context| context.clone_ref(py));
        Known { socket, context, has_left: self.has_left() }
    }
}

impl Kept {
    pub(crate) fn incoming(&self) -> Incoming<'_> {
        Incoming {
            ack: self.ack,
            data: &self.data,
            attachments: self.attachments.clone(),
            seen: self.seen.clone(),
        }
    }

    pub(crate) fn weight(&self) -> usize {
        weight(&self.data, &self.attachments)
    }
}

/// The bytes that an event was counted with.
pub(crate) fn weight(data: &[u8], attachments: &Attachments) -> usize {
    let attached = attachments.as_deref().unwrap_or_default().iter().map(|bytes| bytes.len());
    data.len() + attached.sum::<usize>()
}
