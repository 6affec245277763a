//! One timer of the loop for the earliest deadline of all answers that are waited for.

use pyo3::intern;
use pyo3::prelude::*;
use socketio::SocketKey;

use crate::acks::Moment;
use crate::objects::{Answer, PyServer, Serving, Ticker, Waiter};
use crate::phase::Tick;
use crate::python::{ACK_TIMEOUT, DISCONNECTED, is_running};

impl PyServer {
    /// When an answer for which `timeout` seconds are given is late.
    pub(crate) fn deadline(
        &self,
        py: Python<'_>,
        timeout: Option<f64>,
    ) -> PyResult<Option<Moment>> {
        let (Some(timeout), Some(serving)) = (timeout, self.serving()) else { return Ok(None) };
        Ok(Some(Moment::from_seconds(serving.now(py)? + timeout)))
    }

    /// Sees to it that the timer is set for the earliest deadline.
    pub(crate) fn arm(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let Some(serving) = slf.get().serving() else { return Ok(()) };
        if !is_running(py, &serving.event_loop) {
            // Timers are set on the loop's thread.
            return serving.soon(slf, Tick::Rearm);
        }
        let state = slf.get().state.lock();
        let earliest = [state.acks.earliest(), state.gatherings.earliest()];
        let earliest = earliest.into_iter().flatten().min();
        let armed = state.timer.as_ref().map(|&(moment, _)| moment);
        drop(state);
        let Some(earliest) = earliest else { return Ok(()) };
        if armed.is_some_and(|armed| armed <= earliest) {
            return Ok(());
        }
        let timer = serving.at(slf, earliest.as_seconds(), Tick::Expire)?;
        let replaced = slf.get().state.lock().timer.replace((earliest, timer));
        if let Some((_, timer)) = replaced {
            timer.call_method0(py, intern!(py, "cancel"))?;
        }
        Ok(())
    }

    /// The timer has run out: fails what is late, and sets it anew.
    pub(crate) fn expire(slf: &Bound<'_, Self>) -> PyResult<()> {
        let py = slf.py();
        let Some(serving) = slf.get().serving() else { return Ok(()) };
        let now = Moment::from_seconds(serving.now(py)?);
        let mut state = slf.get().state.lock();
        let timer = state.timer.take();
        let due = state.acks.take_due(now);
        let over = state.gatherings.take_due(now);
        drop(state);
        drop(timer);
        let mut failed = Ok(());
        for waiter in due {
            let error = ACK_TIMEOUT.error(py, "the client did not answer in time");
            failed = failed.and(Self::fail(slf, waiter, error));
        }
        for gathering in over {
            failed = failed.and(Self::gathered(slf, gathering));
        }
        failed.and(Self::arm(slf))
    }

    /// No answer of a socket will come any more.
    pub(crate) fn end_acks(slf: &Bound<'_, Self>, key: SocketKey, why: &str) -> PyResult<()> {
        let mut state = slf.get().state.lock();
        let waiters = state.acks.take_all(key);
        let namespace = state.sockets.get(key).map(|slot| slot.info.namespace);
        let over = namespace.map(|namespace| state.gatherings.leave(namespace, key));
        drop(state);
        let mut ended = Ok(());
        for waiter in waiters {
            ended = ended.and(Self::fail(slf, waiter, DISCONNECTED.error(slf.py(), why)));
        }
        for gathering in over.unwrap_or_default() {
            ended = ended.and(Self::gathered(slf, gathering));
        }
        ended
    }

    /// There will be no answer.
    pub(crate) fn fail(slf: &Bound<'_, Self>, waiter: Waiter, error: PyErr) -> PyResult<()> {
        let py = slf.py();
        waiter.conn.ack_settled();
        match waiter.answer {
            Answer::Awaited { pending, .. } => pending.get().resolve(py, Err(error)),
            Answer::Callback(callback) if callback.takes_error => {
                Self::tell(slf, &callback, error)?;
            }
            // As in the reference: without a timeout nothing tells it.
            Answer::Callback(_) => {}
        }
        Ok(())
    }
}

impl Serving {
    /// The loop's clock.
    pub(crate) fn now(&self, py: Python<'_>) -> PyResult<f64> {
        self.event_loop.bind(py).call_method0(intern!(py, "time"))?.extract()
    }

    /// A timer.
    pub(crate) fn at(
        &self,
        server: &Bound<'_, PyServer>,
        moment: f64,
        tick: Tick,
    ) -> PyResult<Py<PyAny>> {
        let py = server.py();
        let ticker = Ticker { server: server.clone().unbind(), tick };
        let call = intern!(py, "call_at");
        let kwargs = Some(self.base_kwargs.bind(py));
        Ok(self.event_loop.bind(py).call_method(call, (moment, ticker), kwargs)?.unbind())
    }
}
