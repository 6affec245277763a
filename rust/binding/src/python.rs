//! What the extension uses of Python: the package's other half and the standard library, each imported at its first use.

use pyo3::exceptions::{PyBaseException, PyKeyboardInterrupt, PySystemExit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// An attribute of a module.
pub(crate) struct Name {
    module: &'static str,
    attribute: &'static str,
    cell: PyOnceLock<Py<PyAny>>,
}

impl Name {
    const fn new(module: &'static str, attribute: &'static str) -> Self {
        Self { module, attribute, cell: PyOnceLock::new() }
    }

    pub(crate) fn get<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        self.cell.import(py, self.module, self.attribute)
    }

    /// For exception classes: makes one that carries `text`.
    pub(crate) fn error(&self, py: Python<'_>, text: &str) -> PyErr {
        let class = self.get(py).and_then(|class| Ok(class.cast::<PyType>()?.clone()));
        match class {
            Ok(class) => PyErr::from_type(class, (text.to_owned(),)),
            Err(error) => error,
        }
    }

    /// For exception classes: whether `error` is of this class.
    pub(crate) fn matches(&self, py: Python<'_>, error: &PyErr) -> bool {
        self.get(py).is_ok_and(|class| error.is_instance(py, class))
    }
}

const ENCODE: &str = "socketio_rs._encode";
const ERRORS: &str = "socketio_rs._errors";
const HANDLERS: &str = "socketio_rs._handlers";
const HOOKS: &str = "socketio_rs._hooks";
const LOG: &str = "socketio_rs._log";
const REQUEST: &str = "socketio_rs._request";
const VERDICTS: &str = "socketio_rs._verdicts";

pub(crate) static SIMPLIFY: Name = Name::new(ENCODE, "simplify");

pub(crate) static ACK_TIMEOUT: Name = Name::new(ERRORS, "AckTimeout");
pub(crate) static DISCONNECTED: Name = Name::new(ERRORS, "Disconnected");
pub(crate) static DISCONNECT_REASON: Name = Name::new(ERRORS, "DisconnectReason");
pub(crate) static EVENT_ERROR: Name = Name::new(ERRORS, "EventError");
pub(crate) static QUEUE_FULL: Name = Name::new(ERRORS, "QueueFull");
pub(crate) static RESERVED_EVENT: Name = Name::new(ERRORS, "ReservedEvent");

pub(crate) static AUTHORIZE: Name = Name::new(VERDICTS, "authorize");
pub(crate) static CHECK_NAME: Name = Name::new(HANDLERS, "check_name");
pub(crate) static COMPILE_ENGINE_LISTENER: Name = Name::new(HANDLERS, "compile_engine_listener");
pub(crate) static COMPILE_LISTENER: Name = Name::new(HANDLERS, "compile_listener");
pub(crate) static COMPILE_CATCH_ALL: Name = Name::new(HOOKS, "compile_catch_all");
pub(crate) static COMPILE_PACKET_MIDDLEWARE: Name = Name::new(HOOKS, "compile_packet_middleware");
pub(crate) static DENIAL: Name = Name::new(VERDICTS, "denial");
pub(crate) static PAYLOAD_ERROR: Name = Name::new(ERRORS, "PayloadError");
pub(crate) static HOOK_TIMEOUT: Name = Name::new(VERDICTS, "HookTimeout");
pub(crate) static INTERCEPT: Name = Name::new(HOOKS, "intercept");
pub(crate) static WAIT_FOR: Name = Name::new("socketio_rs._client", "wait_for");
pub(crate) static CLIENT: Name = Name::new("socketio_rs._client", "Client");
pub(crate) static MISSING: Name = Name::new("socketio_rs._elsewhere", "missing");
pub(crate) static RECALL: Name = Name::new("socketio_rs._recall", "recall");
pub(crate) static REFUSAL: Name = Name::new(VERDICTS, "refusal");
pub(crate) static MAXIMUM: Name = Name::new("socketio_rs._signature", "maximum");
pub(crate) static RUN_IN_THREAD: Name = Name::new(HANDLERS, "run_in_thread");
static LOG_EXCEPTION: Name = Name::new(VERDICTS, "log_exception");
static LOG_FAILURE: Name = Name::new(LOG, "log_failure");
static LOG_LATE_REFUSAL: Name = Name::new(LOG, "log_late_refusal");
static LOG_LINE: Name = Name::new(LOG, "log_line");
static LOG_MISMATCH: Name = Name::new(LOG, "log_mismatch");

pub(crate) static REMOTE_SOCKET: Name = Name::new("socketio_rs._remote", "RemoteSocket");

pub(crate) static HANDSHAKE: Name = Name::new(REQUEST, "Handshake");
pub(crate) static REQUEST_CLASS: Name = Name::new(REQUEST, "Request");

pub(crate) static CANCELLED_ERROR: Name = Name::new("asyncio", "CancelledError");
pub(crate) static COPY_CONTEXT: Name = Name::new("contextvars", "copy_context");
pub(crate) static CURRENT_TASK: Name = Name::new("asyncio", "current_task");
pub(crate) static DECIMAL: Name = Name::new("decimal", "Decimal");
pub(crate) static ENSURE_FUTURE: Name = Name::new("asyncio", "ensure_future");
pub(crate) static COROUTINE: Name = Name::new("types", "CoroutineType");
pub(crate) static PARTIAL: Name = Name::new("functools", "partial");
pub(crate) static RUNNING_LOOP: Name = Name::new("asyncio", "_get_running_loop");
pub(crate) static TASK: Name = Name::new("asyncio", "Task");

/// Levels of `logging`.
#[derive(Clone, Copy)]
pub(crate) enum Level {
    Debug = 10,
    Info = 20,
    Warning = 30,
    Error = 40,
}

impl From<socketio::Level> for Level {
    fn from(level: socketio::Level) -> Self {
        match level {
            socketio::Level::Info => Self::Info,
            socketio::Level::Warning => Self::Warning,
            socketio::Level::Error => Self::Error,
        }
    }
}

pub(crate) fn log_line(py: Python<'_>, level: Level, text: &str) {
    logged(py, LOG_LINE.get(py).and_then(|log| log.call1((level as u8, text))));
}

/// A handler of `event` raised `error`; `left_out` times more since the last line of this.
pub(crate) fn log_exception(py: Python<'_>, event: &str, sid: &str, error: &PyErr, left_out: u32) {
    let args = (event, sid, with_traceback(py, error), left_out);
    logged(py, LOG_EXCEPTION.get(py).and_then(|log| log.call1(args)));
}

/// A `connection` handler returned False, which refuses nobody.
pub(crate) fn log_late_refusal(py: Python<'_>, sid: &str) {
    logged(py, LOG_LATE_REFUSAL.get(py).and_then(|log| log.call1((sid,))));
}

/// What is no handler raised `error`.
pub(crate) fn log_failure(py: Python<'_>, what: &str, error: &PyErr) {
    let error = with_traceback(py, error);
    logged(py, LOG_FAILURE.get(py).and_then(|log| log.call1((what, error))));
}

/// The exception; before Python 3.12 its traceback lies beside it.
pub(crate) fn with_traceback(py: Python<'_>, error: &PyErr) -> Py<PyBaseException> {
    error.clone_ref(py).into_value(py)
}

/// A client sent fewer arguments than a handler requires; `left_out` times more since the last line of this.
pub(crate) fn log_mismatch(
    py: Python<'_>,
    event: &str,
    sid: &str,
    required: usize,
    given: usize,
    left_out: u32,
) {
    let args = (event, sid, required, given, left_out);
    logged(py, LOG_MISMATCH.get(py).and_then(|log| log.call1(args)));
}

/// A log that fails must not change what is logged about.
fn logged(py: Python<'_>, result: PyResult<Bound<'_, PyAny>>) {
    if let Err(error) = result {
        error.write_unraisable(py, None);
    }
}

/// Whether an exception is to leave through the loop, as asyncio lets these two.
pub(crate) fn is_exit(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyKeyboardInterrupt>(py) || error.is_instance_of::<PySystemExit>(py)
}

/// Whether the loop that runs in this thread is `expected`.
pub(crate) fn is_running(py: Python<'_>, expected: &Py<PyAny>) -> bool {
    let running = RUNNING_LOOP.get(py).and_then(Bound::call0);
    running.is_ok_and(|running| running.is(expected))
}

/// Calls with positional arguments, those of a usual number without a tuple.
#[expect(clippy::many_single_char_names, reason = "they are places, nothing else")]
pub(crate) fn call<'py>(
    callable: &Bound<'py, PyAny>,
    args: &[Bound<'py, PyAny>],
) -> PyResult<Bound<'py, PyAny>> {
    match args {
        [] => callable.call0(),
        [a] => callable.call1((a,)),
        [a, b] => callable.call1((a, b)),
        [a, b, c] => callable.call1((a, b, c)),
        [a, b, c, d] => callable.call1((a, b, c, d)),
        [a, b, c, d, e] => callable.call1((a, b, c, d, e)),
        [a, b, c, d, e, f] => callable.call1((a, b, c, d, e, f)),
        _ => callable.call1(pyo3::types::PyTuple::new(callable.py(), args)?),
    }
}
