//! Row 6: what becomes of sessions, beneath the sockets.

use engineio::SessionKey;
use pyo3::prelude::*;

use crate::dispatch::Pass;
use crate::handler::Handler;
use crate::objects::{Purpose, PyTransport};
use crate::tasks::{Call, arguments};

impl<'py> Pass<'_, 'py> {
    /// A session has moved to WebSocket.
    pub(crate) fn upgraded(&self, session: SessionKey) -> PyResult<()> {
        let py = self.py();
        let state = self.server.get().state.lock();
        let engine = state.sessions.get(&session).and_then(|session| session.engine.as_ref());
        let Some(engine) = engine.map(|engine| engine.clone_ref(py)) else { return Ok(()) };
        drop(state);
        let engine = engine.bind(py);
        let Some(listeners) = engine.get().listeners() else { return Ok(()) };
        let transport = Bound::new(py, PyTransport(engine.get().conn().transport()))?;
        let values = [engine.clone().into_any(), transport.into_any()];
        let mut result = Ok(());
        for handler in &listeners.handlers {
            if !handler.get().once || engine.get().remove(py, handler) {
                result = result.and(self.run_aside(handler, &values));
            }
        }
        result
    }

    fn run_aside(&self, handler: &Py<Handler>, values: &[Bound<'py, PyAny>]) -> PyResult<()> {
        let purpose = Purpose::Aside("a listener of 'upgrade'".to_owned());
        let Ok(args) = arguments(handler.get(), values, values.len() - 1) else { return Ok(()) };
        self.runner.run(&Call { handler, args, kwargs: None, context: None }, purpose)
    }

    /// A client's send queue has room again.
    pub(crate) fn drained(&self, session: SessionKey) {
        let mut state = self.server.get().state.lock();
        let session = state.sessions.get_mut(&session);
        let waiters = session.map(|session| std::mem::take(&mut session.waiters));
        drop(state);
        for waiter in waiters.unwrap_or_default() {
            waiter.get().resolve(self.py(), Ok(self.py().None()));
        }
    }

    /// The inbox of the I/O thread has room again.
    pub(crate) fn inbox_drained(&self) {
        let waiters = std::mem::take(&mut self.server.get().state.lock().inbox_waiters);
        for waiter in waiters {
            waiter.get().resolve(self.py(), Ok(self.py().None()));
        }
    }

    /// A session has ended.
    pub(crate) fn closed(&self, session: SessionKey) {
        self.drained(session);
        let session = self.server.get().state.lock().sessions.remove(&session);
        if let Some(engine) = session.and_then(|session| session.engine) {
            engine.get().clear();
        }
    }
}
