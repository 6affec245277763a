//! Row 8: what emits return: finished for most, and pending while the client, or the I/O thread, has too much to take.
//!
//! Both are coroutines for asyncio (`send`, `throw`, `close`), so that they can be made into tasks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use parking_lot::Mutex;
use pyo3::exceptions::{PyRuntimeError, PyStopIteration, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyIterator, PyTuple};
use socketio::Conn;

use crate::objects::{Awaited, Outcome, Pending, PyServer, Sent, Verdict};
use crate::python::{CANCELLED_ERROR, RUNNING_LOOP, is_running};

/// Every so many awaits of what is finished the loop gets a turn: a tight loop of them must not starve it.
const TURN: u32 = 64;

const UNAWAITED: &str = "this has to be awaited first: write await in front of the call";

/// The awaitable that is finished.
pub(crate) fn sent(py: Python<'_>) -> PyResult<Py<PyAny>> {
    static SENT: PyOnceLock<Py<Sent>> = PyOnceLock::new();
    let make = || Py::new(py, Sent { awaited: AtomicU32::new(0) });
    Ok(SENT.get_or_try_init(py, make)?.clone_ref(py).into_any())
}

impl PyServer {
    /// What an emit to one client returns, for which so many bytes wait now.
    pub(crate) fn sent_to(
        slf: &Bound<'_, Self>,
        conn: &Arc<Conn>,
        unsent_bytes: usize,
    ) -> PyResult<Py<PyAny>> {
        if unsent_bytes <= slf.get().mark() {
            return sent(slf.py());
        }
        Ok(Self::pending(slf, Awaited::Drain(Arc::clone(conn)))?.into_any().unbind())
    }

    pub(crate) fn pending<'py>(
        slf: &Bound<'py, Self>,
        what: Awaited,
    ) -> PyResult<Bound<'py, Pending>> {
        let outcome = Mutex::new(Outcome::default());
        Bound::new(slf.py(), Pending { server: slf.clone().unbind(), what, outcome })
    }

    /// Bytes for one client from which on an awaited emit waits.
    fn mark(&self) -> usize {
        self.config.send_queue_bytes / 4
    }
}

#[pymethods]
impl Sent {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// An await was forgotten, as in `for socket in io.fetch_sockets()`.
    fn __iter__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(PyTypeError::new_err(UNAWAITED))
    }

    fn __contains__(_slf: &Bound<'_, Self>, _value: &Bound<'_, PyAny>) -> PyResult<bool> {
        Err(PyTypeError::new_err(UNAWAITED))
    }

    /// Yields None now and then, as `asyncio.sleep(0)` does; whose turn it is does not matter.
    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let awaited = self.awaited.fetch_add(1, Relaxed).wrapping_add(1);
        let turn = awaited.is_multiple_of(TURN) && !RUNNING_LOOP.get(py)?.call0()?.is_none();
        Ok(turn.then(|| py.None()))
    }

    fn send(&self, py: Python<'_>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        self.__next__(py)?.ok_or_else(|| stop(py.None()))
    }

    #[pyo3(signature = (error, *_rest))]
    #[staticmethod]
    fn throw(error: Bound<'_, PyAny>, _rest: &Bound<'_, PyTuple>) -> PyResult<()> {
        Err(PyErr::from_value(error))
    }

    #[staticmethod]
    fn close() {}
}

#[pymethods]
impl Pending {
    /// What is shown where an await was forgotten.
    fn __repr__(&self) -> &'static str {
        match self.what {
            Awaited::Answer(..) => "<an answer that is not awaited>",
            Awaited::Answers(_) => "<answers that are not awaited>",
            Awaited::Drain(_) | Awaited::Inbox => "<an emit that is not awaited>",
            Awaited::Nothing => "<a result that is not awaited>",
        }
    }

    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// An await was forgotten, as in `for socket in io.fetch_sockets()`.
    fn __iter__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(PyTypeError::new_err(UNAWAITED))
    }

    fn __contains__(_slf: &Bound<'_, Self>, _value: &Bound<'_, PyAny>) -> PyResult<bool> {
        Err(PyTypeError::new_err(UNAWAITED))
    }

    /// Yields a future of the loop until there is a result.
    fn __next__(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        if let Some(result) = slf.get().result(py) {
            return Err(match result {
                Ok(value) => stop(value),
                Err(error) => PyErr::from_value(error.into_bound(py)),
            });
        }
        let serving = slf.get().server.get().serving();
        let Some(serving) = serving.filter(|serving| is_running(py, &serving.event_loop)) else {
            return Err(slf.get().off_loop(py));
        };
        slf.get().check_alone(py)?;
        if !Self::begin(slf)? {
            return Err(stop(py.None()));
        }
        let event_loop = serving.event_loop.bind(py);
        let future = event_loop.call_method0(intern!(py, "create_future"))?;
        let replaced = slf.get().outcome.lock().future.replace(future.clone().unbind());
        drop(replaced);
        // asyncio's own iterator marks the future as being waited for; the result comes from here.
        let mut waiting =
            future.call_method0(intern!(py, "__await__"))?.cast_into::<PyIterator>()?;
        waiting.next().unwrap_or_else(|| Err(stop(py.None()))).map(Bound::unbind)
    }

    fn send(slf: &Bound<'_, Self>, _value: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        Self::__next__(slf)
    }

    /// The one who waits is cancelled.
    #[pyo3(signature = (error, *_rest))]
    fn throw(&self, error: Bound<'_, PyAny>, _rest: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.close(error.py());
        Err(PyErr::from_value(error))
    }

    /// The one who waits has gone: an answer that nobody waits for is forgotten.
    fn close(&self, py: Python<'_>) {
        let mut outcome = self.outcome.lock();
        let future = outcome.future.take();
        let decided = outcome.result.is_some();
        drop(outcome);
        drop(future);
        if decided {
            return;
        }
        let forgotten = match &self.what {
            Awaited::Answer(socket, id) => id.get().is_some_and(|&id| {
                let waiter = self.server.get().state.lock().acks.take(*socket, id);
                waiter.is_some_and(|waiter| {
                    waiter.conn.ack_settled();
                    true
                })
            }),
            Awaited::Answers(question) => question.get().is_some_and(|&question| {
                let gathering = self.server.get().state.lock().gatherings.take(question);
                gathering.is_some()
            }),
            Awaited::Drain(_) | Awaited::Inbox | Awaited::Nothing => false,
        };
        if forgotten {
            self.resolve(py, Err(CANCELLED_ERROR.error(py, "")));
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)?;
        let Some(outcome) = self.outcome.try_lock() else { return Ok(()) };
        if let Some(Ok(value) | Err(value)) = &outcome.result {
            visit.call(value)?;
        }
        visit.call(&outcome.future)
    }

    fn __clear__(&self) {
        let outcome = std::mem::take(&mut *self.outcome.lock());
        drop(outcome);
    }
}

impl Pending {
    fn result(&self, py: Python<'_>) -> Option<Verdict> {
        match &self.outcome.lock().result {
            None => None,
            Some(Ok(value)) => Some(Ok(value.clone_ref(py))),
            Some(Err(error)) => Some(Err(error.clone_ref(py))),
        }
    }

    /// As with any coroutine, one at a time may wait.
    fn check_alone(&self, py: Python<'_>) -> PyResult<()> {
        let future = self.outcome.lock().future.as_ref().map(|future| future.clone_ref(py));
        let Some(future) = future else { return Ok(()) };
        if future.call_method0(py, intern!(py, "done"))?.is_truthy(py)? {
            return Ok(());
        }
        Err(PyRuntimeError::new_err("this is being awaited already"))
    }

    /// Somebody waits from now on; false: there is nothing to wait for any more.
    fn begin(slf: &Bound<'_, Self>) -> PyResult<bool> {
        let server = slf.get().server.bind(slf.py());
        match &slf.get().what {
            Awaited::Answer(..) | Awaited::Answers(_) | Awaited::Nothing => {}
            Awaited::Drain(conn) => {
                conn.await_drain();
                let pending = slf.clone().unbind();
                let mut state = server.get().state.lock();
                if conn.is_over() || conn.unsent_bytes() <= server.get().mark() {
                    return Ok(false);
                }
                state.sessions.entry(conn.session).or_default().waiters.push(pending);
            }
            Awaited::Inbox => {
                server.get().state.lock().inbox_waiters.push(slf.clone().unbind());
                server.get().front()?.await_inbox();
                PyServer::commanded(server, 0);
            }
        }
        Ok(true)
    }

    /// What an await on another loop, or none, comes to.
    fn off_loop(&self, py: Python<'_>) -> PyErr {
        match self.what {
            Awaited::Answer(..) | Awaited::Answers(_) => PyRuntimeError::new_err(
                "an answer is awaited on the server's loop: use asyncio.run_coroutine_threadsafe",
            ),
            _ => stop(py.None()),
        }
    }

    /// Decides it and wakes the one who waits. On the loop's thread once somebody does.
    pub(crate) fn resolve(&self, py: Python<'_>, result: PyResult<Py<PyAny>>) {
        let result = result.map_err(|error| error.into_value(py).into_any());
        let mut outcome = self.outcome.lock();
        if outcome.result.is_some() {
            return;
        }
        outcome.result = Some(result);
        let future = outcome.future.take();
        drop(outcome);
        let woken = future.map_or(Ok(()), |future| wake(future.bind(py)));
        woken.unwrap_or_else(|error| error.write_unraisable(py, None));
    }
}

fn wake(future: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = future.py();
    if !future.call_method0(intern!(py, "done"))?.is_truthy()? {
        future.call_method1(intern!(py, "set_result"), (py.None(),))?;
    }
    Ok(())
}

/// How an iterator returns a value.
pub(crate) fn stop(value: Py<PyAny>) -> PyErr {
    PyStopIteration::new_err((value,))
}
