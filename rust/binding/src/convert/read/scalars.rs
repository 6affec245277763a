//! Strings, numbers and words of a packet's JSON.

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat};

use crate::convert::MAX_DIGITS;
use crate::convert::fault::Failure;
use crate::convert::keys::ascii_str;
use crate::convert::text::{Cursor, plain_run};

use super::{Built, Reader, signed};

/// A string without escapes.
pub(super) struct Plain<'a> {
    pub(super) text: &'a [u8],
    ascii: bool,
}

impl<'a, 'py> Reader<'a, 'py> {
    /// What is no array and no object, from its first byte.
    pub(super) fn scalar(&mut self, byte: u8) -> Built<'py> {
        match byte {
            b'"' => self.string(),
            b't' => self.word(b"true", |py| PyBool::new(py, true).to_owned().into_any()),
            b'f' => self.word(b"false", |py| PyBool::new(py, false).to_owned().into_any()),
            b'n' => self.word(b"null", |py| py.None().into_bound(py)),
            _ => self.number(),
        }
    }

    pub(super) fn key(&mut self) -> Built<'py> {
        let Some(run) = self.whole_run() else { return self.escaped() };
        if !run.ascii {
            return self.utf8(run.text);
        }
        // SAFETY: the run is ASCII.
        let key = unsafe { self.keys.get(self.py, run.text) };
        key.map(Bound::into_any).ok_or(Failure::Raised)
    }

    fn string(&mut self) -> Built<'py> {
        let Some(run) = self.whole_run() else { return self.escaped() };
        if !run.ascii {
            return self.utf8(run.text);
        }
        // SAFETY: the run is ASCII.
        let made = unsafe { ascii_str(self.py, run.text) };
        made.map(Bound::into_any).ok_or(Failure::Raised)
    }

    /// At an opening quote: a string without escapes, passed; anything else stays where it is.
    #[inline]
    pub(super) fn whole_run(&mut self) -> Option<Plain<'a>> {
        let Cursor { data, at } = self.cursor;
        let run = plain_run(data, at + 1);
        if data.get(run.end) != Some(&b'"') {
            return None;
        }
        self.cursor.at = run.end + 1;
        Some(Plain { text: data.get(at + 1..run.end)?, ascii: run.ascii })
    }

    fn escaped(&mut self) -> Built<'py> {
        self.unescape()?;
        self.utf8(&self.scratch)
    }

    pub(super) fn unescape(&mut self) -> Result<(), Failure> {
        self.cursor.at += 1;
        self.scratch.clear();
        Ok(self.cursor.unescape(&mut self.scratch)?)
    }

    fn utf8(&self, text: &[u8]) -> Built<'py> {
        let length = signed(text.len());
        // SAFETY: pointer and length are of one slice; no error handler means strict.
        let made =
            unsafe { ffi::PyUnicode_DecodeUTF8(text.as_ptr().cast(), length, std::ptr::null()) };
        self.owned(made)
    }

    fn number(&mut self) -> Built<'py> {
        let from = self.cursor.at;
        let negative = self.cursor.peek() == Some(b'-');
        self.cursor.at += usize::from(negative);
        let zero = self.cursor.peek() == Some(b'0');
        let first = self.cursor.at;
        let mut magnitude = 0_i64;
        while let Some(digit @ b'0'..=b'9') = self.cursor.peek() {
            magnitude = magnitude.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            self.cursor.at += 1;
        }
        let digits = self.cursor.at - first;
        if digits == 0 || (zero && digits > 1) {
            return Err(Failure::Invalid);
        }
        if let Some(b'.' | b'e' | b'E') = self.cursor.peek() {
            return self.float(from);
        }
        // 18 digits always fit.
        if digits > 18 {
            return self.big_integer(from, digits);
        }
        let value = if negative { -magnitude } else { magnitude };
        // SAFETY: the thread is attached, as `self.py` shows.
        let made = unsafe { ffi::PyLong_FromLongLong(value) };
        self.owned(made)
    }

    /// The number that began at `from`. What is too large is infinite, as in `json`.
    fn float(&mut self, from: usize) -> Built<'py> {
        self.cursor.fraction_and_exponent()?;
        let text = std::str::from_utf8(self.cursor.since(from));
        let value = text.ok().and_then(|text| text.parse().ok()).ok_or(Failure::Invalid)?;
        Ok(PyFloat::new(self.py, value).into_any())
    }

    fn word(&mut self, word: &[u8], value: fn(Python<'py>) -> Bound<'py, PyAny>) -> Built<'py> {
        self.cursor.word(word)?;
        Ok(value(self.py))
    }

    #[cold]
    fn big_integer(&mut self, from: usize, digits: usize) -> Built<'py> {
        if digits > MAX_DIGITS {
            return Err(Failure::TooManyDigits);
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(self.cursor.since(from));
        self.scratch.push(0);
        let text = self.scratch.as_ptr().cast();
        // SAFETY: the text ends with a zero byte; a null end is allowed.
        let made = unsafe { ffi::PyLong_FromString(text, std::ptr::null_mut(), 10) };
        self.owned(made).map_err(|failure| match PyErr::take(self.py) {
            // The application has set a lower bound.
            Some(error) if error.is_instance_of::<PyValueError>(self.py) => Failure::TooManyDigits,
            Some(error) => {
                error.restore(self.py);
                failure
            }
            None => failure,
        })
    }

    /// What the C API has just given as a new reference.
    #[inline]
    pub(super) fn owned(&self, new: *mut ffi::PyObject) -> Built<'py> {
        // SAFETY: all callers pass a new reference or null.
        unsafe { Bound::from_owned_ptr_or_opt(self.py, new) }.ok_or(Failure::Raised)
    }
}
