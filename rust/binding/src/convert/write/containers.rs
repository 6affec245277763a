//! What has other values in it: an explicit stack instead of recursion.

use std::ops::Range;

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use smallvec::SmallVec;

use crate::convert::INLINE_LEVELS;
use crate::convert::fault::{Cause, Fault, Written};

use super::{Container, Filled, Writer};

impl Writer<'_> {
    /// A container with all that it holds, without recursion: values may be deep, and a thread's stack small.
    pub(super) fn container(&mut self, outermost: Container<'_>) -> Written {
        let mut outer = Levels::new();
        let mut next = Some(outermost);
        loop {
            let level = match next {
                Some(container) => self.open(container)?,
                None => match outer.pop() {
                    Some(level) => level,
                    None => return Ok(()),
                },
            };
            next = self.fill(level, &mut outer).map_err(|fault| self.within(&outer, fault))?;
        }
    }

    fn open<'py>(&mut self, container: Container<'py>) -> Result<Level<'py>, Fault> {
        self.levels = self.levels.checked_sub(1).ok_or_else(|| Fault::new(Cause::Depth))?;
        let (bracket, length) = match &container {
            Container::List(list) => (b'[', list.len()),
            Container::Tuple(tuple) => (b'[', tuple.len()),
            Container::Dict(dict) => (b'{', dict.len()),
            Container::Mapping(items) => (b'{', items.len()),
        };
        self.push(bracket);
        Ok(Level { container, length, next: 0, key: 0..0 })
    }

    fn close(&mut self, bracket: u8) {
        self.levels += 1;
        self.push(bracket);
    }

    /// Writes on to the end, or up to a container within: then `level` goes to `outer`.
    fn fill<'py>(&mut self, level: Level<'py>, outer: &mut Levels<'py>) -> Filled<'py> {
        let Level { container, next, length, .. } = level;
        match container {
            Container::List(list) => self.list(list, next, length, outer),
            Container::Tuple(tuple) => self.tuple(tuple, next, outer),
            Container::Dict(dict) => self.dict(dict, next, length, outer),
            Container::Mapping(items) => self.items(items, next, outer),
        }
    }

    fn list<'py>(
        &mut self,
        list: Bound<'py, PyList>,
        mut next: usize,
        length: usize,
        outer: &mut Levels<'py>,
    ) -> Filled<'py> {
        while let Some(element) = element_of(&list, next, length) {
            let inner = self.element(next, &element)?;
            next += 1;
            if inner.is_some() {
                outer.push(Level { container: Container::List(list), next, length, key: 0..0 });
                return Ok(inner);
            }
        }
        self.close(b']');
        Ok(None)
    }

    fn tuple<'py>(
        &mut self,
        tuple: Bound<'py, PyTuple>,
        mut next: usize,
        outer: &mut Levels<'py>,
    ) -> Filled<'py> {
        let length = tuple.len();
        while let Some(element) = tuple.as_slice().get(next) {
            let inner = self.element(next, element)?;
            next += 1;
            if inner.is_some() {
                outer.push(Level { container: Container::Tuple(tuple), next, length, key: 0..0 });
                return Ok(inner);
            }
        }
        self.close(b']');
        Ok(None)
    }

    #[inline]
    fn element<'py>(&mut self, index: usize, element: &Bound<'py, PyAny>) -> Filled<'py> {
        if index > 0 {
            self.push(b',');
        }
        self.unless_container(element).map_err(|fault| fault.in_element(index))
    }

    fn dict<'py>(
        &mut self,
        dict: Bound<'py, PyDict>,
        next: usize,
        length: usize,
        outer: &mut Levels<'py>,
    ) -> Filled<'py> {
        let py = dict.py();
        let mut position = next.cast_signed();
        let (mut key, mut value) = (std::ptr::null_mut(), std::ptr::null_mut());
        loop {
            if dict.len() != length {
                let error = PyRuntimeError::new_err("dictionary changed size during iteration");
                return Err(error.into());
            }
            let first = position == 0;
            // SAFETY: it is a dict, and the position is one that this call has set, or 0 to begin.
            // A dict that was changed in between gives other entries, or none, but live ones.
            let more = unsafe {
                ffi::PyDict_Next(dict.as_ptr(), &raw mut position, &raw mut key, &raw mut value)
            };
            if more == 0 {
                self.close(b'}');
                return Ok(None);
            }
            // SAFETY: the dict holds it, and nothing has run since it was asked for. It is held
            // from here on: writing the entry may run code that changes the dict.
            let key = unsafe { Bound::from_borrowed_ptr(py, key) };
            // SAFETY: as the key.
            let value = unsafe { Bound::from_borrowed_ptr(py, value) };
            let key = self.key(first, &key)?;
            let inner = self.unless_container(&value).map_err(|fault| self.at(&key, fault))?;
            if inner.is_some() {
                let next = position.cast_unsigned();
                outer.push(Level { container: Container::Dict(dict), next, length, key });
                return Ok(inner);
            }
        }
    }

    fn items<'py>(
        &mut self,
        items: Bound<'py, PyList>,
        mut next: usize,
        outer: &mut Levels<'py>,
    ) -> Filled<'py> {
        let length = items.len();
        while let Some(item) = element_of(&items, next, length) {
            let (key, value) = item.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
            let key = self.key(next == 0, &key)?;
            next += 1;
            let inner = self.unless_container(&value).map_err(|fault| self.at(&key, fault))?;
            if inner.is_some() {
                outer.push(Level { container: Container::Mapping(items), next, length, key });
                return Ok(inner);
            }
        }
        self.close(b'}');
        Ok(None)
    }

    /// Writes a key, and gives its place in the JSON.
    #[inline]
    fn key(&mut self, first: bool, key: &Bound<'_, PyAny>) -> Result<Range<usize>, Fault> {
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
        Ok(from..end)
    }

    #[cold]
    fn at(&self, key: &Range<usize>, fault: Fault) -> Fault {
        fault.in_entry(&self.encoded.json[key.clone()])
    }

    /// Tells the way to a fault through the containers around.
    #[cold]
    fn within(&self, outer: &Levels<'_>, fault: Fault) -> Fault {
        outer.iter().rev().fold(fault, |fault, level| match level.container {
            Container::List(_) | Container::Tuple(_) => fault.in_element(level.next - 1),
            Container::Dict(_) | Container::Mapping(_) => self.at(&level.key, fault),
        })
    }
}

/// A container that is open. It is held: what is written within may run code that drops it elsewhere.
struct Level<'py> {
    container: Container<'py>,
    /// When it was opened.
    length: usize,
    /// The index of the next element, or a dict's own notion of its place.
    next: usize,
    /// Where in the JSON the key is whose value is being written.
    key: Range<usize>,
}

type Levels<'py> = SmallVec<[Level<'py>; INLINE_LEVELS]>;

/// An element of a list that had `length` of them. Whoever changes the list meanwhile does no harm: the element is
/// held, and the length looked at each time.
#[inline]
fn element_of<'py>(
    list: &Bound<'py, PyList>,
    index: usize,
    length: usize,
) -> Option<Bound<'py, PyAny>> {
    if index >= length.min(list.len()) {
        return None;
    }
    // SAFETY: the index is below the length.
    Some(unsafe { list.get_item_unchecked(index) })
}
