//! Row 6: a client's answer to a broadcast.

use engineio::Sid;
use pyo3::prelude::*;
use socketio::Attachments;

use crate::convert::read::Arguments;
use crate::decode::read_array;
use crate::dispatch::Pass;
use crate::gatherings::Question;
use crate::objects::{Answers, PyServer};
use crate::python::{Level, is_exit, log_failure, log_line};

impl Pass<'_, '_> {
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
