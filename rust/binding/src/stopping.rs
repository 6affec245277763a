//! The end of a server on its loop: what was queued is delivered, handlers get their time, then the I/O thread ends.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use socketio::{Batch, Event, Front};

use crate::objects::{PyServer, Serving, State};
use crate::phase::{Stop, StopStep, Tick, Turn};
use crate::python::{DISCONNECTED, Level, log_line};
use crate::queue::Queue;

/// Seconds that cancelled handlers have to end.
const GRACE: f64 = 5.0;

impl PyServer {
    /// Begins to stop, or hurries what was begun; the future is done with it.
    pub(crate) fn begin_stop(slf: &Bound<'_, Self>, drain: f64) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let server = slf.get();
        let Some(serving) = server.serving() else {
            return Err(PyRuntimeError::new_err("the server is not served"));
        };
        let end = serving.now(py)? + drain;
        let future = match server.stop_future(py) {
            Some(future) => future,
            None => Self::close_all(slf, &serving)?,
        };
        Self::end_drain_at(slf, &serving, end, Tick::EndDrain)?;
        Ok(future)
    }

    fn stop_future(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.state.lock().stop.as_ref().map(|stop| stop.future.clone_ref(py))
    }

    /// Closes listeners and sessions.
    fn close_all(slf: &Bound<'_, Self>, serving: &Serving) -> PyResult<Py<PyAny>> {
        let py = slf.py();
        let server = slf.get();
        let future = serving.event_loop.bind(py).call_method0(intern!(py, "create_future"))?;
        let stop = Stop {
            future: future.clone().unbind(),
            timer: None,
            expired: false,
            step: StopStep::Closing,
        };
        let mut state = server.state.lock();
        state.stop = Some(stop);
        let listeners = std::mem::take(&mut state.listeners);
        // Their events wait for nothing any more.
        let left = state.sockets.left();
        state.turns.extend(left.into_iter().map(Turn::Kept));
        drop(state);
        for listener in listeners {
            listener.get().listener.close();
        }
        server.front()?.stop();
        Self::commanded(slf, 0);
        Ok(future.unbind())
    }

    /// The drain, or what follows it, ends at `moment`, unless it ends earlier.
    fn end_drain_at(
        slf: &Bound<'_, Self>,
        serving: &Serving,
        moment: f64,
        tick: Tick,
    ) -> PyResult<()> {
        let py = slf.py();
        let state = slf.get().state.lock();
        let timer = state.stop.as_ref().and_then(|stop| stop.timer.as_ref());
        if timer.is_some_and(|&(earlier, _)| earlier <= moment) {
            return Ok(());
        }
        drop(state);
        let timer = serving.at(slf, moment, tick)?;
        let mut state = slf.get().state.lock();
        let replaced = state.stop.as_mut().and_then(|stop| stop.timer.replace((moment, timer)));
        drop(state);
        cancel(py, replaced)
    }

    /// The hub has closed all its sessions, and everything that they sent was taken.
    pub(crate) fn hub_stopped(slf: &Bound<'_, Self>) {
        if let Some(stop) = &mut slf.get().state.lock().stop
            && stop.step == StopStep::Closing
        {
            stop.step = StopStep::Draining;
        }
    }

    /// The time of the handlers is over.
    pub(crate) fn end_drain(slf: &Bound<'_, Self>) -> PyResult<()> {
        let mut state = slf.get().state.lock();
        let timer = state.stop.as_mut().and_then(|stop| {
            stop.expired = true;
            stop.timer.take()
        });
        drop(state);
        drop(timer);
        Self::go_on_stopping(slf)
    }

    /// Cancelled handlers did not end.
    pub(crate) fn give_up(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let mut state = slf.get().state.lock();
        let count = state.tasks.len();
        let tasks = std::mem::take(&mut state.tasks);
        drop(state);
        drop(tasks);
        let text = format!("{count} handlers go on although they were cancelled");
        log_line(py, Level::Warning, &text);
        Self::go_on_stopping(slf)
    }

    /// Takes the next step of a stop, if it is time.
    pub(crate) fn go_on_stopping(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let mut state = slf.get().state.lock();
        let State { stop, tasks, turns, unsent, serving, draining, .. } = &mut *state;
        let (Some(stop), Some(serving)) = (stop, serving) else { return Ok(()) };
        let serving = Arc::clone(serving);
        // Other threads may go on emitting to who has left.
        let told = *unsent == 0 || stop.expired;
        let idle = tasks.is_empty() && turns.is_empty() && !*draining && told;
        match stop.step {
            StopStep::Draining | StopStep::Cancelled if idle => {
                stop.step = StopStep::Joining;
                drop(state);
                serving.join_aside(Arc::clone(&slf.get().front));
                Ok(())
            }
            StopStep::Draining if stop.expired && !*draining => {
                stop.step = StopStep::Cancelled;
                stop.timer = None;
                let tasks: Vec<_> = tasks.values().map(|task| task.clone_ref(py)).collect();
                drop(state);
                for task in tasks {
                    task.call_method0(py, intern!(py, "cancel"))?;
                }
                Self::end_drain_at(slf, &serving, serving.now(py)? + GRACE, Tick::GiveUp)
            }
            StopStep::Joining if serving.queue.has_ended() => {
                drop(state);
                Self::finish(slf, &serving)
            }
            _ => Ok(()),
        }
    }

    /// The I/O thread has ended: leaves the loop.
    fn finish(slf: &Bound<'_, Self>, serving: &Serving) -> PyResult<()> {
        let py = slf.py();
        let event_loop = serving.event_loop.bind(py);
        event_loop.call_method1(intern!(py, "remove_reader"), (serving.queue.descriptor(),))?;
        let state = Self::leave_loop(slf);
        let Some(stop) = state.stop else { return Ok(()) };
        cancel(py, stop.timer)?;
        cancel(py, state.timer.map(|(moment, timer)| (moment.as_seconds(), timer)))?;
        let future = stop.future.bind(py);
        if !future.call_method0(intern!(py, "done"))?.is_truthy()? {
            future.call_method1(intern!(py, "set_result"), (py.None(),))?;
        }
        Ok(())
    }

    /// Forgets everything of the loop, and ends what still waits.
    fn leave_loop(slf: &Bound<'_, Self>) -> State {
        let py = slf.py();
        let server = slf.get();
        let mut left = server.state.lock();
        let mut state = std::mem::take(&mut *left);
        drop(left);
        server.birth.end();
        server.cork.release_thread();
        for key in state.sockets.keys() {
            server.front.forget(key);
        }
        forget(&server.front, &state.work.batch.events[state.work.at..]);
        for key in state.acks.sockets() {
            for waiter in state.acks.take_all(key) {
                let error = DISCONNECTED.error(py, "the server was closed");
                let failed = Self::fail(slf, waiter, error);
                failed.unwrap_or_else(|error| error.write_unraisable(py, None));
            }
        }
        for gathering in state.gatherings.take_all() {
            let told = Self::gathered(slf, gathering);
            told.unwrap_or_else(|error| error.write_unraisable(py, None));
        }
        let sessions = state.sessions.drain().flat_map(|(_, session)| session.waiters);
        for waiter in sessions.chain(state.inbox_waiters.drain(..)) {
            waiter.get().resolve(py, Ok(py.None()));
        }
        state
    }

    /// A loop that was closed under the server leaves it to us to end the I/O thread.
    pub(crate) fn abandon_closed_loop(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let server = slf.get();
        let Some(serving) = server.serving() else { return Ok(()) };
        server.birth.check()?;
        let event_loop = serving.event_loop.bind(py);
        if !event_loop.call_method0(intern!(py, "is_closed"))?.is_truthy()? {
            return Ok(());
        }
        let mut state = Self::leave_loop(slf);
        let listeners = std::mem::take(&mut state.listeners);
        for listener in listeners {
            listener.get().listener.close();
        }
        server.front.stop();
        py.detach(|| serving.join(&server.front));
        drop(state);
        Ok(())
    }
}

impl Serving {
    /// Waits for the I/O thread on a thread that is made for it, so that the loop goes on.
    fn join_aside(self: Arc<Self>, front: Arc<Front>) {
        let joiner = Arc::clone(&self.queue);
        let thread = self.thread.lock().take().map(ManuallyDrop::into_inner);
        let join = move || {
            if let Some(thread) = thread {
                thread.join();
            }
            empty(&joiner, &front);
            joiner.end();
        };
        let _ = std::thread::Builder::new().name("socketio-end".to_owned()).spawn(join);
    }

    /// Waits for the I/O thread.
    fn join(&self, front: &Front) {
        let thread = self.thread.lock().take().map(ManuallyDrop::into_inner);
        if let Some(thread) = thread {
            thread.join();
        }
        empty(&self.queue, front);
    }
}

/// Drops what nobody takes from the queue any more.
fn empty(queue: &Queue, front: &Front) {
    let mut batch = Batch::default();
    while queue.take(&mut batch) {
        forget(front, &batch.events);
    }
}

/// Has the front forget the sockets of events that nobody takes any more.
fn forget(front: &Front, events: &[Event]) {
    for event in events {
        if let Event::Ask { .. } = event {
            front.ask_taken();
        }
        if let Event::Find { socket, .. }
        | Event::Recall { socket, .. }
        | Event::Authorize { socket, .. }
        | Event::Connected { socket, .. }
        | Event::Disconnected { socket, .. } = event
        {
            front.forget(*socket);
        }
    }
}

fn cancel(py: Python<'_>, timer: Option<(f64, Py<PyAny>)>) -> PyResult<()> {
    if let Some((_, timer)) = timer {
        timer.call_method0(py, intern!(py, "cancel"))?;
    }
    Ok(())
}
