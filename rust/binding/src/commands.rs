//! Row 9: the way to the front, for every thread.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use socketio::Front;

use crate::objects::{PyServer, Serving, Ticker};
use crate::phase::Tick;
use crate::python::is_running;

impl PyServer {
    /// # Errors
    /// In a forked child.
    #[inline]
    pub(crate) fn front(&self) -> PyResult<&Front> {
        self.birth.check()?;
        Ok(&self.front)
    }

    /// The loop on which the server is served.
    pub(crate) fn serving(&self) -> Option<Arc<Serving>> {
        self.state.lock().serving.clone()
    }

    /// To be called after every command: sees to it that the I/O thread wakes, once per pass or tick.
    #[inline]
    pub(crate) fn commanded(slf: &Bound<'_, Self>, bytes: usize) {
        if slf.get().cork.is_loose(bytes) {
            Self::uncork_soon(slf);
        }
    }

    #[cold]
    fn uncork_soon(slf: &Bound<'_, Self>) {
        let py = slf.py();
        let server = slf.get();
        let serving = server.serving().filter(|serving| is_running(py, &serving.event_loop));
        if serving.is_some_and(|serving| serving.soon(slf, Tick::Uncork).is_ok()) {
            server.cork.schedule();
        } else {
            // Where the loop does not run, nobody else would wake the I/O thread soon.
            server.cork.flush();
        }
    }
}

impl Serving {
    /// Has the loop call the server back in its next tick. From any thread.
    pub(crate) fn soon(&self, server: &Bound<'_, PyServer>, tick: Tick) -> PyResult<()> {
        let ticker = Ticker { server: server.clone().unbind(), tick };
        self.next_tick(Bound::new(server.py(), ticker)?.as_any())
    }

    /// Has the loop call something in its next tick, in the server's context. From any thread.
    pub(crate) fn next_tick(&self, callee: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = callee.py();
        let kwargs = Some(self.base_kwargs.bind(py));
        if is_running(py, &self.event_loop) {
            self.call_soon.bind(py).call((callee,), kwargs)?;
        } else {
            let call = intern!(py, "call_soon_threadsafe");
            self.event_loop.bind(py).call_method(call, (callee,), kwargs)?;
        }
        Ok(())
    }
}
