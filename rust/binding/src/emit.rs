//! Row 8: from an emit's arguments to the front: names, rooms, values; then one command.

use std::cell::Cell;
use std::sync::{Arc, OnceLock};

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyString, PyTuple};
use socketio::{Body, Limit, Outbound, QueueFull, Sent};

use crate::acks::Moment;
use crate::awaitable::sent;
use crate::convert::write::{Encoded, write_answers, write_args};
use crate::objects::{Answer, Awaited, Callback, Flags, PyBroadcast, PyServer, PySocket, Waiter};
use crate::parameters::{look_at_seconds, shown};
use crate::python::{CHECK_NAME, COPY_CONTEXT, DISCONNECTED, QUEUE_FULL, RESERVED_EVENT};

thread_local! {
    static ENCODED: Cell<Encoded> = Cell::default();
}

/// An event as it is emitted.
pub(crate) struct Emission<'a, 'py> {
    pub(crate) event: &'a Bound<'py, PyString>,
    pub(crate) args: &'a Bound<'py, PyTuple>,
}

impl<'a, 'py> Emission<'a, 'py> {
    /// # Errors
    /// `TypeError` when the name is no string, `ReservedEvent` when it is the protocol's own.
    pub(crate) fn new(
        event: &'a Bound<'py, PyAny>,
        args: &'a Bound<'py, PyTuple>,
    ) -> PyResult<Self> {
        let Ok(event) = event.cast::<PyString>() else {
            CHECK_NAME.get(event.py())?.call1(("an event", event))?;
            return Err(PyTypeError::new_err("the name of an event must be a str"));
        };
        // A name that is no UTF-8 is no reserved one.
        if event.to_str().is_ok_and(socketio::is_reserved) {
            let text = format!("\"{event}\" is a reserved event name");
            return Err(RESERVED_EVENT.error(event.py(), &text));
        }
        Ok(Self { event, args })
    }

    pub(crate) fn name(&self) -> Arc<str> {
        self.event.to_string_lossy().into()
    }
}

/// The name of `send`'s event.
pub(crate) fn message(py: Python<'_>) -> Bound<'_, PyAny> {
    pyo3::intern!(py, "message").clone().into_any()
}

/// The callback for the answers to an emit, in the caller's context.
pub(crate) fn callback(
    emission: &Emission<'_, '_>,
    function: &Bound<'_, PyAny>,
    takes_error: bool,
) -> PyResult<Callback> {
    if !function.is_callable() {
        let text = format!("ack must be callable, found {}", function.repr()?);
        return Err(PyTypeError::new_err(text));
    }
    Ok(Callback {
        function: function.clone().unbind(),
        context: COPY_CONTEXT.get(function.py())?.call0()?.unbind(),
        event: emission.name(),
        takes_error,
    })
}

/// A packet's data, encoded before any lock is taken: Python code may run meanwhile, and emit itself.
pub(crate) struct Data(Encoded);

impl Data {
    pub(crate) fn of_event(server: &PyServer, emission: &Emission<'_, '_>) -> PyResult<Self> {
        let mut data = Self(ENCODED.take());
        let default = server.json_default.as_ref();
        write_args(&mut data.0, default, emission.event, emission.args.as_slice())?;
        Ok(data)
    }

    pub(crate) fn of_answers(
        py: Python<'_>,
        server: &PyServer,
        values: &[Bound<'_, PyAny>],
    ) -> PyResult<Self> {
        let mut data = Self(ENCODED.take());
        write_answers(&mut data.0, py, server.json_default.as_ref(), values)?;
        Ok(data)
    }

    pub(crate) fn body(&self) -> Body<'_> {
        let Encoded { json, binary, attachments } = &self.0;
        Body { json, attachments: *attachments, binary }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.json.len() + self.0.binary.len()
    }
}

impl Drop for Data {
    /// The buffers are used again.
    fn drop(&mut self) {
        ENCODED.set(std::mem::take(&mut self.0));
    }
}

/// The JSON of one value that can't have attachments.
pub(crate) fn encode_value(server: &PyServer, value: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let data = Data::of_answers(value.py(), server, std::slice::from_ref(value))?;
    if data.0.attachments > 0 {
        return Err(PyTypeError::new_err("bytes can't be sent here"));
    }
    // Without the brackets of the array.
    Ok(data.0.json[1..data.0.json.len() - 1].to_vec())
}

/// Rooms as `to` takes them: each a name, or an iterable of names.
pub(crate) fn rooms(args: &Bound<'_, PyTuple>) -> PyResult<Vec<String>> {
    let mut rooms = Vec::with_capacity(args.len());
    for room in args {
        if let Ok(name) = room.cast::<PyString>() {
            rooms.push(name.to_str()?.to_owned());
            continue;
        }
        if room.is_instance_of::<PyBytes>() || room.is_instance_of::<PyByteArray>() {
            return Err(not_a_room(&room));
        }
        let names = room.try_iter().map_err(|_| not_a_room(&room))?;
        for name in names {
            let name = name?;
            let name = name.cast::<PyString>().map_err(|_| not_a_room(&name))?;
            rooms.push(name.to_str()?.to_owned());
        }
    }
    Ok(rooms)
}

fn not_a_room(found: &Bound<'_, PyAny>) -> PyErr {
    let remedy = if found.is_instance_of::<PySocket>() { ": use its id" } else { "" };
    let found = shown(found);
    PyTypeError::new_err(format!(
        "a room must be a str, or strings in an iterable, found {found}{remedy}"
    ))
}

pub(crate) fn check_timeout(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    let seconds: f64 = value.extract().map_err(|_| {
        let found = shown(value);
        PyTypeError::new_err(format!("timeout must be seconds as a number, found {found}"))
    })?;
    if seconds.is_finite() && seconds >= 0.0 {
        look_at_seconds(value.py(), seconds);
        return Ok(seconds);
    }
    Err(PyValueError::new_err(format!("timeout must be seconds from 0, found {seconds}")))
}

pub(crate) fn queue_full(py: Python<'_>, error: QueueFull) -> PyErr {
    QUEUE_FULL.error(py, &error.to_string())
}

impl PyBroadcast {
    pub(crate) fn send(&self, py: Python<'_>, emission: &Emission<'_, '_>) -> PyResult<Py<PyAny>> {
        let server = self.server.bind(py);
        PyServer::show_broadcast(server, &self.targets, emission)?;
        let data = Data::of_event(server.get(), emission)?;
        let full = server.get().front()?.broadcast(&self.targets, data.body());
        PyServer::commanded(server, data.len());
        let full = full.map_err(|error| queue_full(py, error))?;
        if full && !self.targets.volatile {
            let pending = PyServer::pending(server, Awaited::Inbox)?;
            return Ok(pending.into_any().unbind());
        }
        sent(py)
    }
}

impl PySocket {
    /// `emit` without an ack.
    pub(crate) fn send(
        &self,
        py: Python<'_>,
        flags: Flags,
        emission: &Emission<'_, '_>,
    ) -> PyResult<Py<PyAny>> {
        let server = self.server.bind(py);
        self.show_emit(py, emission)?;
        let data = Data::of_event(server.get(), emission)?;
        let outbound = Outbound::Event(data.body());
        let outcome = server.get().front()?.send(self.key, outbound, flags.volatile);
        PyServer::commanded(server, data.len());
        match outcome.map_err(|error| queue_full(py, error))? {
            Sent::Queued { unsent_bytes, .. } if !flags.volatile => {
                PyServer::sent_to(server, &self.info.conn, unsent_bytes)
            }
            _ => sent(py),
        }
    }

    /// `emit` with a callback for the answer.
    pub(crate) fn send_with_callback(
        &self,
        py: Python<'_>,
        flags: Flags,
        emission: &Emission<'_, '_>,
        function: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let answer = Answer::Callback(callback(emission, function, flags.timeout.is_some())?);
        let server = self.server.bind(py);
        match self.send_with_ack(py, flags, emission, answer)? {
            Ok(unsent_bytes) if !flags.volatile => {
                PyServer::sent_to(server, &self.info.conn, unsent_bytes)
            }
            Err(Answer::Callback(callback)) if callback.takes_error => {
                let error = DISCONNECTED.error(py, "the client has left").into_value(py);
                PyServer::tell_soon(server, callback, [error.into_bound(py).into_any()])?;
                sent(py)
            }
            _ => sent(py),
        }
    }

    /// `emit_with_ack`.
    pub(crate) fn ask(
        &self,
        py: Python<'_>,
        flags: Flags,
        emission: &Emission<'_, '_>,
        all_args: bool,
    ) -> PyResult<Py<PyAny>> {
        let server = self.server.bind(py);
        let pending = PyServer::pending(server, Awaited::Answer(self.key, OnceLock::new()))?;
        let answer = Answer::Awaited { pending: pending.clone().unbind(), all_args };
        if self.send_with_ack(py, flags, emission, answer)?.is_err() {
            pending.get().resolve(py, Err(DISCONNECTED.error(py, "the client has left")));
        }
        Ok(pending.into_any().unbind())
    }

    /// Sends an event and waits for its answer. No Python code runs between the two, so that the answer can't come first.
    /// Gives the bytes that wait for the client, or `answer` back when the socket has left.
    fn send_with_ack(
        &self,
        py: Python<'_>,
        flags: Flags,
        emission: &Emission<'_, '_>,
        answer: Answer,
    ) -> PyResult<Result<usize, Answer>> {
        let server = self.server.bind(py);
        let front = server.get().front()?;
        let deadline = server.get().deadline(py, flags.timeout)?;
        let limit = server.get().config.limits.max_pending_acks;
        if server.get().state.lock().acks.pending(self.key) >= limit {
            front.stats().reached(Limit::MaxPendingAcks);
            let text = format!("more than {limit} answers of one socket can't be waited for");
            return Err(QUEUE_FULL.error(py, &text));
        }
        self.show_emit(py, emission)?;
        let data = Data::of_event(server.get(), emission)?;
        let outbound = Outbound::EventWithAck(data.body());
        let outcome = front.send(self.key, outbound, flags.volatile);
        let outcome = outcome.map_err(|error| queue_full(py, error))?;
        let Sent::Queued { id: Some(id), unsent_bytes } = outcome else { return Ok(Err(answer)) };
        self.expect(id, answer, deadline);
        PyServer::commanded(server, data.len());
        if deadline.is_some() {
            PyServer::arm(server)?;
        }
        Ok(Ok(unsent_bytes))
    }

    fn expect(&self, id: u64, answer: Answer, deadline: Option<Moment>) {
        let conn = Arc::clone(&self.info.conn);
        conn.ack_awaited();
        if let Answer::Awaited { pending, .. } = &answer
            && let Awaited::Answer(_, cell) = &pending.get().what
        {
            let _ = cell.set(id);
        }
        let waiter = Waiter { conn, answer };
        self.server.get().state.lock().acks.insert(self.key, id, waiter, deadline);
    }

    /// Answers the client's event with this id.
    pub(crate) fn answer(
        &self,
        py: Python<'_>,
        id: u64,
        values: &[Bound<'_, PyAny>],
    ) -> PyResult<()> {
        self.answer_with(py, id, &Data::of_answers(py, self.server.get(), values)?)
    }

    pub(crate) fn answer_with(&self, py: Python<'_>, id: u64, data: &Data) -> PyResult<()> {
        let server = self.server.bind(py);
        let outbound = Outbound::Answer(id, data.body());
        let outcome = server.get().front()?.send(self.key, outbound, false);
        PyServer::commanded(server, data.len());
        outcome.map(drop).map_err(|error| queue_full(py, error))
    }
}
