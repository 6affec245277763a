//! Rows 6 and 8: what can't be read, and what can't be sent, told with the path to it.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;

use super::text::Broken;
use super::{MAX_DEPTH, MAX_DIGITS, MAX_STEPS};

/// Why a packet has no values.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// Not what the hub lets through.
    Invalid,
    /// An integer is longer than `int` takes: the peer's mistake.
    TooManyDigits,
    /// Python raised it, for want of memory.
    Python(PyErr),
}

impl From<ReadError> for PyErr {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Invalid => PyValueError::new_err("not a packet's JSON array"),
            ReadError::TooManyDigits => {
                PyValueError::new_err(format!("integer of more than {MAX_DIGITS} digits"))
            }
            ReadError::Python(error) => error,
        }
    }
}

/// [`ReadError`] in one byte, so that results travel in registers; Python keeps what it raised.
#[derive(Clone, Copy)]
pub(super) enum Failure {
    Invalid,
    TooManyDigits,
    Raised,
}

impl Failure {
    pub(super) fn into_error(self, py: Python<'_>) -> ReadError {
        match self {
            Self::Invalid => ReadError::Invalid,
            Self::TooManyDigits => ReadError::TooManyDigits,
            Self::Raised => ReadError::Python(PyErr::fetch(py)),
        }
    }
}

impl From<Broken> for Failure {
    fn from(_: Broken) -> Self {
        Self::Invalid
    }
}

pub(super) type Written = Result<(), Fault>;

/// What can't be sent, and where it is. Boxed, so that a result is one word.
pub(super) struct Fault(Box<Detail>);

struct Detail {
    cause: Cause,
    argument: usize,
    /// From the inside out.
    path: Vec<String>,
}

pub(super) enum Cause {
    /// A value of this type.
    Value(String),
    /// A key of this type.
    Key(String),
    /// One of this type, which always stands for another that is not JSON.
    Steps(String),
    Depth,
    Digits,
    Python(PyErr),
}

impl Fault {
    #[cold]
    pub(super) fn new(cause: Cause) -> Self {
        Self(Box::new(Detail { cause, argument: 0, path: Vec::new() }))
    }

    /// One step further out on the path.
    #[cold]
    pub(super) fn in_element(mut self, index: usize) -> Self {
        self.0.path.push(format!("[{index}]"));
        self
    }

    /// As [`in_element`](Self::in_element), for a key as it was written.
    #[cold]
    pub(super) fn in_entry(mut self, key: &[u8]) -> Self {
        self.0.path.push(format!("[{}]", String::from_utf8_lossy(key)));
        self
    }

    /// The same fault, of a key of this type when it was one of a value.
    pub(super) fn of_key(mut self, kind: String) -> Self {
        if matches!(self.0.cause, Cause::Value(_)) {
            self.0.cause = Cause::Key(kind);
        }
        self
    }

    /// Counted from 1, the event's name not counted.
    pub(super) fn in_argument(mut self, argument: usize) -> Self {
        self.0.argument = argument;
        self
    }

    /// `what` goes in front, as in "cannot answer".
    pub(super) fn into_error(self, py: Python<'_>, what: &str) -> PyErr {
        let Detail { cause, argument, mut path } = *self.0;
        path.reverse();
        let path = path.concat();
        let place = format!("{what}: argument {argument}");
        match cause {
            Cause::Value(kind) => PyTypeError::new_err(format!(
                "{place}{path} of type {kind} is not JSON or bytes{}",
                if path.is_empty() { remedy(what, &kind) } else { "" }
            )),
            Cause::Key(kind) => PyTypeError::new_err(format!(
                "{place}{path} has a key of type {kind}, not str, int, float, bool or None"
            )),
            Cause::Steps(kind) => PyValueError::new_err(format!(
                "{place}{path} of type {kind} is still no JSON after {MAX_STEPS} replacements"
            )),
            Cause::Depth => PyValueError::new_err(format!(
                "{place} is circular or nested deeper than {MAX_DEPTH} levels"
            )),
            Cause::Digits => PyValueError::new_err(format!(
                "{place}{path} has more digits than sys.get_int_max_str_digits() allows"
            )),
            Cause::Python(error) => noted(py, error, &format!("{place}{path}")),
        }
    }
}

/// What is written instead of an argument of this type, where that can be told.
fn remedy(what: &str, kind: &str) -> &'static str {
    match kind {
        "function" | "method" if what.starts_with("cannot send") => {
            ": a callback for the answer is given by ack=, or see emit_with_ack"
        }
        "coroutine" | "socketio_rs._core.Pending" | "socketio_rs._core.Sent" => ": await it first",
        _ => "",
    }
}

/// An exception of Python code, with a note of where it came from.
fn noted(py: Python<'_>, error: PyErr, place: &str) -> PyErr {
    // One that takes no note is told without.
    let _ = error.value(py).call_method1(intern!(py, "add_note"), (place,));
    error
}

impl From<PyErr> for Fault {
    fn from(error: PyErr) -> Self {
        Self::new(Cause::Python(error))
    }
}

/// A type's name in a message.
pub(super) fn type_name(value: &Bound<'_, PyAny>) -> String {
    let name = value.get_type().fully_qualified_name();
    name.map_or_else(|_| "unknown".to_owned(), |name| name.to_string_lossy().into_owned())
}
