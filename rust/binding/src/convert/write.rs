//! Row 8: Python values into a packet's JSON array and its attachments, in one pass.
#![allow(unsafe_code, reason = "str, int and dict are read by the C API: the hot path")]

use std::io::Write;

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::string::PyStringData;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMapping, PyMemoryView,
    PyString, PyTuple,
};
use websocket::Opcode;

use super::MAX_DEPTH;
use super::escape::{float_key, write_latin1, write_units};
use super::fault::{Cause, Fault, Written, type_name};

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

/// Replaces what is in `encoded` by the array of an event's name and its arguments.
///
/// Python code may run: a `Mapping`'s own, and finalizers.
///
/// # Errors
/// `TypeError` for what is not JSON or bytes, with the event and the path to it; `ValueError` for values that are
/// circular or nested too deep, or an `int` that is too long; what a `Mapping` raises. `encoded` is empty then.
pub(crate) fn write_args(
    encoded: &mut Encoded,
    event: &Bound<'_, PyString>,
    args: &[Bound<'_, PyAny>],
) -> PyResult<()> {
    write(encoded, Some(event), args).map_err(|fault| {
        fault.into_error(&format!("cannot send event \"{}\"", event.to_string_lossy()))
    })
}

/// Replaces what is in `encoded` by the array of the answers to an event.
///
/// # Errors
/// As [`write_args`], without an event's name.
pub(crate) fn write_answers(encoded: &mut Encoded, answers: &[Bound<'_, PyAny>]) -> PyResult<()> {
    write(encoded, None, answers).map_err(|fault| fault.into_error("cannot answer"))
}

fn write(
    encoded: &mut Encoded,
    event: Option<&Bound<'_, PyString>>,
    args: &[Bound<'_, PyAny>],
) -> Written {
    encoded.clear();
    let mut writer = Writer { encoded, levels: MAX_DEPTH - 1 };
    let written = writer.packet(event, args);
    if written.is_err() {
        encoded.clear();
    }
    written
}

struct Writer<'a> {
    encoded: &'a mut Encoded,
    /// How many more containers may be opened.
    levels: usize,
}

impl Writer<'_> {
    fn packet(
        &mut self,
        event: Option<&Bound<'_, PyString>>,
        args: &[Bound<'_, PyAny>],
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
        if value.is_exact_instance_of::<PyString>() {
            // SAFETY: its type was just looked at.
            return self.string(unsafe { value.cast_unchecked() });
        }
        if value.is_exact_instance_of::<PyDict>() {
            // SAFETY: its type was just looked at.
            return self.dict(unsafe { value.cast_unchecked() });
        }
        if value.is_exact_instance_of::<PyInt>() {
            // SAFETY: its type was just looked at.
            return self.integer(unsafe { value.cast_unchecked() });
        }
        if value.is_exact_instance_of::<PyList>() {
            // SAFETY: its type was just looked at.
            return self.list(unsafe { value.cast_unchecked() });
        }
        if value.is_none() {
            self.extend(b"null");
        } else if let Ok(value) = value.cast_exact::<PyBool>() {
            self.extend(if value.is_true() { b"true" } else { b"false" });
        } else if let Ok(value) = value.cast_exact::<PyFloat>() {
            self.float(value.value());
        } else {
            return self.other(value);
        }
        Ok(())
    }

    /// What is rarer, and what is of a subclass: that is taken by the value of its base.
    #[inline(never)]
    fn other(&mut self, value: &Bound<'_, PyAny>) -> Written {
        if let Ok(value) = value.cast::<PyTuple>() {
            self.sequence(value.iter())
        } else if let Ok(value) = value.cast::<PyString>() {
            self.string(value)
        } else if let Ok(value) = value.cast::<PyInt>() {
            self.integer(value)
        } else if let Ok(value) = value.cast::<PyFloat>() {
            self.float(value.value());
            Ok(())
        } else if let Ok(value) = value.cast::<PyList>() {
            self.list(value)
        } else if let Ok(value) = value.cast::<PyBytes>() {
            self.attachment(value.as_bytes());
            Ok(())
        } else if value.is_instance_of::<PyByteArray>() || value.is_instance_of::<PyMemoryView>() {
            self.buffer(value)
        } else if let Ok(value) = value.cast::<PyMapping>() {
            self.mapping(value)
        } else {
            Err(Fault::new(Cause::Value(type_name(value))))
        }
    }

    fn list(&mut self, list: &Bound<'_, PyList>) -> Written {
        self.sequence(list.iter())
    }

    /// `PyO3`'s iterators hold what they give and look at the length each time, so whoever changes a list does no harm.
    fn sequence<'py>(&mut self, elements: impl Iterator<Item = Bound<'py, PyAny>>) -> Written {
        self.open(b'[')?;
        for (index, element) in elements.enumerate() {
            if index > 0 {
                self.push(b',');
            }
            self.value(&element).map_err(|fault| fault.in_element(index))?;
        }
        self.close(b']');
        Ok(())
    }

    fn dict(&mut self, dict: &Bound<'_, PyDict>) -> Written {
        self.open(b'{')?;
        let length = dict.len();
        let mut position = 0;
        let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
        loop {
            let first = position == 0;
            // SAFETY: it is a dict, and the position is one that this call has set, or 0 to begin.
            // A dict that was changed in between gives other entries, or none, but live ones.
            let more = unsafe {
                ffi::PyDict_Next(dict.as_ptr(), &raw mut position, &raw mut key, &raw mut value)
            };
            if more == 0 {
                break;
            }
            // SAFETY: the dict holds it, and nothing has run since it was asked for. It is held
            // from here on: writing the value may run code that changes the dict.
            let key = unsafe { Bound::from_borrowed_ptr(dict.py(), key) };
            // SAFETY: as the key.
            let value = unsafe { Bound::from_borrowed_ptr(dict.py(), value) };
            self.entry(first, &key, &value)?;
            if dict.len() != length {
                let error = PyRuntimeError::new_err("dictionary changed size during iteration");
                return Err(error.into());
            }
        }
        self.close(b'}');
        Ok(())
    }

    fn mapping(&mut self, mapping: &Bound<'_, PyMapping>) -> Written {
        self.open(b'{')?;
        for (index, item) in mapping.items()?.iter().enumerate() {
            let (key, value) = item.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            self.entry(index == 0, &key, &value)?;
        }
        self.close(b'}');
        Ok(())
    }

    fn entry(&mut self, first: bool, key: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> Written {
        if !first {
            self.push(b',');
        }
        let from = self.encoded.json.len();
        if key.is_exact_instance_of::<PyString>() {
            // SAFETY: its type was just looked at.
            self.string(unsafe { key.cast_unchecked() })?;
        } else {
            self.other_key(key)?;
        }
        let end = self.encoded.json.len();
        self.push(b':');
        self.value(value).map_err(|fault| fault.in_entry(&self.encoded.json[from..end]))
    }

    /// Keys that are no strings become what JavaScript makes of them.
    #[cold]
    fn other_key(&mut self, key: &Bound<'_, PyAny>) -> Written {
        if let Ok(key) = key.cast::<PyString>() {
            return self.string(key);
        }
        self.push(b'"');
        if key.is_none() {
            self.extend(b"null");
        } else if let Ok(key) = key.cast::<PyBool>() {
            self.extend(if key.is_true() { b"true" } else { b"false" });
        } else if let Ok(key) = key.cast::<PyInt>() {
            self.integer(key)?;
        } else if let Ok(key) = key.cast::<PyFloat>() {
            self.extend(float_key(key.value()).as_bytes());
        } else {
            return Err(Fault::new(Cause::Key(type_name(key))));
        }
        self.push(b'"');
        Ok(())
    }

    fn string(&mut self, text: &Bound<'_, PyString>) -> Written {
        // SAFETY: a str never changes, and no Python code runs while the data is used.
        let data = unsafe { text.data() }?;
        let out = &mut self.encoded.json;
        match data {
            PyStringData::Ucs1(bytes) => write_latin1(out, bytes),
            PyStringData::Ucs2(units) => write_units(out, units),
            PyStringData::Ucs4(units) => write_units(out, units),
        }
        Ok(())
    }

    fn integer(&mut self, value: &Bound<'_, PyInt>) -> Written {
        let mut overflow = 0;
        // SAFETY: it is an int, or of a subclass, so that none of its code runs.
        let small = unsafe { ffi::PyLong_AsLongLongAndOverflow(value.as_ptr(), &raw mut overflow) };
        if overflow != 0 {
            return self.big_integer(value);
        }
        self.extend(itoa::Buffer::new().format(small).as_bytes());
        Ok(())
    }

    #[cold]
    fn big_integer(&mut self, value: &Bound<'_, PyInt>) -> Written {
        // SAFETY: it is an int, or of a subclass, so that none of its code runs.
        let text = unsafe { ffi::PyNumber_ToBase(value.as_ptr(), 10) };
        // SAFETY: the call gave a new reference or null with an error.
        let text = unsafe { Bound::from_owned_ptr_or_err(value.py(), text) };
        match text {
            Ok(text) => {
                self.extend(text.cast::<PyString>().map_err(PyErr::from)?.to_str()?.as_bytes());
                Ok(())
            }
            Err(error) if error.is_instance_of::<PyValueError>(value.py()) => {
                Err(Fault::new(Cause::Digits))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The shortest text that reads as the same number; JavaScript writes null for what JSON has no text for.
    #[inline(never)]
    fn float(&mut self, value: f64) {
        if value.is_finite() {
            write!(self.encoded.json, "{value:?}").expect("a Vec takes all that is written");
        } else {
            self.extend(b"null");
        }
    }

    #[cold]
    fn buffer(&mut self, value: &Bound<'_, PyAny>) -> Written {
        let buffer = PyUntypedBuffer::get(value)?;
        if !buffer.is_c_contiguous() {
            let copied = value.call_method0("tobytes")?;
            self.attachment(copied.cast::<PyBytes>().map_err(PyErr::from)?.as_bytes());
            return Ok(());
        }
        let bytes = if buffer.len_bytes() == 0 {
            &[]
        } else {
            // SAFETY: while `buffer` lives, that many bytes lie there in one piece; the thread
            // stays attached and runs no Python code until they are copied, so nobody writes.
            unsafe { std::slice::from_raw_parts(buffer.buf_ptr().cast(), buffer.len_bytes()) }
        };
        self.attachment(bytes);
        Ok(())
    }

    fn attachment(&mut self, bytes: &[u8]) {
        self.extend(b"{\"_placeholder\":true,\"num\":");
        self.extend(itoa::Buffer::new().format(self.encoded.attachments).as_bytes());
        self.push(b'}');
        websocket::write_frame(&mut self.encoded.binary, Opcode::Binary, bytes);
        self.encoded.attachments += 1;
    }

    fn open(&mut self, bracket: u8) -> Written {
        self.levels = self.levels.checked_sub(1).ok_or_else(|| Fault::new(Cause::Depth))?;
        self.push(bracket);
        Ok(())
    }

    fn close(&mut self, bracket: u8) {
        self.levels += 1;
        self.push(bracket);
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
