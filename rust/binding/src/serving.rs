//! Row 6: a server and the loop on which it is served.

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use socketio::EventSink;

use crate::listener::os_error;
use crate::objects::{PyServer, Serving, Ticker};
use crate::phase::Tick;
use crate::python::{COPY_CONTEXT, COROUTINE, TASK};
use crate::queue::Queue;
use crate::stopwatch::Stopwatch;

impl PyServer {
    /// Starts the I/O thread and has the loop watch the queue.
    pub(crate) fn serve(
        slf: &Bound<'_, Self>,
        event_loop: &Bound<'_, PyAny>,
        config: socketio::Config,
    ) -> PyResult<()> {
        let py = slf.py();
        let server = slf.get();
        let queue = Arc::new(Queue::new().map_err(|error| os_error(py, &error))?);
        let serving =
            Arc::new(Serving::new(event_loop, Arc::clone(&queue), Arc::clone(&server.stopwatch))?);
        let ticker = Ticker { server: slf.clone().unbind(), tick: Tick::Readable };
        let add_reader = event_loop.getattr(intern!(py, "add_reader"))?;
        let base = serving.base.bind(py);
        base.call_method1(intern!(py, "run"), (add_reader, queue.descriptor(), ticker))?;
        let sink = Arc::clone(&queue) as Arc<dyn EventSink>;
        let (front, waker) = (Arc::clone(&server.front), Arc::clone(&server.waker));
        match net::Thread::start(config, front, sink, waker) {
            Ok(thread) => *serving.thread.lock() = Some(ManuallyDrop::new(thread)),
            Err(error) => {
                event_loop.call_method1(intern!(py, "remove_reader"), (queue.descriptor(),))?;
                return Err(os_error(py, &error));
            }
        }
        server.birth.begin();
        server.cork.adopt();
        server.state.lock().serving = Some(serving);
        Ok(())
    }

    /// Seconds since 1970 when the hub's clock was at zero.
    pub(crate) fn epoch(&self) -> f64 {
        self.serving().map_or(0.0, |serving| serving.epoch)
    }
}

impl Serving {
    fn new(
        event_loop: &Bound<'_, PyAny>,
        queue: Arc<Queue>,
        stopwatch: Arc<Stopwatch>,
    ) -> PyResult<Self> {
        let py = event_loop.py();
        let base = COPY_CONTEXT.get(py)?.call0()?;
        let base_kwargs = PyDict::new(py);
        base_kwargs.set_item(intern!(py, "context"), &base)?;
        let eager = py.version_info() >= (3, 12);
        let task_kwargs = PyDict::new(py);
        let create_task = if eager {
            task_kwargs.set_item(intern!(py, "loop"), event_loop)?;
            task_kwargs.set_item(intern!(py, "eager_start"), true)?;
            TASK.get(py)?.clone()
        } else {
            event_loop.getattr(intern!(py, "create_task"))?
        };
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self {
            event_loop: event_loop.clone().unbind(),
            call_soon: event_loop.getattr(intern!(py, "call_soon"))?.unbind(),
            base_kwargs: base_kwargs.unbind(),
            base: base.unbind(),
            create_task: create_task.unbind(),
            task_kwargs: task_kwargs.unbind(),
            coroutine: COROUTINE.get(py)?.clone().unbind(),
            stopwatch,
            eager,
            queue,
            epoch: epoch.as_secs_f64(),
            thread: Mutex::new(None),
        })
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let held = [&self.event_loop, &self.call_soon, &self.base, &self.create_task];
        held.into_iter().try_for_each(|held| visit.call(held))?;
        visit.call(&self.base_kwargs)?;
        visit.call(&self.task_kwargs)
    }
}
