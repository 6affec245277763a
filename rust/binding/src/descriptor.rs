//! A descriptor that Python gives, duplicated.
#![allow(unsafe_code, reason = "a number becomes an owned descriptor")]

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use pyo3::prelude::*;

/// # Errors
/// `OSError` when it is no open descriptor.
pub(crate) fn duplicate(py: Python<'_>, descriptor: RawFd) -> PyResult<OwnedFd> {
    let duplicate: RawFd = py.import("os")?.call_method1("dup", (descriptor,))?.extract()?;
    // SAFETY: `os.dup` has made it for this call alone, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(duplicate) })
}
