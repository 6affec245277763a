//! Row 7: a function with what its signature says, and lists of such.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyList, PyString};

/// Where a handler gets its `Ack`.
pub(crate) enum AckPlace {
    /// Among the positional arguments, the socket counted.
    Index(usize),
    Keyword(Py<PyString>),
}

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A function with what its signature says, read once at registration.
#[expect(clippy::struct_excessive_bools, reason = "each is a keyword of its own")]
#[pyclass(frozen, module = "socketio_rs._core")]
pub(crate) struct Handler {
    #[pyo3(get)]
    pub(crate) function: Py<PyAny>,
    /// What is called in its place: it looks at the data first.
    call: Option<Py<PyAny>>,
    /// It is called in the loop's executor.
    pub(crate) in_thread: bool,
    /// It gets the socket, in front of the data.
    #[pyo3(get)]
    pub(crate) socket: bool,
    /// Data arguments that it needs, and that it takes at most.
    pub(crate) required: usize,
    pub(crate) maximum: usize,
    pub(crate) ack: Option<AckPlace>,
    pub(crate) once: bool,
    pub(crate) cancel_on_disconnect: bool,
    /// Whether its socket's next event waits for its end; none: as is usual in its namespace.
    pub(crate) serial: Option<bool>,
    /// Those that are registered later have a higher one.
    number: u64,
}

#[pymethods]
impl Handler {
    #[new]
    #[pyo3(signature = (function, *, in_thread, socket, required, maximum, ack, once=false, cancel_on_disconnect=false, serial=None, call=None))]
    #[expect(
        clippy::too_many_arguments,
        clippy::fn_params_excessive_bools,
        reason = "keywords in Python"
    )]
    fn new(
        function: Py<PyAny>,
        in_thread: bool,
        socket: bool,
        required: usize,
        maximum: Option<usize>,
        ack: Option<&Bound<'_, PyAny>>,
        once: bool,
        cancel_on_disconnect: bool,
        serial: Option<bool>,
        call: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let ack = ack.map(AckPlace::extract).transpose()?;
        let maximum = maximum.unwrap_or(usize::MAX);
        Ok(Self {
            function,
            call,
            in_thread,
            socket,
            required,
            maximum,
            ack,
            once,
            cancel_on_disconnect,
            serial,
            number: COUNT.fetch_add(1, Ordering::Relaxed),
        })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.function)?;
        visit.call(&self.call)
    }
}

impl Handler {
    /// What an event calls.
    pub(crate) fn callable(&self) -> &Py<PyAny> {
        self.call.as_ref().unwrap_or(&self.function)
    }
}

impl AckPlace {
    fn extract(place: &Bound<'_, PyAny>) -> PyResult<Self> {
        if place.is_instance_of::<PyInt>() {
            return Ok(Self::Index(place.extract()?));
        }
        Ok(Self::Keyword(place.cast::<PyString>()?.clone().unbind()))
    }
}

/// The handlers of one event in order of registration. Replaced as a whole, so that whoever calls them holds no lock.
pub(crate) struct Listeners {
    pub(crate) name: Arc<str>,
    pub(crate) handlers: Box<[Py<Handler>]>,
}

impl Listeners {
    pub(crate) fn new(name: &str) -> Arc<Self> {
        Arc::new(Self { name: name.into(), handlers: Box::default() })
    }

    /// Orders events by which was listened to first.
    pub(crate) fn number(&self) -> Option<u64> {
        self.handlers.iter().map(|handler| handler.get().number).min()
    }

    /// The same and one more.
    pub(crate) fn with(&self, py: Python<'_>, handler: &Py<Handler>) -> Arc<Self> {
        let all = self.handlers.iter().chain([handler]).map(|handler| handler.clone_ref(py));
        Arc::new(Self { name: Arc::clone(&self.name), handlers: all.collect() })
    }

    /// The same with one more in front.
    pub(crate) fn with_first(&self, py: Python<'_>, handler: &Py<Handler>) -> Arc<Self> {
        let all = [handler].into_iter().chain(&self.handlers).map(|handler| handler.clone_ref(py));
        Arc::new(Self { name: Arc::clone(&self.name), handlers: all.collect() })
    }

    /// The functions of which they were made.
    pub(crate) fn functions<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.handlers.iter().map(|handler| &handler.get().function))
    }

    /// The same without `handler`; none when it is not there.
    pub(crate) fn without(&self, py: Python<'_>, handler: &Py<Handler>) -> Option<Arc<Self>> {
        let place = self.handlers.iter().position(|held| held.is(handler))?;
        let others = self.handlers.iter().enumerate().filter(|&(index, _)| index != place);
        let handlers = others.map(|(_, handler)| handler.clone_ref(py)).collect();
        Some(Arc::new(Self { name: Arc::clone(&self.name), handlers }))
    }

    /// The latest handler that was made of `function`; functions are compared by `==`, which is Python's.
    pub(crate) fn find(&self, function: &Bound<'_, PyAny>) -> PyResult<Option<&Py<Handler>>> {
        for handler in self.handlers.iter().rev() {
            if function.eq(&handler.get().function)? {
                return Ok(Some(handler));
            }
        }
        Ok(None)
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.handlers.iter().try_for_each(|handler| visit.call(handler))
    }
}
