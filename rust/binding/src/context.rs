//! Row 7: contexts that are entered, and coroutines that take a step, as asyncio's own tasks do it: through the C API.
#![allow(unsafe_code, reason = "PyO3 has no such functions")]

use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;

/// A copy of a context.
///
/// # Errors
/// `TypeError` when it is none.
pub(crate) fn copy_of<'py>(context: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: The function checks the type of what it is given, and returns a new reference or null with an exception.
    unsafe {
        let copy = ffi::PyContext_Copy(context.as_ptr());
        Bound::from_owned_ptr_or_err(context.py(), copy)
    }
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
    let mut value = ptr::null_mut();
    // SAFETY: The function takes any object; what it leaves in `value` is a new reference, or null with an exception set.
    unsafe {
        let sent = ffi::PyIter_Send(coroutine.as_ptr(), ffi::Py_None(), &raw mut value);
        let value = Bound::from_owned_ptr_or_err(py, value)?;
        Ok(match sent {
            ffi::PySendResult::PYGEN_NEXT => Step::Yielded(value),
            _ => Step::Returned(value),
        })
    }
}

/// What is seen of a task from outside of its coroutine.
pub(crate) fn references(task: &Bound<'_, PyAny>) -> isize {
    // SAFETY: The object lives as long as `task`. The count is right, as the module needs the interpreter's lock.
    unsafe { ffi::Py_REFCNT(task.as_ptr()) }
}

/// Whether an object has attributes of its own.
pub(crate) fn has_attributes(object: &Bound<'_, PyAny>) -> bool {
    unsafe extern "C" {
        fn _PyObject_GetDictPtr(object: *mut ffi::PyObject) -> *mut *mut ffi::PyObject;
    }
    // SAFETY: The function takes any object, and returns null or where its dict is, which may be null.
    unsafe {
        let place = _PyObject_GetDictPtr(object.as_ptr());
        !place.is_null() && !(*place).is_null()
    }
}
