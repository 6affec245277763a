//! Parameters of the public methods: what is no bool, and milliseconds in place of seconds.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::python::{Level, log_line};

/// So many seconds were hardly meant.
const MILLISECONDS: f64 = 1_000.0;

/// A value in a message.
pub(crate) fn shown(value: &Bound<'_, PyAny>) -> String {
    value.repr().map_or_else(|_| "?".to_owned(), |text| text.to_string())
}

/// # Errors
/// `TypeError`, with the parameter's name, when the value is no bool.
pub(crate) fn flag(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.extract().map_err(|_| {
        let found = shown(value);
        PyTypeError::new_err(format!("{name} must be True or False, found {found}"))
    })
}

pub(crate) fn all_args(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    flag("all_args", value)
}

pub(crate) fn close(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    flag("close", value)
}

pub(crate) fn compress(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    flag("compress", value)
}

pub(crate) fn partial(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    flag("partial", value)
}

/// Tells, once, that a timeout looks like milliseconds.
pub(crate) fn look_at_seconds(py: Python<'_>, seconds: f64) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if seconds >= MILLISECONDS && !TOLD.swap(true, Relaxed) {
        let text = format!(
            "a timeout of {seconds} is in seconds, not in milliseconds: did you mean {}?",
            seconds / MILLISECONDS
        );
        log_line(py, Level::Warning, &text);
    }
}
