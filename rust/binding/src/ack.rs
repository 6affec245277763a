//! `Ack`: answers an event early or by hand.

use docstrings::documented;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::emit::Data;
use crate::objects::PyAck;
use crate::python::{Level, log_line};

#[documented("Ack")]
#[pymethods]
impl PyAck {
    #[getter]
    fn requested(&self) -> bool {
        self.group.id.is_some()
    }

    /// What can't be encoded raises and answers nothing, so that another call may.
    #[pyo3(signature = (*args))]
    fn __call__(&self, py: Python<'_>, args: &Bound<'_, PyTuple>) -> PyResult<()> {
        if !self.requested() {
            return Ok(());
        }
        let answer = Data::of_answers(py, self.socket.get().server.get(), args.as_slice())?;
        if let Some(id) = self.group.claim() {
            return self.socket.get().answer_with(py, id, &answer);
        }
        let text = format!("a second answer to '{}' was ignored", self.name);
        log_line(py, Level::Debug, &text);
        Ok(())
    }

    fn __repr__(&self) -> String {
        let requested = if self.requested() { "" } else { ", not requested" };
        format!("<Ack of '{}'{requested}>", self.name)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.socket)
    }
}
