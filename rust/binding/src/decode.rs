//! Row 6: a packet's JSON on the loop's thread, with the keys that were seen before.

use std::cell::Cell;

use pyo3::prelude::*;

use crate::convert::keys::Keys;
use crate::convert::read::{Arguments, ReadError, Reader};

thread_local! {
    static KEYS: Cell<Option<Keys>> = const { Cell::new(None) };
}

/// Lends the thread's keys. Taken out meanwhile: building values may run finalizers, and those read something.
pub(crate) fn with_keys<T>(read: impl FnOnce(&mut Keys) -> T) -> T {
    KEYS.with(|place| {
        let mut keys = place.take().unwrap_or_else(Keys::new);
        let result = read(&mut keys);
        place.set(Some(keys));
        result
    })
}

/// Appends the elements of a JSON array; empty data is an empty array.
///
/// # Errors
/// [`ReadError`], see there.
pub(crate) fn read_array<'py>(
    py: Python<'py>,
    data: &[u8],
    attachments: &[Box<[u8]>],
    out: &mut Arguments<'py>,
) -> Result<(), ReadError> {
    if data.is_empty() {
        return Ok(());
    }
    with_keys(|keys| Reader::new(py, keys, data, attachments).array(out))?;
    Ok(())
}

/// One JSON value.
pub(crate) fn read_value<'py>(py: Python<'py>, json: &str) -> PyResult<Bound<'py, PyAny>> {
    Ok(with_keys(|keys| Reader::new(py, keys, json.as_bytes(), &[]).lone_value())?)
}
