//! Row 8: broadcasts with acks: one ack id for all, and what their answers come to.

use std::sync::OnceLock;

use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PyList};

use crate::awaitable::sent;
use crate::emit::{Data, Emission, callback, queue_full};
use crate::gatherings::{Gathering, Question};
use crate::objects::{Answers, Awaited, PyBroadcast, PyServer};
use crate::python::ACK_TIMEOUT;

impl PyBroadcast {
    /// `emit_with_ack`.
    pub(crate) fn ask(
        &self,
        py: Python<'_>,
        emission: &Emission<'_, '_>,
        timeout: f64,
        partial: bool,
    ) -> PyResult<Py<PyAny>> {
        let server = self.server.bind(py);
        let pending = PyServer::pending(server, Awaited::Answers(OnceLock::new()))?;
        let waiter = Answers::Awaited { pending: pending.clone().unbind(), partial };
        if let Gathered { over: Some(gathering), .. } =
            self.gather(py, emission, timeout, waiter)?
        {
            PyServer::gathered(server, gathering)?;
        }
        Ok(pending.into_any().unbind())
    }

    /// The same, where each answer is told of when it comes. How many are asked.
    pub(crate) fn ask_each(
        &self,
        py: Python<'_>,
        emission: &Emission<'_, '_>,
        timeout: f64,
        waiter: Answers,
    ) -> PyResult<usize> {
        let Gathered { count, over, .. } = self.gather(py, emission, timeout, waiter)?;
        if let Some(gathering) = over {
            PyServer::gathered(self.server.bind(py), gathering)?;
        }
        Ok(count)
    }

    /// `emit` with a callback for the answers.
    pub(crate) fn send_with_callback(
        &self,
        py: Python<'_>,
        emission: &Emission<'_, '_>,
        timeout: f64,
        function: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyAny>> {
        let server = self.server.bind(py);
        let waiter = Answers::Callback(callback(emission, function, true)?);
        let Gathered { over, is_full, .. } = self.gather(py, emission, timeout, waiter)?;
        if let Some(Gathering { waiter: Answers::Callback(callback), responses, missing, .. }) =
            over
        {
            let result = outcome(py, responses, &missing)?;
            PyServer::tell_soon(server, callback, result)?;
        }
        if is_full && !self.targets.volatile {
            return Ok(PyServer::pending(server, Awaited::Inbox)?.into_any().unbind());
        }
        sent(py)
    }

    /// Sends an event that many are to answer, and begins to wait. No Python code runs between the two, so that no answer can come first.
    fn gather(
        &self,
        py: Python<'_>,
        emission: &Emission<'_, '_>,
        timeout: f64,
        waiter: Answers,
    ) -> PyResult<Gathered> {
        let server = self.server.bind(py);
        let front = server.get().front()?;
        let deadline = server.get().deadline(py, Some(timeout))?;
        PyServer::show_broadcast(server, &self.targets, emission)?;
        let data = Data::of_event(server.get(), emission)?;
        let asked = front.broadcast_with_ack(&self.targets, data.body());
        let asked = asked.map_err(|error| queue_full(py, error))?;
        let count = asked.receivers.len();
        let gathering = Gathering::new(waiter, asked.receivers);
        let is_full = asked.is_full;
        // Without a loop there are no sockets, and no time.
        let Some(deadline) = deadline.filter(|_| !gathering.is_over()) else {
            PyServer::commanded(server, data.len());
            return Ok(Gathered { count, over: Some(gathering.end()), is_full });
        };
        let question = Question::new(self.targets.namespace, asked.id);
        if let Answers::Awaited { pending, .. } | Answers::Each { pending, .. } = &gathering.waiter
            && let Awaited::Answers(cell) = &pending.get().what
        {
            let _ = cell.set(question);
        }
        server.get().state.lock().gatherings.insert(question, gathering, deadline);
        PyServer::commanded(server, data.len());
        PyServer::arm(server)?;
        Ok(Gathered { count, over: None, is_full })
    }
}

/// What has become of a broadcast with acks.
struct Gathered {
    /// How many were asked.
    count: usize,
    /// There is nobody to wait for.
    over: Option<Gathering<Answers>>,
    is_full: bool,
}

impl PyServer {
    /// No more answers will come: tells the one who waits.
    ///
    /// # Errors
    /// Only what leaves through the loop.
    pub(crate) fn gathered(slf: &Bound<'_, Self>, gathering: Gathering<Answers>) -> PyResult<()> {
        let py = slf.py();
        let Gathering { waiter, responses, missing, .. } = gathering;
        match waiter {
            Answers::Awaited { pending, partial } => {
                let missing = if partial { &[][..] } else { &missing };
                let [error, responses] = outcome(py, responses, missing)?;
                let failed = !error.is_none();
                pending.get().resolve(
                    py,
                    if failed { Err(PyErr::from_value(error)) } else { Ok(responses.unbind()) },
                );
                Ok(())
            }
            Answers::Each { pending, .. } => {
                pending.get().resolve(py, Ok(py.None()));
                Ok(())
            }
            Answers::Callback(callback) => {
                Self::call_back(slf, &callback, &outcome(py, responses, &missing)?)
            }
        }
    }
}

/// An error, or None, and the responses.
fn outcome<'py>(
    py: Python<'py>,
    responses: Vec<Py<PyAny>>,
    missing: &[engineio::Sid],
) -> PyResult<[Bound<'py, PyAny>; 2]> {
    let all = responses.len() + missing.len();
    let responses = PyList::new(py, responses)?.into_any();
    if missing.is_empty() {
        return Ok([py.None().into_bound(py), responses]);
    }
    let text = format!("{} of {all} clients did not answer: see 'missing'", missing.len());
    let missing = PyFrozenSet::new(py, missing.iter().map(engineio::Sid::as_str))?;
    let error = ACK_TIMEOUT.get(py)?.call1((text, &responses, missing))?;
    Ok([error, responses])
}
