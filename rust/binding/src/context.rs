//! Row 7: contexts that are entered, and coroutines that take a step, as asyncio's own tasks do it: through the C API.
#![allow(unsafe_code, reason = "PyO3 has no such functions")]

use std::{ptr, slice};

use pyo3::ffi;
use pyo3::prelude::*;
use smallvec::SmallVec;

/// A copy of a context.
///
/// # Errors
/// `TypeError` when it is none.
pub(crate) fn copy_of<'py>(context: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: The function checks the type of what it is given.
    let copy = unsafe { ffi::PyContext_Copy(context.as_ptr()) };
    // SAFETY: It returns a new reference, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(context.py(), copy) }
}

/// A context that is the current one until this is dropped.
pub(crate) struct Entered<'a, 'py>(&'a Bound<'py, PyAny>);

impl<'a, 'py> Entered<'a, 'py> {
    /// # Errors
    /// `RuntimeError` when it is entered already.
    pub(crate) fn new(context: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        // SAFETY: The function checks the type of what it is given.
        if unsafe { ffi::PyContext_Enter(context.as_ptr()) } < 0 {
            return Err(PyErr::fetch(context.py()));
        }
        Ok(Self(context))
    }
}

impl Drop for Entered<'_, '_> {
    fn drop(&mut self) {
        // SAFETY: As above. No exception is set: PyO3 has fetched what was raised meanwhile.
        if unsafe { ffi::PyContext_Exit(self.0.as_ptr()) } < 0 {
            PyErr::fetch(self.0.py()).write_unraisable(self.0.py(), Some(self.0));
        }
    }
}

/// How far a coroutine came.
pub(crate) enum Step<'py> {
    Returned(Bound<'py, PyAny>),
    /// It waits for this.
    Yielded(Bound<'py, PyAny>),
}

/// Runs a coroutine to its next `await` that has to wait, or to its end.
///
/// # Errors
/// What it raises.
pub(crate) fn step<'py>(coroutine: &Bound<'py, PyAny>) -> PyResult<Step<'py>> {
    let py = coroutine.py();
    let (none, mut value) = (py.None(), ptr::null_mut());
    // SAFETY: The function takes any object, and writes to `value`.
    let sent = unsafe { ffi::PyIter_Send(coroutine.as_ptr(), none.as_ptr(), &raw mut value) };
    // SAFETY: What it has written is a new reference, or null with an exception set.
    let value = unsafe { Bound::from_owned_ptr_or_err(py, value) }?;
    Ok(match sent {
        ffi::PySendResult::PYGEN_NEXT => Step::Yielded(value),
        _ => Step::Returned(value),
    })
}

/// How an object looked: how many hold it, its weak references, and what the fields of its type said. Its attributes are not part of it.
pub(crate) struct Snapshot {
    memory: SmallVec<[u8; 256]>,
    weak_references: usize,
}

impl Snapshot {
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> Self {
        Self { memory: memory(object).into(), weak_references: weak_references(object) }
    }

    /// Whether the same object looks so still.
    pub(crate) fn is_of(&self, object: &Bound<'_, PyAny>) -> bool {
        memory(object) == &self.memory[..] && weak_references(object) == self.weak_references
    }
}

/// The memory that the fields of its type take. It is right until something else runs, as the module needs the interpreter's lock.
fn memory<'a>(object: &'a Bound<'_, PyAny>) -> &'a [u8] {
    let pointer = object.as_ptr();
    // SAFETY: An object has a type, as long as it lives.
    let kind = unsafe { ffi::Py_TYPE(pointer) };
    // SAFETY: As above.
    let size = unsafe { (*kind).tp_basicsize }.unsigned_abs();
    // SAFETY: An object is at least as large as its type says, and is made of zeros.
    unsafe { slice::from_raw_parts(pointer.cast(), size) }
}

/// What tells whether weak references to an object were made: where the list of them begins, which a new one changes.
fn weak_references(object: &Bound<'_, PyAny>) -> usize {
    let pointer = object.as_ptr();
    // SAFETY: An object has a type, as long as it lives.
    let kind = unsafe { ffi::Py_TYPE(pointer) };
    // SAFETY: As above.
    let offset = unsafe { (*kind).tp_weaklistoffset };
    if offset == 0 {
        return 0;
    }
    // SAFETY: The place lies within the object, or in front of it where the interpreter keeps it.
    let place = unsafe { pointer.byte_offset(offset) }.cast::<*mut ffi::PyObject>();
    // SAFETY: There an object of this type has a pointer to the first of its weak references, or null.
    unsafe { *place }.addr()
}

/// Whether an object has attributes of its own.
pub(crate) fn has_attributes(object: &Bound<'_, PyAny>) -> bool {
    unsafe extern "C" {
        fn _PyObject_GetDictPtr(object: *mut ffi::PyObject) -> *mut *mut ffi::PyObject;
    }
    // SAFETY: The function takes any object.
    let place = unsafe { _PyObject_GetDictPtr(object.as_ptr()) };
    // SAFETY: It returns null, or where the object has its dict, as long as it lives.
    unsafe { place.as_ref() }.is_some_and(|dict| !dict.is_null())
}
