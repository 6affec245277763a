//! Row 7: one handler is run: its arguments, its `Ack`, and the task that it runs in.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::bare::Bare;
use crate::convert::read::Arguments;
use crate::handler::{AckPlace, Handler};
use crate::objects::{Job, Purpose, PyAck, PyServer, PySocket, Serving};
use crate::python::{CANCELLED_ERROR, log_mismatch};
use crate::reply::Reply;
use crate::tasks::{Begun, Call, Started, Waiting, arguments};

/// Runs handlers one after the other in the task of a pass. None of them can tell that it is not alone in it:
/// the first that waits has the task for itself from then on, and one that left a trace on it was the last.
pub(crate) struct Runner<'a, 'py> {
    server: &'a Bound<'py, PyServer>,
    serving: &'a Serving,
    task: Bare<'py>,
    end: RefCell<Option<End<'py>>>,
    jobs: RefCell<VecDeque<Job>>,
}

/// Why no more handlers may begin in a task.
pub(crate) enum End<'py> {
    /// A handler waits in it.
    Waits(Waiting<'py>),
    /// A handler that has ended left something on it; this is what it returned.
    Marked(Bound<'py, PyAny>),
}

impl<'a, 'py> Runner<'a, 'py> {
    /// `task` is the current one; `jobs` are to begin in it first.
    pub(crate) fn new(
        server: &'a Bound<'py, PyServer>,
        serving: &'a Serving,
        task: Bound<'py, PyAny>,
        jobs: VecDeque<Job>,
    ) -> Self {
        let (task, end) = (Bare::new(task), RefCell::default());
        Self { server, serving, task, end, jobs: jobs.into() }
    }

    /// No more handlers may begin here.
    pub(crate) fn has_ended(&self) -> bool {
        self.end.borrow().is_some()
    }

    /// Why it ended, if it did, and what is to begin in the next task.
    pub(crate) fn finish(self) -> (Option<End<'py>>, VecDeque<Job>) {
        (self.end.into_inner(), self.jobs.into_inner())
    }

    /// Has a handler begin here, or else in the next task, in the order in which they are given.
    ///
    /// # Errors
    /// Only what leaves through the loop.
    pub(crate) fn run(&self, call: &Call<'_, 'py>, purpose: Purpose) -> PyResult<()> {
        if self.has_ended() || !self.jobs.borrow().is_empty() {
            self.server.get().state.lock().suspend(&purpose);
            self.jobs.borrow_mut().push_back(Job::new(self.server.py(), call, purpose));
            return Ok(());
        }
        let begin = || self.serving.begin(self.server.py(), call);
        let started = self.measure(call.handler, &purpose, begin);
        self.started(started, purpose, call.handler.get().cancel_on_disconnect)
    }

    /// Runs the first of the handlers that another task left; false: there is none.
    ///
    /// # Errors
    /// Only what leaves through the loop.
    pub(crate) fn run_job(&self) -> PyResult<bool> {
        let Some(job) = self.jobs.borrow_mut().pop_front() else { return Ok(false) };
        let begin = || job.begin(self.server.py(), self.serving);
        let started = self.measure(&job.handler, &job.purpose, begin);
        self.settle(started, job.purpose, job.handler.get().cancel_on_disconnect, true)?;
        Ok(true)
    }

    /// Has a handler begin, and looks how long it holds the loop.
    fn measure(
        &self,
        handler: &Py<Handler>,
        purpose: &Purpose,
        begin: impl FnOnce() -> Started<'py>,
    ) -> Started<'py> {
        // The answer to a request has a time of its own.
        if matches!(purpose, Purpose::Allow(_)) {
            return begin();
        }
        let stopwatch = &self.serving.stopwatch;
        let started = stopwatch.start();
        let begun = begin();
        stopwatch.stop(started, handler.get().function.bind(self.server.py()));
        begun
    }

    /// Sees to what has become of a call.
    ///
    /// # Errors
    /// Only what leaves through the loop.
    pub(crate) fn started(
        &self,
        started: Started<'py>,
        purpose: Purpose,
        cancel_on_disconnect: bool,
    ) -> PyResult<()> {
        self.settle(started, purpose, cancel_on_disconnect, false)
    }

    /// The same; `is_counted`: it counts already among those that go on.
    fn settle(
        &self,
        started: Started<'py>,
        purpose: Purpose,
        cancel_on_disconnect: bool,
        is_counted: bool,
    ) -> PyResult<()> {
        let task = match started {
            Started::Begun(Begun::Ended(result)) => {
                if is_counted {
                    self.server.get().state.lock().resume(&purpose);
                }
                return self.ended(&purpose, result);
            }
            Started::Begun(Begun::Running(task)) => {
                self.look_at_task(Some(&task));
                task
            }
            Started::Waits(waiting) => {
                *self.end.borrow_mut() = Some(End::Waits(waiting));
                self.task.task().clone()
            }
        };
        if is_counted {
            return PyServer::hold(self.server, &task, purpose, cancel_on_disconnect);
        }
        PyServer::track(self.server, &task, purpose, cancel_on_disconnect)
    }

    /// A handler has ended without having waited. One that cancelled its task is cancelled, as asyncio has it.
    fn ended(&self, purpose: &Purpose, result: PyResult<Bound<'py, PyAny>>) -> PyResult<()> {
        let failed = result.is_err();
        let is_cancelled = self.look_at_task(result.as_ref().ok());
        let result = match result {
            Ok(_) if is_cancelled => Err(CANCELLED_ERROR.error(self.server.py(), "")),
            result => result,
        };
        let left = PyServer::ended(self.server, purpose, result);
        if left.is_err() {
            self.end_with(None);
        } else if failed || matches!(purpose, Purpose::Recall(..)) {
            // Those who were told of it have run here too.
            self.look_at_task(None);
        }
        left
    }

    /// Did what has run leave something on the task? Then it was the last here. Whether it asked for the task's cancellation.
    pub(crate) fn look_at_task(&self, value: Option<&Bound<'py, PyAny>>) -> bool {
        if self.task.is_bare() {
            return false;
        }
        if !self.has_ended() {
            self.end_with(value);
        }
        self.task.is_cancelled()
    }

    fn end_with(&self, value: Option<&Bound<'py, PyAny>>) {
        let none = || self.server.py().None().into_bound(self.server.py());
        *self.end.borrow_mut() = Some(End::Marked(value.cloned().unwrap_or_else(none)));
    }
}

impl Job {
    fn new(py: Python<'_>, call: &Call<'_, '_>, purpose: Purpose) -> Self {
        Self {
            handler: call.handler.clone_ref(py),
            args: call.args.iter().map(|argument| argument.clone().unbind()).collect(),
            kwargs: call.kwargs.map(|kwargs| kwargs.clone().unbind()),
            context: call.context.map(|context| context.clone().unbind()),
            purpose,
        }
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.handler)?;
        self.args.iter().try_for_each(|arg| visit.call(arg))?;
        visit.call(&self.kwargs)?;
        visit.call(&self.context)?;
        self.purpose.traverse(visit)
    }

    fn begin<'py>(&self, py: Python<'py>, serving: &Serving) -> Started<'py> {
        let args: Arguments<'_> = self.args.iter().map(|arg| arg.bind(py).clone()).collect();
        let kwargs = self.kwargs.as_ref().map(|kwargs| kwargs.bind(py));
        let context = self.context.as_ref().map(|context| context.bind(py));
        serving.begin(py, &Call { handler: &self.handler, args: &args, kwargs, context })
    }
}

/// What the handlers of one event are run with.
pub(crate) struct Run<'a, 'py> {
    pub(crate) runner: &'a Runner<'a, 'py>,
    pub(crate) socket: &'a Bound<'py, PySocket>,
    /// The socket's context, if it has one of its own.
    pub(crate) context: Option<&'a Bound<'py, PyAny>>,
    /// The socket, and the data.
    pub(crate) values: &'a [Bound<'py, PyAny>],
    /// How many data arguments came, of which `values` may have less.
    pub(crate) given: usize,
}

impl Run<'_, '_> {
    /// Runs a handler. At the top level of a pass only.
    ///
    /// # Errors
    /// Only what leaves through the loop.
    pub(crate) fn handler(&self, handler: &Py<Handler>, purpose: Purpose) -> PyResult<()> {
        let function = handler.get();
        let args = match arguments(function, self.values, self.given) {
            Ok(args) => args,
            Err(required) => {
                self.mismatch(&purpose, required);
                return Ok(());
            }
        };
        let mut with_ack = Arguments::new();
        let (args, kwargs) = match (&function.ack, &purpose) {
            (
                Some(place),
                Purpose::Event { name, reply: Reply::ByHand(group) | Reply::Aside(group), .. },
            ) => {
                let ack = PyAck {
                    socket: self.socket.clone().unbind(),
                    name: Arc::clone(name),
                    group: Arc::clone(group),
                };
                let kwargs =
                    place_ack(place, Bound::new(self.socket.py(), ack)?, args, &mut with_ack)?;
                (if kwargs.is_some() { args } else { &with_ack[..] }, kwargs)
            }
            _ => (args, None),
        };
        let call = Call { handler, args, kwargs: kwargs.as_ref(), context: self.context };
        self.runner.run(&call, purpose)
    }

    /// The client sent too little for this handler.
    fn mismatch(&self, purpose: &Purpose, required: usize) {
        if let Purpose::Event { name, reply, .. } = purpose {
            let sid = self.socket.get().info.id;
            if let Some(left_out) = self.runner.server.get().sparing.left_out(name) {
                log_mismatch(self.socket.py(), name, sid.as_str(), required, self.given, left_out);
            }
            reply.fail();
        }
    }
}

/// Puts an `Ack` among the positional arguments, into `all`, or gives the keywords with it.
fn place_ack<'py>(
    place: &AckPlace,
    ack: Bound<'py, PyAck>,
    args: &[Bound<'py, PyAny>],
    all: &mut Arguments<'py>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = ack.py();
    match place {
        AckPlace::Keyword(name) => {
            let kwargs = PyDict::new(py);
            kwargs.set_item(name, ack)?;
            Ok(Some(kwargs))
        }
        AckPlace::Index(index) => {
            all.extend(args.iter().cloned());
            all.insert((*index).min(args.len()), ack.into_any());
            Ok(None)
        }
    }
}
