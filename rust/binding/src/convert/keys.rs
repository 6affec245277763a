//! Row 6: the keys of objects, made into a `str` once and shared from then on.
#![allow(unsafe_code, reason = "fills a new str's storage directly, which PyO3 has no way for")]

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

const SLOTS: usize = 1024;

/// Longer keys are rarely used twice.
const LONGEST: usize = 32;

/// Keys that were seen of late. A key has one slot and takes it from the one before, so peers that
/// choose their keys badly only lose the gain.
///
/// They are not interned: interned strings live forever on some versions of `CPython`, and peers choose these.
pub(crate) struct Keys(Box<[Option<Slot>]>);

struct Slot {
    length: u8,
    text: [u8; LONGEST],
    key: Py<PyString>,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self((0..SLOTS).map(|_| None).collect())
    }

    /// The `str` of an ASCII `text`. `None`: Python has raised an error.
    ///
    /// # Safety
    /// `text` must be ASCII.
    #[inline]
    pub(super) unsafe fn get<'py>(
        &mut self,
        py: Python<'py>,
        text: &[u8],
    ) -> Option<Bound<'py, PyString>> {
        if text.len() > LONGEST {
            // SAFETY: the caller's promise.
            return unsafe { ascii_str(py, text) };
        }
        let slot = &mut self.0[slot_of(text)];
        if let Some(slot) = slot
            && slot.text.get(..usize::from(slot.length)) == Some(text)
        {
            return Some(slot.key.bind(py).clone());
        }
        // SAFETY: the caller's promise.
        let key = unsafe { ascii_str(py, text) }?;
        *slot = Slot::new(text, &key);
        Some(key)
    }
}

impl Slot {
    fn new(text: &[u8], key: &Bound<'_, PyString>) -> Option<Self> {
        let mut slot = Self {
            length: u8::try_from(text.len()).ok()?,
            text: [0; LONGEST],
            key: key.clone().unbind(),
        };
        slot.text.get_mut(..text.len())?.copy_from_slice(text);
        Some(slot)
    }
}

/// Not keyed against chosen collisions: there is nothing to probe, see [`Keys`].
#[inline]
fn slot_of(text: &[u8]) -> usize {
    let words = text.chunks_exact(8);
    let tail = words.remainder().iter().fold(0, |tail, &byte| (tail << 8) | u64::from(byte));
    let hash = words
        .map(|word| word.iter().rev().fold(0, |word, &byte| (word << 8) | u64::from(byte)))
        .chain([tail])
        .fold(text.len() as u64, |hash, word| {
            (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
    (hash >> 54) as usize % SLOTS
}

/// A new `str`. `None`: Python has raised an error.
///
/// # Safety
/// `text` must be ASCII.
#[inline]
pub(super) unsafe fn ascii_str<'py>(py: Python<'py>, text: &[u8]) -> Option<Bound<'py, PyString>> {
    let length = isize::try_from(text.len()).expect("no slice is longer than isize::MAX");
    // SAFETY: the thread is attached, as `py` shows.
    let new = unsafe { ffi::PyUnicode_New(length, 127) };
    // SAFETY: the call gave a new reference or null.
    let new = unsafe { Bound::from_owned_ptr_or_opt(py, new) }?;
    if length > 0 {
        // SAFETY: it is a str, and ready.
        let storage = unsafe { ffi::PyUnicode_DATA(new.as_ptr()) }.cast();
        // SAFETY: the storage holds `length` bytes for characters up to 127, which the caller has
        // promised; nobody else has seen this str yet (only the empty one is shared).
        unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), storage, text.len()) };
    }
    // SAFETY: PyUnicode_New makes a str.
    Some(unsafe { new.cast_into_unchecked() })
}
