//! Row 7: one handler is run: its arguments, its `Ack`, and its turn.

use std::sync::Arc;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::convert::read::Arguments;
use crate::handler::{AckPlace, Handler, Kind};
use crate::objects::{PyAck, PyServer, PySocket, Serving};
use crate::python::log_mismatch;
use crate::reply::Reply;
use crate::running::Purpose;
use crate::tasks::{Begun, Call, arguments};

/// What the handlers of one event are run with.
pub(crate) struct Run<'a, 'py> {
    pub(crate) server: &'a Bound<'py, PyServer>,
    pub(crate) serving: &'a Arc<Serving>,
    pub(crate) socket: &'a Bound<'py, PySocket>,
    /// The socket's context, if it has one of its own.
    pub(crate) context: Option<&'a Bound<'py, PyAny>>,
    /// The socket, and the data.
    pub(crate) values: &'a [Bound<'py, PyAny>],
    /// How many data arguments came, of which `values` may have less.
    pub(crate) given: usize,
}

impl<'py> Run<'_, 'py> {
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
            (Some(place), Purpose::Event { name, reply: Reply::ByHand(group), .. }) => {
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
        if self.must_wait(function) {
            return self.defer(handler, args, kwargs, purpose);
        }
        let call = Call { handler: function, args, kwargs: kwargs.as_ref(), context: self.context };
        match self.serving.begin(self.socket.py(), &call) {
            Begun::Ended(result) => PyServer::ended(self.server, &purpose, result),
            Begun::Running(task) => {
                if !self.serving.eager {
                    self.server.get().state.lock().note_late(self.socket.get().key);
                }
                PyServer::track(self.server, &task, purpose, function.cancel_on_disconnect)
            }
        }
    }

    /// The client sent too little for this handler.
    fn mismatch(&self, purpose: &Purpose, required: usize) {
        if let Purpose::Event { name, reply, .. } = purpose {
            let sid = self.socket.get().info.id;
            log_mismatch(self.socket.py(), name, sid.as_str(), required, self.given);
            reply.fail();
        }
    }

    /// Before 3.12 a task begins in the next tick: what is called at once would overtake those of its socket that were made before.
    fn must_wait(&self, handler: &Handler) -> bool {
        !self.serving.eager
            && handler.kind != Kind::Task
            && self.server.get().state.lock().is_late(self.socket.get().key)
    }

    /// Has the loop call it behind the tasks that have not begun.
    fn defer(
        &self,
        handler: &Py<Handler>,
        args: &[Bound<'py, PyAny>],
        kwargs: Option<Bound<'py, PyDict>>,
        purpose: Purpose,
    ) -> PyResult<()> {
        let py = self.socket.py();
        let mut state = self.server.get().state.lock();
        state.suspend(&purpose);
        state.note_late(self.socket.get().key);
        state.deferred += 1;
        drop(state);
        let deferred = Deferred {
            server: self.server.clone().unbind(),
            serving: Arc::clone(self.serving),
            handler: handler.clone_ref(py),
            args: args.iter().map(|argument| argument.clone().unbind()).collect(),
            kwargs: kwargs.map(Bound::unbind),
            context: self.context.map(|context| context.clone().unbind()),
            purpose: Some(purpose).into(),
        };
        let base = Some(self.serving.base_kwargs.bind(py));
        self.serving.call_soon.bind(py).call((deferred,), base)?;
        Ok(())
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

/// A handler that waits for the tick in which it may begin.
#[pyclass(frozen, module = "socketio_rs._core")]
struct Deferred {
    server: Py<PyServer>,
    serving: Arc<Serving>,
    handler: Py<Handler>,
    args: Vec<Py<PyAny>>,
    kwargs: Option<Py<PyDict>>,
    context: Option<Py<PyAny>>,
    purpose: parking_lot::Mutex<Option<Purpose>>,
}

#[pymethods]
impl Deferred {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let server = self.server.bind(py);
        let purpose = self.purpose.lock().take();
        let Some(purpose) = purpose else {
            return Err(PyRuntimeError::new_err("a deferred handler is called once"));
        };
        let args: Arguments<'_> = self.args.iter().map(|arg| arg.bind(py).clone()).collect();
        let handler = self.handler.get();
        let kwargs = self.kwargs.as_ref().map(|kwargs| kwargs.bind(py));
        let context = self.context.as_ref().map(|context| context.bind(py));
        let call = Call { handler, args: &args, kwargs, context };
        let begun = self.serving.begin(py, &call);
        let mut state = server.get().state.lock();
        state.deferred = state.deferred.saturating_sub(1);
        if let Begun::Ended(_) = begun {
            state.resume(&purpose);
        }
        drop(state);
        let ended = match begun {
            Begun::Ended(result) => PyServer::ended(server, &purpose, result),
            Begun::Running(task) => {
                PyServer::hold(server, &task, purpose, handler.cancel_on_disconnect)
            }
        };
        ended.and(PyServer::pass_if_needed(server))
    }
}
