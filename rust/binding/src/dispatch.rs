//! Row 6: the drain: events from the queue, in their order, to what they are for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use socketio::{Event, NamespaceId, SocketKey};

use crate::objects::{Left, PyNamespace, PyServer, PySocket, Serving, Slot, Tick, Turn};
use crate::python::log_line;
use crate::run::Run;

/// One pass may take so many events, or so long; then the loop's other callbacks have their turn.
const EVENTS: u32 = 64;
const TIME: Duration = Duration::from_micros(500);

/// One pass over the queue. Handlers begin only in it, and only at its top level.
pub(crate) struct Pass<'a, 'py> {
    pub(crate) server: &'a Bound<'py, PyServer>,
    pub(crate) serving: Arc<Serving>,
}

impl PyServer {
    /// Runs one pass.
    ///
    /// # Errors
    /// What leaves through the loop; the events behind it are not lost.
    pub(crate) fn drain(slf: &Bound<'_, Self>) -> PyResult<()> {
        let server = slf.get();
        server.birth.check()?;
        let mut state = server.state.lock();
        if state.draining {
            return Ok(());
        }
        let Some(serving) = state.serving.clone() else { return Ok(()) };
        state.draining = true;
        state.scheduled = false;
        state.pass += 1;
        let left = std::mem::take(&mut state.left);
        drop(state);
        server.cork.hold();
        let mut end = End { server: slf, left, again: true };
        let result = Pass { server: slf, serving }.run(&mut end.left);
        end.again = *result.as_ref().unwrap_or(&true);
        drop(end);
        Self::go_on_stopping(slf)?;
        result.map(drop)
    }
}

impl PyServer {
    /// All handlers of the passes up to this one have begun.
    pub(crate) fn begun(slf: &Bound<'_, Self>, pass: u64) -> PyResult<()> {
        let mut state = slf.get().state.lock();
        state.begun = pass;
        for key in std::mem::take(&mut state.early) {
            // They may have registered what its events need.
            if state.sockets.get(key).is_some_and(Slot::retry) {
                state.turns.push_back(Turn::Kept(key));
            }
        }
        for key in std::mem::take(&mut state.leaving) {
            if state.is_late(key) {
                state.leaving.push(key);
            } else {
                state.turns.push_back(Turn::Leave(key));
            }
        }
        drop(state);
        Self::pass_if_needed(slf)?;
        Self::go_on_stopping(slf)
    }
}

/// What has to be done at the end of a pass, however it ends.
struct End<'a, 'py> {
    server: &'a Bound<'py, PyServer>,
    left: Left,
    /// Not all events were taken.
    again: bool,
}

impl Drop for End<'_, '_> {
    fn drop(&mut self) {
        let server = self.server.get();
        let mut state = server.state.lock();
        state.draining = false;
        state.left = std::mem::take(&mut self.left);
        let again = self.again || !state.turns.is_empty();
        state.scheduled |= again;
        let late = (state.late == state.pass).then_some(Tick::Begun(state.pass));
        let recent = std::mem::take(&mut state.sockets.recent);
        let serving = state.serving.clone();
        drop(state);
        server.cork.release();
        let py = self.server.py();
        for key in recent {
            server.let_go(py, key).unwrap_or_else(|error| error.write_unraisable(py, None));
        }
        let Some(serving) = serving else { return };
        for tick in late.into_iter().chain(again.then_some(Tick::Again)) {
            let soon = serving.soon(self.server, tick);
            soon.unwrap_or_else(|error| error.write_unraisable(py, None));
        }
    }
}

impl<'py> Pass<'_, 'py> {
    /// Takes events while the budget lasts; whether there may be more.
    fn run(&self, left: &mut Left) -> PyResult<bool> {
        let began = Instant::now();
        for count in 1.. {
            if !self.turn()? && !self.next(left)? {
                return Ok(false);
            }
            if count >= EVENTS || (count % 4 == 0 && began.elapsed() >= TIME) {
                break;
            }
        }
        Ok(true)
    }

    /// Does the next of what had to wait for the top level of a pass, if there is something.
    fn turn(&self) -> PyResult<bool> {
        let turn = self.server.get().state.lock().turns.pop_front();
        match turn {
            None => return Ok(false),
            Some(Turn::Kept(key)) => self.start_kept(key)?,
            Some(Turn::Leave(key)) => self.leave(key)?,
            Some(Turn::Left(key)) => self.go_on_leaving(key)?,
        }
        Ok(true)
    }

    /// Does the next event; false when there is none, and the next one will wake the loop.
    fn next(&self, left: &mut Left) -> PyResult<bool> {
        if left.at == left.batch.events.len() {
            left.at = 0;
            if !self.serving.queue.take(&mut left.batch) {
                return Ok(false);
            }
        }
        let event = std::mem::replace(&mut left.batch.events[left.at], Event::InboxDrained);
        left.at += 1;
        self.event(event, &left.batch.bytes)?;
        Ok(true)
    }

    fn event(&self, event: Event, bytes: &[u8]) -> PyResult<()> {
        match event {
            Event::Packet { socket, ack, data, attachments } => {
                let data = &bytes[data.start as usize..data.end as usize];
                self.packet(socket, ack, data, attachments)
            }
            Event::Answer { socket, id, data, attachments } => {
                let data = &bytes[data.start as usize..data.end as usize];
                self.answered(socket, id, data, &attachments)
            }
            Event::Ask { request, head } => {
                self.server.get().front()?.ask_taken();
                self.asked(request, &head)
            }
            Event::Authorize { socket, conn } => {
                self.server.get().front()?.started(&conn, 0);
                self.authorize(socket)
            }
            Event::Connected { socket, conn } => {
                self.server.get().front()?.started(&conn, 0);
                self.connected(socket)
            }
            Event::Disconnected { socket, conn, reason, description } => {
                self.server.get().front()?.started(&conn, 0);
                self.disconnected(socket, reason, description)
            }
            Event::Upgraded { session } => self.upgraded(session),
            Event::Drained { session } => {
                self.drained(session);
                Ok(())
            }
            Event::InboxDrained => {
                self.inbox_drained();
                Ok(())
            }
            Event::Closed { session } => {
                self.closed(session);
                Ok(())
            }
            Event::Log(log) => {
                log_line(self.py(), log.level.into(), &log.text);
                Ok(())
            }
            Event::Stopped => {
                PyServer::hub_stopped(self.server);
                Ok(())
            }
        }
    }

    pub(crate) fn py(&self) -> Python<'py> {
        self.server.py()
    }

    pub(crate) fn namespace(&self, id: NamespaceId) -> Py<PyNamespace> {
        self.server.get().namespaces.lock()[id.0 as usize].clone_ref(self.py())
    }

    /// What the handlers of one event of a socket are run with; `given` data arguments came.
    pub(crate) fn run_of<'a>(
        &'a self,
        socket: &'a Bound<'py, PySocket>,
        context: Option<&'a Bound<'py, PyAny>>,
        values: &'a [Bound<'py, PyAny>],
        given: usize,
    ) -> Run<'a, 'py> {
        Run { server: self.server, serving: &self.serving, socket, context, values, given }
    }

    /// The context of a socket, where its middlewares changed something.
    pub(crate) fn context(&self, key: SocketKey) -> Option<Bound<'py, PyAny>> {
        let mut state = self.server.get().state.lock();
        let context = state.sockets.get(key)?.context.as_ref()?;
        Some(context.clone_ref(self.py()).into_bound(self.py()))
    }
}
