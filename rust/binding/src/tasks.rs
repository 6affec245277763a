//! Row 7: how a handler begins: called in a context of its own, or in a thread; its coroutine takes its first step at once.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::context::{Entered, Step, copy_of, step};
use crate::handler::Handler;
use crate::objects::{Sent, Serving};
use crate::python::{ENSURE_FUTURE, RUN_IN_THREAD, call};

/// What has become of a call by the time it came back.
pub(crate) enum Begun<'py> {
    Ended(PyResult<Bound<'py, PyAny>>),
    /// It goes on in this task or future.
    Running(Bound<'py, PyAny>),
}

/// The same of a call in the task of a pass.
pub(crate) enum Started<'py> {
    Begun(Begun<'py>),
    /// Its coroutine waits: the task is its own from now on.
    Waits(Waiting<'py>),
}

/// A coroutine that waits for what it yielded.
pub(crate) struct Waiting<'py> {
    pub(crate) coroutine: Bound<'py, PyAny>,
    pub(crate) context: Bound<'py, PyAny>,
    pub(crate) yielded: Bound<'py, PyAny>,
}

/// A call of a handler.
pub(crate) struct Call<'a, 'py> {
    pub(crate) handler: &'a Py<Handler>,
    pub(crate) args: &'a [Bound<'py, PyAny>],
    pub(crate) kwargs: Option<&'a Bound<'py, PyDict>>,
    /// The socket's context; none is the server's.
    pub(crate) context: Option<&'a Bound<'py, PyAny>>,
}

impl Serving {
    /// Calls a handler in a copy of its context. In the task of a pass, for its coroutine may stay there.
    pub(crate) fn begin<'py>(&self, py: Python<'py>, call: &Call<'_, 'py>) -> Started<'py> {
        let handler = call.handler.get();
        let context = copy_of(call.context.unwrap_or_else(|| self.base.bind(py)));
        let started = context.and_then(|context| {
            if handler.in_thread {
                return self.call_in_thread(py, call, context);
            }
            self.begin_in(&context, handler.callable().bind(py), call.args, call.kwargs)
        });
        started.unwrap_or_else(Started::failed)
    }

    /// Calls a function in `context`, which is its own.
    pub(crate) fn begin_in<'py>(
        &self,
        context: &Bound<'py, PyAny>,
        function: &Bound<'py, PyAny>,
        args: &[Bound<'py, PyAny>],
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Started<'py>> {
        let _entered = Entered::new(context)?;
        let result = match kwargs {
            None => call(function, args)?,
            kwargs => function.call(PyTuple::new(function.py(), args)?, kwargs)?,
        };
        if !self.is_coroutine(&result) {
            return settle(result).map(Started::Begun);
        }
        Ok(begun(step(&result)?, result, context))
    }

    /// The same for middlewares, which `function` runs in one coroutine: it goes by their names, and the loop may be held by them too.
    pub(crate) fn begin_middlewares<'py>(
        &self,
        context: &Bound<'py, PyAny>,
        function: &Bound<'py, PyAny>,
        args: &[Bound<'py, PyAny>],
        middlewares: &[Py<Handler>],
    ) -> PyResult<Started<'py>> {
        let _entered = Entered::new(context)?;
        let coroutine = call(function, args)?;
        let started = self.stopwatch.start();
        let stepped = step(&coroutine);
        // Of those that end at once nobody asks the name, unless they were slow.
        if matches!(stepped, Ok(Step::Yielded(_))) || self.stopwatch.is_over(started) {
            name_after(&coroutine, middlewares)?;
        }
        self.stopwatch.stop(started, &coroutine);
        Ok(begun(stepped?, coroutine, context))
    }

    fn call_in_thread<'py>(
        &self,
        py: Python<'py>,
        call: &Call<'_, 'py>,
        context: Bound<'py, PyAny>,
    ) -> PyResult<Started<'py>> {
        let args = PyList::new(py, call.args)?;
        let kwargs = call.kwargs.cloned().unwrap_or_else(|| PyDict::new(py));
        let function = call.handler.get().callable();
        let event_loop = &self.event_loop;
        let future = RUN_IN_THREAD.get(py)?.call1((event_loop, function, args, kwargs, context))?;
        Ok(Started::Begun(Begun::Running(future)))
    }

    /// Calls a function in `context` outside of a pass; a coroutine that it gives runs there too, in a task that is made for it.
    pub(crate) fn call_aside<'py>(
        &self,
        context: &Bound<'py, PyAny>,
        function: &Bound<'py, PyAny>,
        args: &[Bound<'py, PyAny>],
    ) -> Begun<'py> {
        let entered = Entered::new(context);
        let result = entered.and_then(|_entered| {
            let result = call(function, args)?;
            if self.is_coroutine(&result) { Ok(Err(result)) } else { settle(result).map(Ok) }
        });
        let begun = result.and_then(|result| match result {
            Ok(begun) => Ok(begun),
            Err(coroutine) => self.start_in(&coroutine, context),
        });
        begun.unwrap_or_else(|error| Begun::Ended(Err(error)))
    }

    /// Runs a coroutine as a task of its own, in `context`.
    fn start_in<'py>(
        &self,
        coroutine: &Bound<'py, PyAny>,
        context: &Bound<'py, PyAny>,
    ) -> PyResult<Begun<'py>> {
        let py = coroutine.py();
        let kwargs = self.task_kwargs.bind(py).copy()?;
        kwargs.set_item(intern!(py, "context"), context)?;
        let task = self.create_task.bind(py).call((coroutine,), Some(&kwargs))?;
        if self.eager && task.call_method0(intern!(py, "done"))?.is_truthy()? {
            return Ok(Begun::Ended(task.call_method0(intern!(py, "result"))));
        }
        Ok(Begun::Running(task))
    }

    fn is_coroutine(&self, value: &Bound<'_, PyAny>) -> bool {
        value.get_type().is(&self.coroutine)
    }
}

impl Started<'_> {
    pub(crate) fn failed(error: PyErr) -> Self {
        Self::Begun(Begun::Ended(Err(error)))
    }
}

/// Has a coroutine go by the names of the middlewares that it runs.
fn name_after(coroutine: &Bound<'_, PyAny>, middlewares: &[Py<Handler>]) -> PyResult<()> {
    let py = coroutine.py();
    let qualname = intern!(py, "__qualname__");
    let names = middlewares.iter().filter_map(|middleware| {
        let name = middleware.get().function.bind(py).getattr(qualname);
        Some(name.ok()?.to_string())
    });
    let names: Vec<_> = names.collect();
    // What has no name leaves it at that of the function.
    if names.is_empty() { Ok(()) } else { coroutine.setattr(qualname, names.join(", ")) }
}

/// What has become of a coroutine whose first step was this.
fn begun<'py>(
    step: Step<'py>,
    coroutine: Bound<'py, PyAny>,
    context: &Bound<'py, PyAny>,
) -> Started<'py> {
    match step {
        Step::Returned(value) => Started::Begun(Begun::Ended(Ok(value))),
        Step::Yielded(yielded) => {
            Started::Waits(Waiting { coroutine, context: context.clone(), yielded })
        }
    }
}

/// What a plain function returned, in the context in which it ran: what can be awaited is, and what an emit returns is no answer.
fn settle(result: Bound<'_, PyAny>) -> PyResult<Begun<'_>> {
    let py = result.py();
    if result.is_instance_of::<Sent>() {
        return Ok(Begun::Ended(Ok(py.None().into_bound(py))));
    }
    if !result.is_none() && result.hasattr(intern!(py, "__await__"))? {
        return Ok(Begun::Running(ENSURE_FUTURE.get(py)?.call1((result,))?));
    }
    Ok(Begun::Ended(Ok(result)))
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
