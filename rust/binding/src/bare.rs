//! Row 7: what handlers may leave on the task that they share, so that the next would find it.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::context::{Snapshot, has_attributes};
use crate::python::TASK;

/// A task as it is where nothing was left on it.
pub(crate) struct Bare<'py> {
    task: Bound<'py, PyAny>,
    /// How it looked, unless there was something on it from the beginning. What is no task of asyncio's is never bare.
    snapshot: Option<Snapshot>,
    /// Held, so that no other name can take its place in memory.
    _name: Option<Bound<'py, PyAny>>,
}

impl<'py> Bare<'py> {
    pub(crate) fn new(task: Bound<'py, PyAny>) -> Self {
        let py = task.py();
        // Asked for, the task makes its name.
        let name = task.call_method0(intern!(py, "get_name")).ok();
        let is_task = TASK.get(py).is_ok_and(|kind| task.is_instance(kind).unwrap_or(false));
        let callbacks = task.getattr(intern!(py, "_callbacks"));
        let is_bare = is_task && callbacks.is_ok_and(|it| it.is_none()) && !has_attributes(&task);
        let snapshot = is_bare.then(|| Snapshot::of(&task));
        Self { task, snapshot, _name: name }
    }

    pub(crate) fn task(&self) -> &Bound<'py, PyAny> {
        &self.task
    }

    /// Whether its cancellation was asked for.
    pub(crate) fn is_cancelled(&self) -> bool {
        let py = self.task.py();
        self.task.getattr(intern!(py, "_must_cancel")).is_ok_and(|it| it.is(PyBool::new(py, true)))
    }

    /// Whether nothing was left on it: nobody else holds it, and its name, its callbacks, its weak references, its attributes and what
    /// else asyncio knows of it are what they were.
    pub(crate) fn is_bare(&self) -> bool {
        self.snapshot.as_ref().is_some_and(|snapshot| snapshot.is_of(&self.task))
            && !has_attributes(&self.task)
    }
}
