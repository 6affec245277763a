//! Strings, numbers and attachments, and keys of objects.

use std::io::Write;

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::string::PyStringData;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyString};
use websocket::Opcode;

use crate::convert::escape::{float_key, write_latin1, write_units};
use crate::convert::fault::{Cause, Fault, Written, type_name};

use super::Writer;
use super::foreign::foreign_key;

impl Writer<'_> {
    /// Keys that are no strings become what JavaScript makes of them.
    #[cold]
    pub(super) fn other_key(&mut self, key: &Bound<'_, PyAny>) -> Written {
        if self.plain_key(key)? {
            return Ok(());
        }
        let simple = foreign_key(key)?;
        if self.plain_key(&simple)? { Ok(()) } else { Err(Fault::new(Cause::Key(type_name(key)))) }
    }

    /// Writes a key whose type has a form of its own; false: it is of another.
    #[cold]
    fn plain_key(&mut self, key: &Bound<'_, PyAny>) -> Result<bool, Fault> {
        if let Ok(key) = key.cast::<PyString>() {
            self.string(key)?;
            return Ok(true);
        }
        let start = self.encoded.json.len();
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
            self.encoded.json.truncate(start);
            return Ok(false);
        }
        self.push(b'"');
        Ok(true)
    }

    pub(super) fn string(&mut self, text: &Bound<'_, PyString>) -> Written {
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

    #[inline]
    pub(super) fn integer(&mut self, value: &Bound<'_, PyInt>) -> Written {
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
    pub(super) fn float(&mut self, value: f64) {
        if value.is_finite() {
            write!(self.encoded.json, "{value:?}").expect("a Vec takes all that is written");
        } else {
            self.extend(b"null");
        }
    }

    #[cold]
    pub(super) fn buffer(&mut self, value: &Bound<'_, PyAny>) -> Written {
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

    pub(super) fn attachment(&mut self, bytes: &[u8]) {
        self.extend(b"{\"_placeholder\":true,\"num\":");
        self.extend(itoa::Buffer::new().format(self.encoded.attachments).as_bytes());
        self.push(b'}');
        websocket::write_frame(&mut self.encoded.binary, Opcode::Binary, bytes);
        self.encoded.attachments += 1;
    }
}
