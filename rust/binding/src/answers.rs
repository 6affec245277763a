//! Row 6: a client's answers.

use std::sync::Arc;

use engineio::Sid;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use socketio::{Attachments, SocketKey};

use crate::convert::read::Arguments;
use crate::decode::read_array;
use crate::dispatch::Pass;
use crate::events::weight;
use crate::gatherings::Question;
use crate::objects::{Answer, Answers, PyServer};
use crate::python::{Level, is_exit, log_failure, log_line};

impl Pass<'_, '_> {
    /// A client's answer.
    pub(crate) fn answered(
        &self,
        key: SocketKey,
        id: u64,
        data: &[u8],
        attachments: &Attachments,
    ) -> PyResult<()> {
        let py = self.py();
        let server = self.server.get();
        let mut state = server.state.lock();
        let Some(slot) = state.sockets.get(key) else { return Ok(()) };
        let conn = Arc::clone(&slot.info.conn);
        let question = Question::new(slot.info.namespace, id);
        let waiter = state.acks.take(key, id);
        let asked = if waiter.is_none() { state.gatherings.answered(question, key) } else { None };
        drop(state);
        server.front()?.started(&conn, weight(data, attachments));
        if let Some(sid) = asked {
            return self.answered_among_others(question, sid, data, attachments);
        }
        let Some(waiter) = waiter else { return Ok(()) };
        waiter.conn.ack_settled();
        let mut values = Arguments::new();
        if let Answer::Callback(callback) = &waiter.answer
            && callback.takes_error
        {
            values.push(py.None().into_bound(py));
        }
        let parts = attachments.as_deref().unwrap_or_default();
        let read = read_array(py, data, parts, &mut values).map_err(PyErr::from);
        match (waiter.answer, read) {
            (Answer::Awaited { pending, all_args }, read) => {
                let value = read.and_then(|()| answer(py, &values, all_args));
                pending.get().resolve(py, value);
                Ok(())
            }
            (Answer::Callback(callback), Ok(())) => {
                PyServer::call_back(self.server, &callback, &values)
            }
            (Answer::Callback(_), Err(error)) => {
                self.note_answer(&error);
                Ok(())
            }
        }
    }

    /// The answer of one of those that were asked: its first value counts.
    pub(crate) fn answered_among_others(
        &self,
        question: Question,
        sid: Sid,
        data: &[u8],
        attachments: &Attachments,
    ) -> PyResult<()> {
        let py = self.py();
        let mut values = Arguments::new();
        let parts = attachments.as_deref().unwrap_or_default();
        let read = read_array(py, data, parts, &mut values).map_err(PyErr::from);
        if let Err(error) = &read {
            self.note_answer(error);
        }
        let first = || values.first().map_or_else(|| py.None(), |value| value.clone().unbind());
        let value = read.map(|()| first()).map_err(|_| sid);
        if let Ok(value) = &value {
            self.tell_of_answer(question, value)?;
        }
        let over = self.server.get().state.lock().gatherings.add(question, value);
        over.map_or(Ok(()), |gathering| PyServer::gathered(self.server, gathering))
    }

    /// An answer can't be read.
    pub(crate) fn note_answer(&self, error: &PyErr) {
        let text = || format!("dropped a client's answer: {error}");
        if let Some(text) = self.server.get().sparing.line("dropped an answer", text) {
            log_line(self.py(), Level::Warning, &text);
        }
    }

    /// Tells of an answer as it comes, where somebody wants that.
    fn tell_of_answer(&self, question: Question, value: &Py<PyAny>) -> PyResult<()> {
        let py = self.py();
        let state = self.server.get().state.lock();
        let Some(Answers::Each { answered, .. }) = state.gatherings.waiter(question) else {
            return Ok(());
        };
        let answered = answered.clone_ref(py);
        drop(state);
        match answered.call1(py, (value,)) {
            Err(error) if is_exit(py, &error) => Err(error),
            Err(error) => {
                log_failure(py, "taking an answer", &error);
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }
}

/// What `emit_with_ack` gives: the first value, or all.
fn answer(py: Python<'_>, values: &[Bound<'_, PyAny>], all_args: bool) -> PyResult<Py<PyAny>> {
    if all_args {
        return Ok(PyTuple::new(py, values)?.into_any().unbind());
    }
    Ok(values.first().map_or_else(|| py.None(), |value| value.clone().unbind()))
}
