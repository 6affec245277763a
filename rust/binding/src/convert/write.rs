//! Row 8: Python values into a packet's JSON array and its attachments, in one pass.
#![allow(unsafe_code, reason = "str, int and dict are read by the C API: the hot path")]

mod foreign;

mod scalars;

mod containers;

use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMapping, PyMemoryView,
    PyString, PyTuple,
};

use super::MAX_DEPTH;
use super::fault::{Cause, Fault, Written};

/// Buffers grow with what is sent through them; above this they are given back.
const KEPT_BYTES: usize = 1024 * 1024;

/// One packet's data as `socketio::Body` wants it. Made to be used again and again.
#[derive(Default)]
pub(crate) struct Encoded {
    /// The array, in UTF-8.
    pub(crate) json: Vec<u8>,
    /// The attachments, each as one WebSocket frame.
    pub(crate) binary: Vec<u8>,
    /// How many attachments there are.
    pub(crate) attachments: u32,
}

impl Encoded {
    fn clear(&mut self) {
        for buffer in [&mut self.json, &mut self.binary] {
            buffer.clear();
            buffer.shrink_to(KEPT_BYTES);
        }
        self.attachments = 0;
    }
}

/// Replaces what is in `encoded` by the array of an event's name and its arguments. `default` is asked for what has no other way
/// into JSON.
///
/// Python code may run: `default`, a `Mapping`'s own, a model's, and finalizers.
///
/// # Errors
/// `TypeError` for what is not JSON or bytes, with the event and the path to it; `ValueError` for values that are
/// circular or nested too deep, or an `int` that is too long; what Python code raises, with a note of the place. `encoded` is
/// empty then.
pub(crate) fn write_args(
    encoded: &mut Encoded,
    default: Option<&Py<PyAny>>,
    event: &Bound<'_, PyString>,
    args: &[Bound<'_, PyAny>],
) -> PyResult<()> {
    write(encoded, default, Some(event), args).map_err(|fault| {
        let what = format!("cannot send event \"{}\"", event.to_string_lossy());
        fault.into_error(event.py(), &what)
    })
}

/// Replaces what is in `encoded` by the array of the answers to an event.
///
/// # Errors
/// As [`write_args`], without an event's name.
pub(crate) fn write_answers(
    encoded: &mut Encoded,
    py: Python<'_>,
    default: Option<&Py<PyAny>>,
    answers: &[Bound<'_, PyAny>],
) -> PyResult<()> {
    write(encoded, default, None, answers).map_err(|fault| fault.into_error(py, "cannot answer"))
}

fn write(
    encoded: &mut Encoded,
    default: Option<&Py<PyAny>>,
    event: Option<&Bound<'_, PyString>>,
    args: &[Bound<'_, PyAny>],
) -> Written {
    encoded.clear();
    let mut writer = Writer { encoded, default, levels: MAX_DEPTH - 1, steps: 0 };
    let written = writer.packet(event, args);
    if written.is_err() {
        encoded.clear();
    }
    written
}

struct Writer<'a> {
    encoded: &'a mut Encoded,
    /// Is asked last what stands for a value.
    default: Option<&'a Py<PyAny>>,
    /// How many more containers may be opened.
    levels: usize,
    /// How often the value that is being written was replaced by another.
    steps: usize,
}

impl Writer<'_> {
    fn packet<'py>(
        &mut self,
        event: Option<&Bound<'py, PyString>>,
        args: &[Bound<'py, PyAny>],
    ) -> Written {
        self.push(b'[');
        if let Some(event) = event {
            self.string(event)?;
        }
        for (index, argument) in args.iter().enumerate() {
            if index > 0 || event.is_some() {
                self.push(b',');
            }
            self.value(argument).map_err(|fault| fault.in_argument(index + 1))?;
        }
        self.push(b']');
        Ok(())
    }

    fn value(&mut self, value: &Bound<'_, PyAny>) -> Written {
        match self.unless_container(value)? {
            Some(container) => self.container(container),
            None => Ok(()),
        }
    }

    /// Writes a value, unless others are in it.
    fn unless_container<'py>(&mut self, value: &Bound<'py, PyAny>) -> Filled<'py> {
        if value.is_exact_instance_of::<PyString>() {
            // SAFETY: its type was just looked at.
            self.string(unsafe { value.cast_unchecked() })?;
        } else if value.is_exact_instance_of::<PyDict>() {
            // SAFETY: its type was just looked at.
            let dict = unsafe { value.cast_unchecked::<PyDict>() };
            return Ok(Some(Container::Dict(dict.clone())));
        } else if value.is_exact_instance_of::<PyInt>() {
            // SAFETY: its type was just looked at.
            self.integer(unsafe { value.cast_unchecked() })?;
        } else if value.is_exact_instance_of::<PyList>() {
            // SAFETY: its type was just looked at.
            let list = unsafe { value.cast_unchecked::<PyList>() };
            return Ok(Some(Container::List(list.clone())));
        } else if value.is_none() {
            self.extend(b"null");
        } else if let Ok(value) = value.cast_exact::<PyBool>() {
            self.extend(if value.is_true() { b"true" } else { b"false" });
        } else if let Ok(value) = value.cast_exact::<PyFloat>() {
            self.float(value.value());
        } else {
            return self.other(value);
        }
        Ok(None)
    }

    /// What is rarer, and what is of a subclass: that is taken by the value of its base.
    #[inline(never)]
    fn other<'py>(&mut self, value: &Bound<'py, PyAny>) -> Filled<'py> {
        if let Ok(value) = value.cast::<PyTuple>() {
            return Ok(Some(Container::Tuple(value.clone())));
        } else if let Ok(value) = value.cast::<PyString>() {
            self.string(value)?;
        } else if let Ok(value) = value.cast::<PyInt>() {
            self.integer(value)?;
        } else if let Ok(value) = value.cast::<PyFloat>() {
            self.float(value.value());
        } else if let Ok(value) = value.cast::<PyList>() {
            return Ok(Some(Container::List(value.clone())));
        } else if let Ok(value) = value.cast::<PyBytes>() {
            self.attachment(value.as_bytes());
        } else if value.is_instance_of::<PyByteArray>() || value.is_instance_of::<PyMemoryView>() {
            self.buffer(value)?;
        } else if let Ok(value) = value.cast::<PyMapping>() {
            if self.levels == 0 {
                return Err(Fault::new(Cause::Depth));
            }
            return Ok(Some(Container::Mapping(value.items()?)));
        } else {
            return self.foreign(value);
        }
        Ok(None)
    }

    #[inline]
    fn push(&mut self, byte: u8) {
        self.encoded.json.push(byte);
    }

    #[inline]
    fn extend(&mut self, bytes: &[u8]) {
        self.encoded.json.extend_from_slice(bytes);
    }
}

/// A value with others in it.
enum Container<'py> {
    List(Bound<'py, PyList>),
    Tuple(Bound<'py, PyTuple>),
    Dict(Bound<'py, PyDict>),
    /// Its items.
    Mapping(Bound<'py, PyList>),
}

/// A container that has to be written next, if there is one.
type Filled<'py> = Result<Option<Container<'py>>, Fault>;
