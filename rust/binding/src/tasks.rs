//! Row 7: how a handler begins: called, in a task, or in a thread; each in its own copy of a context.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use smallvec::SmallVec;

use crate::handler::{Handler, Kind};
use crate::objects::{Sent, Serving};
use crate::python::{ENSURE_FUTURE, RUN_IN_THREAD, call};

/// What has become of a call by the time it came back.
pub(crate) enum Begun<'py> {
    Ended(PyResult<Bound<'py, PyAny>>),
    /// It goes on in this task or future.
    Running(Bound<'py, PyAny>),
}

/// A call of a handler.
pub(crate) struct Call<'a, 'py> {
    pub(crate) handler: &'a Handler,
    pub(crate) args: &'a [Bound<'py, PyAny>],
    pub(crate) kwargs: Option<&'a Bound<'py, PyDict>>,
    /// The socket's context; none is the server's.
    pub(crate) context: Option<&'a Bound<'py, PyAny>>,
}

impl Serving {
    pub(crate) fn begin<'py>(&self, py: Python<'py>, begin: &Call<'_, 'py>) -> Begun<'py> {
        let begun = match begin.handler.kind {
            Kind::Task => self.begin_task(py, begin),
            Kind::Inline => self.begin_inline(py, begin),
            Kind::Thread => self.begin_thread(py, begin),
        };
        begun.unwrap_or_else(|error| Begun::Ended(Err(error)))
    }

    /// The call gives a coroutine and runs nothing of the handler yet, so it needs no context.
    fn begin_task<'py>(&self, py: Python<'py>, begin: &Call<'_, 'py>) -> PyResult<Begun<'py>> {
        let function = begin.handler.function.bind(py);
        let coroutine = match begin.kwargs {
            None => call(function, begin.args)?,
            kwargs => function.call(PyTuple::new(py, begin.args)?, kwargs)?,
        };
        self.start(py, &coroutine, begin.context)
    }

    fn begin_inline<'py>(&self, py: Python<'py>, begin: &Call<'_, 'py>) -> PyResult<Begun<'py>> {
        let context = self.copy_of(py, begin.context)?;
        let function = begin.handler.function.bind(py);
        let result = self.run_in(py, &context, function, begin.args, begin.kwargs)?;
        self.settle(py, result, &context)
    }

    fn begin_thread<'py>(&self, py: Python<'py>, begin: &Call<'_, 'py>) -> PyResult<Begun<'py>> {
        let context = self.copy_of(py, begin.context)?;
        let args = PyList::new(py, begin.args)?;
        let kwargs = begin.kwargs.cloned().unwrap_or_else(|| PyDict::new(py));
        let function = &begin.handler.function;
        let event_loop = &self.event_loop;
        let future = RUN_IN_THREAD.get(py)?.call1((event_loop, function, args, kwargs, context))?;
        Ok(Begun::Running(future))
    }

    /// Calls a function in `context`; a coroutine that it gives runs there too.
    pub(crate) fn call_in<'py>(
        &self,
        py: Python<'py>,
        context: &Bound<'py, PyAny>,
        function: &Bound<'py, PyAny>,
        args: &[Bound<'py, PyAny>],
    ) -> Begun<'py> {
        let result = self.run_in(py, context, function, args, None);
        let begun = result.and_then(|result| self.settle(py, result, context));
        begun.unwrap_or_else(|error| Begun::Ended(Err(error)))
    }

    /// What a plain function returned: what can be awaited is, and what an emit returns is no answer.
    fn settle<'py>(
        &self,
        py: Python<'py>,
        result: Bound<'py, PyAny>,
        context: &Bound<'py, PyAny>,
    ) -> PyResult<Begun<'py>> {
        if result.get_type().is(&self.coroutine) {
            return self.start_in(py, &result, context);
        }
        if result.is_instance_of::<Sent>() {
            return Ok(Begun::Ended(Ok(py.None().into_bound(py))));
        }
        if !result.is_none() && result.hasattr(intern!(py, "__await__"))? {
            let ensure_future = ENSURE_FUTURE.get(py)?;
            let future = self.run.bind(py).call1((context, ensure_future, result))?;
            return self.started(future);
        }
        Ok(Begun::Ended(Ok(result)))
    }

    /// `context.run(function, *args, **kwargs)`
    fn run_in<'py>(
        &self,
        py: Python<'py>,
        context: &Bound<'py, PyAny>,
        function: &Bound<'py, PyAny>,
        args: &[Bound<'py, PyAny>],
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut all = SmallVec::<[Bound<'py, PyAny>; 8]>::new();
        all.push(context.clone());
        all.push(function.clone());
        all.extend(args.iter().cloned());
        let run = self.run.bind(py);
        match kwargs {
            None => call(run, &all),
            kwargs => run.call(PyTuple::new(py, all)?, kwargs),
        }
    }

    fn copy_of<'py>(
        &self,
        py: Python<'py>,
        context: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.copy.bind(py).call1((context.unwrap_or_else(|| self.base.bind(py)),))
    }

    /// Runs a coroutine as a task, in a copy of `context`: entering one context twice in eager tasks corrupts asyncio's current task.
    pub(crate) fn start<'py>(
        &self,
        py: Python<'py>,
        coroutine: &Bound<'py, PyAny>,
        context: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Begun<'py>> {
        let create = self.create_task.bind(py);
        // One constant dict: a task copies the current context, which is the server's, by itself.
        let kwargs = self.task_kwargs.bind(py);
        let task = match context {
            None => create.call((coroutine,), Some(kwargs))?,
            Some(context) => self.run.bind(py).call((context, create, coroutine), Some(kwargs))?,
        };
        self.started(task)
    }

    /// Runs a coroutine as a task in `context` itself, which nothing else has entered.
    pub(crate) fn start_in<'py>(
        &self,
        py: Python<'py>,
        coroutine: &Bound<'py, PyAny>,
        context: &Bound<'py, PyAny>,
    ) -> PyResult<Begun<'py>> {
        let kwargs = self.task_kwargs.bind(py).copy()?;
        kwargs.set_item(intern!(py, "context"), context)?;
        self.started(self.create_task.bind(py).call((coroutine,), Some(&kwargs))?)
    }

    fn started<'py>(&self, task: Bound<'py, PyAny>) -> PyResult<Begun<'py>> {
        let py = task.py();
        if self.eager && task.call_method0(intern!(py, "done"))?.is_truthy()? {
            return Ok(Begun::Ended(task.call_method0(intern!(py, "result"))));
        }
        Ok(Begun::Running(task))
    }
}

/// The arguments for a handler, of `values` with the socket in front; `given` data arguments came.
///
/// # Errors
/// The number that it requires, when fewer came.
pub(crate) fn arguments<'a, 'py>(
    handler: &Handler,
    values: &'a [Bound<'py, PyAny>],
    given: usize,
) -> Result<&'a [Bound<'py, PyAny>], usize> {
    if given < handler.required {
        return Err(handler.required);
    }
    let end = values.len().min(handler.maximum.saturating_add(1));
    Ok(&values[usize::from(!handler.socket)..end])
}
