//! The Python extension `socketio_rs._core`.

mod python;

mod fork;

mod parameters;

mod wake;

mod queue;

mod cork;

mod convert;

mod decode;

mod handler;

mod reply;

mod acks;
mod gatherings;

mod budget;
mod phase;
mod sparing;
mod stopwatch;

mod objects;

mod sockets;

mod commands;

mod awaitable;

mod emit;

mod broadcast_acks;

mod adapting;
mod watching;

mod unsent;
mod verdict;

mod context;

mod bare;

mod tasks;

mod failures;

mod outgoing;

mod running;

mod deadlines;

mod fetching;

mod broadcast;

mod namespace;

mod adapter;

mod operators;

mod request;

mod engine;

mod hooks;

mod listening;

mod own_listeners;

mod socket;

mod ack;

mod run;

mod stopping;

mod dispatch;

mod asking;

mod dynamic;

mod events;

mod answers;
mod unheard;

mod handing;

mod intercept;

mod sessions;

mod away;

mod recalling;

mod lifecycle;

mod leaving;

mod pump;

mod ticker;

mod descriptor;

mod listener;

mod options;

mod serving;
mod traversing;

mod server;

/// What the package builds on; private.
#[pyo3::pymodule(gil_used = true)]
mod _core {
    #[pymodule_export]
    use crate::handler::Handler;
    #[pymodule_export]
    use crate::objects::{
        PyAck, PyAdapter, PyBroadcast, PyEngineSocket, PyListener, PyNamespace, PyServer, PySocket,
        PySocketOperator, PyTransport,
    };

    use pyo3::prelude::*;
    use pyo3::types::{PyBytes, PyList, PyString, PyTuple};

    use crate::convert::read::{Arguments, ReadError, Reader};
    use crate::convert::write::{Encoded, write_answers, write_args};
    use crate::decode::{read_array, with_keys};

    /// Marks every started server dead in a forked child.
    #[pyfunction]
    fn after_fork() {
        crate::fork::forked();
    }

    /// For tests: a packet's JSON array as Python values; of an event's, at most `maximum` behind the name.
    #[pyfunction]
    #[pyo3(signature = (data, attachments, maximum=usize::MAX))]
    fn decode_args<'py>(
        py: Python<'py>,
        data: &[u8],
        attachments: Vec<Vec<u8>>,
        maximum: usize,
    ) -> PyResult<Bound<'py, PyList>> {
        let attachments: Vec<_> = attachments.into_iter().map(Vec::into_boxed_slice).collect();
        let mut values = Arguments::new();
        if data.starts_with(b"[\"") {
            with_keys(|keys| {
                let mut reader = Reader::new(py, keys, data, &attachments);
                let name = reader.name()?;
                let name = PyString::from_bytes(py, &name).map_err(ReadError::Python)?;
                values.push(name.into_any());
                reader.arguments(maximum, &mut values)
            })?;
        } else {
            read_array(py, data, &attachments, &mut values)?;
        }
        PyList::new(py, values)
    }

    /// For tests: Python values as a packet's JSON array and attachments; `default` is what `json_default` is.
    #[pyfunction]
    #[pyo3(signature = (*args, default=None))]
    fn encode_args<'py>(
        args: &Bound<'py, PyTuple>,
        default: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyBytes>, Vec<Bound<'py, PyBytes>>)> {
        let mut encoded = Encoded::default();
        let default = default.map(|default| default.clone().unbind());
        let default = default.as_ref();
        match args.as_slice() {
            [event, rest @ ..] if event.is_instance_of::<PyString>() => {
                write_args(&mut encoded, default, event.cast()?, rest)?;
            }
            answers => write_answers(&mut encoded, args.py(), default, answers)?,
        }
        let json = PyBytes::new(args.py(), &encoded.json);
        let frames = websocket::Frames::new(&encoded.binary);
        let attachments = frames.map(|(_, payload)| PyBytes::new(args.py(), payload)).collect();
        Ok((json, attachments))
    }
}
