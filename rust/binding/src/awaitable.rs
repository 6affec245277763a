//! Row 8: what emits return: finished for most, and pending while the client, or the I/O thread, has too much to take.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use parking_lot::Mutex;
use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyTuple, PyType};

use crate::objects::{
    Awaited, Outcome, Pending, Phase, PyServer, PySocket, Sent, Verdict,
};
use crate::python::{CANCELLED_ERROR, is_running};

/// Every so many awaits of what is finished the loop gets a turn: a tight loop of them must not starve it.
const TURN: u32 = 64;

impl PyServer {
    /// The awaitable that is finished.
    pub(crate) fn sent(slf: &Bound<'_, Self>) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let make = || Py::new(py, Sent { server: slf.clone().unbind() });
        Ok(slf.get().sent.get_or_try_init(py, make)?.clone_ref(py).into_any())
    }

    /// What an emit to one client returns, for which so many bytes wait now.
    pub(crate) fn sent_to(
        slf: &Bound<'_, Self>,
        socket: &PySocket,
        unsent_bytes: usize,
    ) -> PyResult<Py<PyAny>> {
        if unsent_bytes < slf.get().mark() {
            return Self::sent(slf);
        }
        Ok(Self::pending(slf, Awaited::Drain(socket.key, Arc::clone(&socket.info.conn)))?.into_any().unbind())
    }

    pub(crate) fn pending<'py>(
        slf: &Bound<'py, Self>,
        what: Awaited,
    ) -> PyResult<Bound<'py, Pending>> {
        let outcome = Mutex::new(Outcome::default());
        Bound::new(slf.py(), Pending { server: slf.clone().unbind(), what, outcome })
    }

    /// Bytes for one client from which on an awaited emit waits.
    pub(crate) fn mark(&self) -> usize {
        self.config.send_queue_bytes / 4
    }

    fn is_on_loop(&self, py: Python<'_>) -> bool {
        self.serving().is_some_and(|serving| is_running(py, &serving.event_loop))
    }
}

#[pymethods]
impl Sent {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    /// Yields None now and then, as `asyncio.sleep(0)` does; whose turn it is does not matter.
    fn __next__(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let server = self.server.get();
        let awaited = server.awaited.fetch_add(1, Relaxed).wrapping_add(1);
        (awaited % TURN == 0 && server.is_on_loop(py)).then(|| py.None())
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 asks for it")]
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)
    }
}

#[pymethods]
impl Pending {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
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
        let server = slf.get().server.bind(py);
        let serving = server.get().serving();
        let Some(serving) = serving.filter(|serving| is_running(py, &serving.event_loop)) else {
            return Err(slf.get().off_loop(py));
        };
        if !slf.get().begin(slf)? {
            return Err(stop(py.None()));
        }
        let event_loop = serving.event_loop.bind(py);
        let future = event_loop.call_method0(intern!(py, "create_future"))?;
        slf.get().outcome.lock().futures.push(future.clone().unbind());
        // asyncio's own iterator marks the future as being waited for; the result comes from here.
        let waiting = future.call_method0(intern!(py, "__await__"))?;
        waiting.cast_into::<PyIterator>()?.next().unwrap_or_else(|| Err(stop(py.None()))).map(Bound::unbind)
    }

    /// The waiter was cancelled.
    #[pyo3(signature = (*error))]
    fn throw(slf: &Bound<'_, Self>, error: &Bound<'_, PyTuple>) -> PyResult<()> {
        Self::close(slf);
        let error = error.get_item(0)?;
        let error = if error.is_instance_of::<PyType>() { error.call0()? } else { error };
        Err(PyErr::from_value(error))
    }

    /// The waiter has gone: an answer that nobody waits for is forgotten.
    fn close(slf: &Bound<'_, Self>) {
        let py = slf.py();
        let this = slf.get();
        let Awaited::Answer(socket, id) = &this.what else { return };
        let Some(&id) = id.get() else { return };
        let server = this.server.get();
        if this.outcome.lock().result.is_some() {
            return;
        }
        let waiter = server.state.lock().acks.take(*socket, id);
        if let Some(waiter) = waiter {
            waiter.conn.ack_settled();
            let error = CANCELLED_ERROR.error(py, "").into_value(py);
            this.outcome.lock().result = Some(Err(error.into_any()));
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "PyO3 asks for it")]
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)?;
        let Some(outcome) = self.outcome.try_lock() else { return Ok(()) };
        if let Some(Ok(value) | Err(value)) = &outcome.result {
            visit.call(value)?;
        }
        outcome.futures.iter().try_for_each(|future| visit.call(future))
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

    /// Somebody waits from now on; false: there is nothing to wait for any more.
    fn begin(&self, slf: &Bound<'_, Self>) -> PyResult<bool> {
        let server = self.server.bind(slf.py());
        match &self.what {
            Awaited::Answer(..) => {}
            Awaited::Drain(socket, conn) => {
                conn.await_drain();
                let pending = slf.clone().unbind();
                let mut state = server.get().state.lock();
                let slot = state.sockets.get(*socket);
                let gone = slot.is_none_or(|slot| matches!(slot.phase, Phase::Leaving(..)));
                if gone || conn.unsent_bytes() < server.get().mark() {
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
            Awaited::Answer(..) => PyRuntimeError::new_err(
                "an answer is awaited on the server's loop: use asyncio.run_coroutine_threadsafe",
            ),
            _ => stop(py.None()),
        }
    }

    /// Decides it and wakes those who wait. On the loop's thread.
    pub(crate) fn resolve(&self, py: Python<'_>, result: PyResult<Py<PyAny>>) {
        let result = result.map_err(|error| error.into_value(py).into_any());
        let mut outcome = self.outcome.lock();
        if outcome.result.is_some() {
            return;
        }
        outcome.result = Some(result);
        let futures = std::mem::take(&mut outcome.futures);
        drop(outcome);
        for future in futures {
            if let Err(error) = wake(future.bind(py)) {
                error.write_unraisable(py, None);
            }
        }
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
fn stop(value: Py<PyAny>) -> PyErr {
    PyStopIteration::new_err((value,))
}
