//! Row 6: a packet's JSON array into Python values, without a tree between.
//!
//! The hub has checked the text (`socketio::json`), so an error here is an integer that is too long, or memory.
//! Text that was not checked gives an error too, never anything worse.
#![allow(unsafe_code, reason = "str, int, list and dict are made by the C API: the hot path")]

mod scalars;

use std::borrow::Cow;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use smallvec::SmallVec;

use super::escape::float_key;
use super::fault::Failure;
pub(crate) use super::fault::ReadError;
use super::keys::Keys;
use super::text::Cursor;
use super::{INLINE_LEVELS, MAX_DEPTH};

/// The arguments of a call; few have more than eight.
pub(crate) type Arguments<'py> = SmallVec<[Bound<'py, PyAny>; 8]>;

type Built<'py> = Result<Bound<'py, PyAny>, Failure>;

/// Reads one packet: [`name`](Self::name) and then [`arguments`](Self::arguments), or [`array`](Self::array); or
/// [`lone_value`](Self::lone_value).
pub(crate) struct Reader<'a, 'py> {
    py: Python<'py>,
    keys: &'a mut Keys,
    cursor: Cursor<'a>,
    /// How many arrays and objects may be open in one another within the packet's own array.
    levels: usize,
    attachments: &'a [Box<[u8]>],
    /// Those that a placeholder has asked for: many may ask for the same one.
    made: Vec<Option<Bound<'py, PyBytes>>>,
    /// Elements of the arrays that are open, dicts and keys of the objects.
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

    /// The event's name, a number's text as JavaScript writes it, borrowed from the data unless it has escapes.
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

    /// The data as one value, with no array around it.
    ///
    /// # Errors
    /// [`ReadError`].
    pub(crate) fn lone_value(&mut self) -> Result<Bound<'py, PyAny>, ReadError> {
        self.levels = MAX_DEPTH;
        let read = self.value().and_then(|value| self.end().map(|()| value));
        read.map_err(|failure| failure.into_error(self.py))
    }

    fn raw_name(&mut self) -> Result<Cow<'a, [u8]>, Failure> {
        self.cursor.expect(b'[')?;
        let string = self.cursor.next()? == b'"';
        let from = self.cursor.at;
        if !string {
            self.cursor.skip_scalar()?;
            return number_name(self.cursor.since(from)).map(Cow::Owned);
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
        self.end().map(|()| count)
    }

    fn end(&mut self) -> Result<(), Failure> {
        match self.cursor.next() {
            Ok(_) => Err(Failure::Invalid),
            Err(_) => Ok(()),
        }
    }

    fn value(&mut self) -> Built<'py> {
        match self.cursor.next()? {
            b'[' | b'{' => self.container(),
            byte => self.scalar(byte),
        }
    }

    /// An array or object with all that it holds, without recursion: the peer chooses the depth, and a thread's
    /// stack may be small.
    fn container(&mut self) -> Built<'py> {
        let mut outer = Levels::new();
        let mut built = None;
        loop {
            built = match built {
                None => self.open(&mut outer)?,
                Some(inner) => match outer.pop() {
                    None => return Ok(inner),
                    Some(level) => self.resume(level, inner, &mut outer)?,
                },
            };
        }
    }

    /// At an opening bracket within `outer`.
    fn open(&mut self, outer: &mut Levels<'a>) -> Filled<'py> {
        if outer.len() == self.levels {
            return Err(Failure::Invalid);
        }
        let bracket = self.cursor.peek();
        self.cursor.at += 1;
        if bracket == Some(b'[') {
            let more = self.cursor.any(b']')?;
            return self.array_from(self.elements.len(), more, outer);
        }
        // SAFETY: the thread is attached, as `self.py` shows.
        let dict = unsafe { ffi::PyDict_New() };
        let dict = self.owned(dict)?;
        let more = self.cursor.any(b'}')?;
        self.object_from(dict, Placeholder::default(), more, outer)
    }

    /// Behind `inner`, which is in `level`.
    fn resume(
        &mut self,
        level: Level<'a>,
        inner: Bound<'py, PyAny>,
        outer: &mut Levels<'a>,
    ) -> Filled<'py> {
        match level {
            Level::Array(base) => {
                self.elements.push(inner);
                let more = self.cursor.more(b']')?;
                self.array_from(base, more, outer)
            }
            Level::Object(entry, mut placeholder) => {
                let key = self.elements.pop().expect("the key was put there with the level");
                let dict = self.elements.pop().expect("the dict was put there with the level");
                set_item(&dict, &key, &inner)?;
                self.note(&mut placeholder, entry);
                let more = self.cursor.more(b'}')?;
                self.object_from(dict, placeholder, more, outer)
            }
        }
    }

    /// The rest of an array whose elements are those from `base` on.
    fn array_from(&mut self, base: usize, mut more: bool, outer: &mut Levels<'a>) -> Filled<'py> {
        while more {
            let element = match self.cursor.next()? {
                b'[' | b'{' => {
                    outer.push(Level::Array(base));
                    return Ok(None);
                }
                byte => self.scalar(byte)?,
            };
            self.elements.push(element);
            more = self.cursor.more(b']')?;
        }
        self.list_of(base).map(Some)
    }

    /// The rest of an object.
    fn object_from(
        &mut self,
        dict: Bound<'py, PyAny>,
        mut placeholder: Placeholder,
        mut more: bool,
        outer: &mut Levels<'a>,
    ) -> Filled<'py> {
        while more {
            if self.cursor.next()? != b'"' {
                return Err(Failure::Invalid);
            }
            let key_at = self.cursor.at;
            let key = self.key()?;
            let key_text = self.cursor.since(key_at);
            self.cursor.expect(b':')?;
            let byte = self.cursor.next()?;
            let entry = Entry { key_text, value_at: self.cursor.at };
            if let b'[' | b'{' = byte {
                self.elements.extend([dict, key]);
                outer.push(Level::Object(entry, placeholder));
                return Ok(None);
            }
            let value = self.scalar(byte)?;
            set_item(&dict, &key, &value)?;
            self.note(&mut placeholder, entry);
            more = self.cursor.more(b'}')?;
        }
        if placeholder.marked {
            self.attachment(placeholder.number).map(Some)
        } else {
            Ok(Some(dict))
        }
    }

    /// Behind the value of `entry`.
    #[inline]
    fn note(&self, placeholder: &mut Placeholder, entry: Entry<'a>) {
        if !self.attachments.is_empty() {
            placeholder.note(entry.key_text, self.cursor.since(entry.value_at));
        }
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

    /// The hub has refused a `number` that is out of range.
    #[cold]
    fn attachment(&mut self, number: Option<usize>) -> Built<'py> {
        let number = number.ok_or(Failure::Invalid)?;
        let bytes = self.attachments.get(number).ok_or(Failure::Invalid)?;
        let made = self.made.get_mut(number).ok_or(Failure::Invalid)?;
        let made = made.get_or_insert_with(|| PyBytes::new(self.py, bytes));
        Ok(made.clone().into_any())
    }
}

/// An array or object that is open, around another one. What it holds already is among the reader's elements,
/// so that nothing has to be dropped here.
enum Level<'a> {
    /// Its elements are those from here on.
    Array(usize),
    /// Its dict and the key of the other one are the last elements.
    Object(Entry<'a>, Placeholder),
}

type Levels<'a> = SmallVec<[Level<'a>; INLINE_LEVELS]>;

/// The whole array or object; `None` at another one that begins within.
type Filled<'py> = Result<Option<Bound<'py, PyAny>>, Failure>;

/// The text of an entry's key, and where its value begins.
#[derive(Clone, Copy)]
struct Entry<'a> {
    key_text: &'a [u8],
    value_at: usize,
}

/// A number as the name of an event: what JavaScript makes of it.
#[cold]
fn number_name(text: &[u8]) -> Result<Vec<u8>, Failure> {
    let value = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    Ok(float_key(value.ok_or(Failure::Invalid)?).into_bytes())
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

#[inline]
fn set_item(
    dict: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
) -> Result<(), Failure> {
    // SAFETY: `dict` is a dict, the other two are objects; it takes references of its own.
    let status = unsafe { ffi::PyDict_SetItem(dict.as_ptr(), key.as_ptr(), value.as_ptr()) };
    if status == 0 { Ok(()) } else { Err(Failure::Raised) }
}

fn signed(length: usize) -> isize {
    isize::try_from(length).expect("no slice is longer than isize::MAX")
}
