//! Row 6: a packet's JSON array into Python values, without a tree between.
//!
//! The hub has checked the text (`socketio::json`), so an error here is an integer that is too long, or memory.
//! Text that was not checked gives an error too, never anything worse.
#![allow(unsafe_code, reason = "str, int, list and dict are made by the C API: the hot path")]

use std::borrow::Cow;

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat};
use smallvec::SmallVec;

use super::fault::Failure;
pub(crate) use super::fault::ReadError;
use super::keys::{Keys, ascii_str};
use super::text::{Cursor, plain_run};
use super::{MAX_DEPTH, MAX_DIGITS};

/// The arguments of a call; few have more than eight.
pub(crate) type Arguments<'py> = SmallVec<[Bound<'py, PyAny>; 8]>;

/// A string without escapes.
struct Plain<'a> {
    text: &'a [u8],
    ascii: bool,
}

type Built<'py> = Result<Bound<'py, PyAny>, Failure>;

/// Reads one packet: [`name`](Self::name) and then [`arguments`](Self::arguments), or [`array`](Self::array).
pub(crate) struct Reader<'a, 'py> {
    py: Python<'py>,
    keys: &'a mut Keys,
    cursor: Cursor<'a>,
    /// How many more arrays and objects may be opened.
    levels: usize,
    attachments: &'a [Box<[u8]>],
    /// Those that a placeholder has asked for: many may ask for the same one.
    made: Vec<Option<Bound<'py, PyBytes>>>,
    /// Elements of the arrays that are open.
    elements: SmallVec<[Bound<'py, PyAny>; 8]>,
    /// What is being unescaped.
    scratch: Vec<u8>,
}

impl<'a, 'py> Reader<'a, 'py> {
    /// With no attachments an object that looks like a placeholder is one like any other.
    pub(crate) fn new(
        py: Python<'py>,
        keys: &'a mut Keys,
        data: &'a [u8],
        attachments: &'a [Box<[u8]>],
    ) -> Self {
        Self {
            py,
            keys,
            cursor: Cursor { data, at: 0 },
            levels: MAX_DEPTH - 1,
            attachments,
            made: vec![None; attachments.len()],
            elements: SmallVec::new(),
            scratch: Vec::new(),
        }
    }

    /// The event's name, a number's text if it is one, borrowed from the data unless it has escapes.
    ///
    /// # Errors
    /// [`ReadError::Invalid`].
    pub(crate) fn name(&mut self) -> Result<Cow<'a, [u8]>, ReadError> {
        self.raw_name().map_err(|failure| failure.into_error(self.py))
    }

    /// After [`name`](Self::name): appends what follows it to `out`, at most `maximum` values, and counts all.
    ///
    /// # Errors
    /// [`ReadError`]; `out` may hold some of the arguments then.
    pub(crate) fn arguments(
        &mut self,
        maximum: usize,
        out: &mut Arguments<'py>,
    ) -> Result<usize, ReadError> {
        self.rest(0, maximum, out).map_err(|failure| failure.into_error(self.py))
    }

    /// Appends all elements of the array to `out`, and counts them.
    ///
    /// # Errors
    /// [`ReadError`]; `out` may hold some of the elements then.
    pub(crate) fn array(&mut self, out: &mut Arguments<'py>) -> Result<usize, ReadError> {
        self.whole(out).map_err(|failure| failure.into_error(self.py))
    }

    fn raw_name(&mut self) -> Result<Cow<'a, [u8]>, Failure> {
        self.cursor.expect(b'[')?;
        let string = self.cursor.next()? == b'"';
        let from = self.cursor.at;
        if !string {
            self.cursor.skip_scalar()?;
            return Ok(Cow::Borrowed(self.cursor.since(from)));
        }
        if let Some(run) = self.whole_run() {
            return Ok(Cow::Borrowed(run.text));
        }
        self.unescape()?;
        Ok(Cow::Owned(std::mem::take(&mut self.scratch)))
    }

    fn whole(&mut self, out: &mut Arguments<'py>) -> Result<usize, Failure> {
        self.cursor.expect(b'[')?;
        if self.cursor.next()? == b']' {
            return self.rest(0, 0, out);
        }
        out.push(self.value()?);
        self.rest(1, usize::MAX, out)
    }

    /// What follows an element, up to the end of the data; `count` elements were before.
    fn rest(
        &mut self,
        mut count: usize,
        maximum: usize,
        out: &mut Arguments<'py>,
    ) -> Result<usize, Failure> {
        while self.cursor.more(b']')? {
            if count < maximum {
                out.push(self.value()?);
            } else {
                self.cursor.skip()?;
            }
            count += 1;
        }
        match self.cursor.next() {
            Ok(_) => Err(Failure::Invalid),
            Err(_) => Ok(count),
        }
    }

    fn value(&mut self) -> Built<'py> {
        match self.cursor.next()? {
            b'"' => self.string(),
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::list),
            b't' => self.word(b"true", |py| PyBool::new(py, true).to_owned().into_any()),
            b'f' => self.word(b"false", |py| PyBool::new(py, false).to_owned().into_any()),
            b'n' => self.word(b"null", |py| py.None().into_bound(py)),
            _ => self.number(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Built<'py>) -> Built<'py> {
        self.cursor.at += 1;
        self.levels = self.levels.checked_sub(1).ok_or(Failure::Invalid)?;
        let built = read(self)?;
        self.levels += 1;
        Ok(built)
    }

    fn list(&mut self) -> Built<'py> {
        let base = self.elements.len();
        if self.cursor.next()? == b']' {
            self.cursor.at += 1;
        } else {
            let first = self.value()?;
            self.elements.push(first);
            while self.cursor.more(b']')? {
                let element = self.value()?;
                self.elements.push(element);
            }
        }
        self.list_of(base)
    }

    /// Moves the elements from `base` on into a list, which is made only now that its length is known.
    fn list_of(&mut self, base: usize) -> Built<'py> {
        let length = signed(self.elements.len() - base);
        // SAFETY: the thread is attached, as `self.py` shows.
        let list = unsafe { ffi::PyList_New(length) };
        let list = self.owned(list)?;
        for (index, element) in (0..).zip(self.elements.drain(base..)) {
            // SAFETY: it is a list, `index` is below its length, its place is still empty, and the
            // reference is given away.
            unsafe { ffi::PyList_SET_ITEM(list.as_ptr(), index, element.into_ptr()) };
        }
        Ok(list)
    }

    fn object(&mut self) -> Built<'py> {
        // SAFETY: the thread is attached, as `self.py` shows.
        let dict = unsafe { ffi::PyDict_New() };
        let dict = self.owned(dict)?;
        if self.cursor.next()? == b'}' {
            self.cursor.at += 1;
            return Ok(dict);
        }
        let mut placeholder = Placeholder::default();
        loop {
            self.entry(&dict, &mut placeholder)?;
            if !self.cursor.more(b'}')? {
                break;
            }
        }
        if placeholder.marked { self.attachment(placeholder.number) } else { Ok(dict) }
    }

    fn entry(
        &mut self,
        dict: &Bound<'py, PyAny>,
        placeholder: &mut Placeholder,
    ) -> Result<(), Failure> {
        if self.cursor.next()? != b'"' {
            return Err(Failure::Invalid);
        }
        let key_at = self.cursor.at;
        let key = self.key()?;
        let key_text = self.cursor.since(key_at);
        self.cursor.expect(b':')?;
        self.cursor.next()?;
        let value_at = self.cursor.at;
        let value = self.value()?;
        if !self.attachments.is_empty() {
            placeholder.note(key_text, self.cursor.since(value_at));
        }
        // SAFETY: `dict` is a dict, the other two are objects; it takes references of its own.
        let status = unsafe { ffi::PyDict_SetItem(dict.as_ptr(), key.as_ptr(), value.as_ptr()) };
        if status == 0 { Ok(()) } else { Err(Failure::Raised) }
    }

    /// The hub has refused a `number` that is out of range.
    #[cold]
    fn attachment(&mut self, number: Option<usize>) -> Built<'py> {
        let number = number.ok_or(Failure::Invalid)?;
        let bytes = self.attachments.get(number).ok_or(Failure::Invalid)?;
        let made = self.made.get_mut(number).ok_or(Failure::Invalid)?;
        let made = made.get_or_insert_with(|| PyBytes::new(self.py, bytes));
        Ok(made.clone().into_any())
    }

    fn key(&mut self) -> Built<'py> {
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
    fn whole_run(&mut self) -> Option<Plain<'a>> {
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

    fn unescape(&mut self) -> Result<(), Failure> {
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
    fn owned(&self, new: *mut ffi::PyObject) -> Built<'py> {
        // SAFETY: all callers pass a new reference or null.
        unsafe { Bound::from_owned_ptr_or_opt(self.py, new) }.ok_or(Failure::Raised)
    }
}

/// What an object has shown of being a placeholder; by the text, as the hub has looked at it.
#[derive(Default)]
struct Placeholder {
    marked: bool,
    number: Option<usize>,
}

impl Placeholder {
    fn note(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"\"_placeholder\"" => self.marked = value == b"true",
            b"\"num\"" => {
                self.number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            }
            _ => {}
        }
    }
}

fn signed(length: usize) -> isize {
    isize::try_from(length).expect("no slice is longer than isize::MAX")
}
