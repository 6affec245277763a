//! Row 6: a tick of the loop for events: passes over the queue, each in a task.
//!
//! What runs in such a task is a [`Pump`]: its first step is a pass, in which many handlers may begin and end. One that waits ends the pass, and
//! has the task for itself; what the pass left goes on in the next task. So a task is made for each pass and for each handler that waits, not for
//! each event, and every handler finds itself in a task that is its own as far as it can tell.

use parking_lot::Mutex;
use pyo3::exceptions::PyAttributeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::awaitable::stop;
use crate::budget::Budget;
use crate::context::{Entered, Step, step};
use crate::dispatch::Pass;
use crate::objects::{PyServer, Serving};
use crate::phase::Tick;
use crate::run::End;
use crate::tasks::Waiting;

impl PyServer {
    /// Works on what is to be done, for the share of one tick. Before Python 3.12 a task begins in the next tick, and it does.
    ///
    /// # Errors
    /// What leaves through the loop; the events behind it are not lost.
    pub(crate) fn drain(slf: &Bound<'_, Self>) -> PyResult<()> {
        let server = slf.get();
        server.birth.check()?;
        let mut state = server.state.lock();
        let Some(serving) = state.serving.clone().filter(|_| !state.draining) else {
            return Ok(());
        };
        state.draining = true;
        state.scheduled = false;
        drop(state);
        if !serving.eager {
            return Pump::schedule(slf, &serving);
        }
        let share = Share::begin(slf);
        let mut result = Pump::start(slf, &serving);
        while result.is_ok() && server.state.lock().work.is_left() {
            result = Pump::start(slf, &serving);
        }
        drop(share);
        Self::go_on_stopping(slf)?;
        result
    }
}

/// The share of a tick, from its beginning to its end, however it ends.
struct Share<'a, 'py>(&'a Bound<'py, PyServer>);

impl<'a, 'py> Share<'a, 'py> {
    fn begin(server: &'a Bound<'py, PyServer>) -> Self {
        let mut state = server.get().state.lock();
        state.work.budget = Budget::default();
        state.work.is_empty = false;
        drop(state);
        server.get().cork.hold();
        Self(server)
    }
}

impl Drop for Share<'_, '_> {
    fn drop(&mut self) {
        let (server, py) = (self.0.get(), self.0.py());
        let mut state = server.state.lock();
        let recent = std::mem::take(&mut state.sockets.recent);
        let again = !state.work.is_done() || !state.turns.is_empty();
        let serving = state.serving.clone().filter(|_| again);
        let is_eager = serving.as_ref().is_none_or(|serving| serving.eager);
        state.draining = !is_eager;
        state.scheduled |= again && is_eager;
        drop(state);
        server.cork.release();
        for key in recent {
            server.let_go(py, key).unwrap_or_else(|error| error.write_unraisable(py, None));
        }
        let scheduled = match serving {
            Some(serving) if is_eager => serving.soon(self.0, Tick::Again),
            Some(serving) => Pump::schedule(self.0, &serving),
            None => Ok(()),
        };
        scheduled.unwrap_or_else(|error| error.write_unraisable(py, None));
    }
}

/// The coroutine of a task in which handlers run.
#[pyclass(frozen, module = "socketio_rs._core")]
pub(crate) struct Pump {
    server: Py<PyServer>,
    hand: Mutex<Hand>,
}

/// What a pump has to do.
enum Hand {
    /// A pass, in its first step.
    Pass,
    /// To go on with a handler that waits.
    Handler {
        coroutine: Py<PyAny>,
        context: Py<PyAny>,
    },
    Nothing,
}

impl Pump {
    /// Makes a task for a pass.
    fn start(server: &Bound<'_, PyServer>, serving: &Serving) -> PyResult<()> {
        let py = server.py();
        let pump = Self { server: server.clone().unbind(), hand: Hand::Pass.into() };
        let kwargs = serving.task_kwargs.bind(py);
        serving.create_task.bind(py).call((Bound::new(py, pump)?,), Some(kwargs))?;
        Ok(())
    }

    /// The same where it begins in the next tick. What can't be made now is tried again then.
    fn schedule(server: &Bound<'_, PyServer>, serving: &Serving) -> PyResult<()> {
        let started = Self::start(server, serving);
        if started.is_err() {
            let mut state = server.get().state.lock();
            state.draining = false;
            state.scheduled = true;
            drop(state);
            serving.soon(server, Tick::Again)?;
        }
        started
    }

    fn pass<'py>(&self, py: Python<'py>) -> PyResult<Step<'py>> {
        let server = self.server.bind(py);
        let Some(serving) = server.get().serving() else {
            return Ok(Step::Returned(py.None().into_bound(py)));
        };
        let share = (!serving.eager).then(|| Share::begin(server));
        let end = Pass::run(server, &serving);
        if share.is_some() {
            drop(share);
            PyServer::go_on_stopping(server)?;
        }
        Ok(match end? {
            Some(End::Waits(Waiting { coroutine, context, yielded })) => {
                let (coroutine, context) = (coroutine.unbind(), context.unbind());
                *self.hand.lock() = Hand::Handler { coroutine, context };
                Step::Yielded(yielded)
            }
            Some(End::Marked(value)) => Step::Returned(value),
            None => Step::Returned(py.None().into_bound(py)),
        })
    }

    /// The handler that waits, and its context.
    fn handler<'py>(&self, py: Python<'py>) -> Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        match &*self.hand.lock() {
            Hand::Handler { coroutine, context } => {
                Some((coroutine.bind(py).clone(), context.bind(py).clone()))
            }
            Hand::Pass | Hand::Nothing => None,
        }
    }

    /// Ends before its pass: what is to be done is left to another tick.
    fn give_up_pass(&self, py: Python<'_>) {
        let hand = std::mem::replace(&mut *self.hand.lock(), Hand::Nothing);
        if matches!(hand, Hand::Pass) && self.server.get().serving().is_some() {
            drop(Share::begin(self.server.bind(py)));
        }
    }

    fn let_go(&self) {
        let hand = std::mem::replace(&mut *self.hand.lock(), Hand::Nothing);
        drop(hand);
    }
}

#[pymethods]
impl Pump {
    fn __await__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __iter__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let stepped = if let Some((coroutine, context)) = self.handler(py) {
            let _entered = Entered::new(&context)?;
            let stopwatch = &self.server.get().stopwatch;
            let started = stopwatch.start();
            let stepped = step(&coroutine);
            stopwatch.stop(started, &coroutine);
            stepped
        } else {
            self.let_go();
            self.pass(py)
        };
        match stepped {
            Ok(Step::Yielded(value)) => Ok(value),
            Ok(Step::Returned(value)) => {
                self.let_go();
                Err(stop(value.unbind()))
            }
            Err(error) => {
                self.let_go();
                Err(error)
            }
        }
    }

    fn send<'py>(
        &self,
        py: Python<'py>,
        _value: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.__next__(py)
    }

    #[pyo3(signature = (error, *_rest))]
    fn throw<'py>(
        &self,
        error: Bound<'py, PyAny>,
        _rest: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = error.py();
        let Some((coroutine, context)) = self.handler(py) else {
            self.give_up_pass(py);
            return Err(PyErr::from_value(error));
        };
        let _entered = Entered::new(&context)?;
        let thrown = coroutine.call_method1(intern!(py, "throw"), (error,));
        if thrown.is_err() {
            self.let_go();
        }
        thrown
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let Some((coroutine, context)) = self.handler(py) else {
            self.give_up_pass(py);
            return Ok(());
        };
        self.let_go();
        let _entered = Entered::new(&context)?;
        coroutine.call_method0(intern!(py, "close")).map(drop)
    }

    /// What shows a coroutine (`cr_frame` and its like, its name) shows the handler that waits.
    fn __getattr__<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match self.handler(name.py()) {
            Some((coroutine, _)) => coroutine.getattr(name.cast::<PyString>()?),
            None if name.eq("__qualname__")? => {
                Ok(intern!(name.py(), "socketio_rs").as_any().clone())
            }
            None => Err(PyAttributeError::new_err(name.clone().unbind())),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)?;
        match self.hand.try_lock().as_deref() {
            Some(Hand::Handler { coroutine, context }) => {
                visit.call(coroutine)?;
                visit.call(context)
            }
            _ => Ok(()),
        }
    }

    fn __clear__(&self) {
        self.let_go();
    }
}
