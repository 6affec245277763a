//! Row 7: what handlers may leave on the task that they share, so that the next would find it.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::context::{has_attributes, references, weak_references};

/// A task as it is where nothing was left on it.
pub(crate) struct Bare<'py> {
    task: Bound<'py, PyAny>,
    /// How many hold it.
    references: isize,
    weak_references: usize,
    name: Option<Bound<'py, PyAny>>,
}

impl<'py> Bare<'py> {
    pub(crate) fn new(task: Bound<'py, PyAny>) -> Self {
        let name = task.call_method0(intern!(task.py(), "get_name")).ok();
        let references = references(&task);
        Self { weak_references: weak_references(&task), references, name, task }
    }

    pub(crate) fn task(&self) -> &Bound<'py, PyAny> {
        &self.task
    }

    /// Whether its cancellation was asked for.
    pub(crate) fn is_cancelled(&self) -> bool {
        let py = self.task.py();
        self.task.getattr(intern!(py, "_must_cancel")).is_ok_and(|it| it.is(PyBool::new(py, true)))
    }

    /// Whether nothing else was left on it. What is no task of asyncio's is never bare.
    pub(crate) fn is_bare(&self) -> bool {
        let py = self.task.py();
        references(&self.task) == self.references
            && weak_references(&self.task) == self.weak_references
            && !has_attributes(&self.task)
            && self.task.getattr(intern!(py, "_callbacks")).is_ok_and(|it| it.is_none())
            && self.name.as_ref().is_some_and(|name| {
                let now = self.task.call_method0(intern!(py, "get_name"));
                now.is_ok_and(|now| now.is(name))
            })
    }
}
