//! Row 6: the drain: events from the queue, in their order, to what they are for.

use std::sync::Arc;

use pyo3::prelude::*;
use socketio::{Event, NamespaceId, SocketKey};

use crate::objects::{PyNamespace, PyServer, PySocket, Serving, Work};
use crate::phase::{Leave, Turn};
use crate::python::{CURRENT_TASK, log_line};
use crate::run::{End, Run, Runner};

/// One pass over what is to be done. Handlers begin only in it, and only at its top level.
pub(crate) struct Pass<'a, 'py> {
    pub(crate) runner: Runner<'a, 'py>,
    pub(crate) server: &'a Bound<'py, PyServer>,
    pub(crate) serving: &'a Arc<Serving>,
}

impl<'a, 'py> Pass<'a, 'py> {
    /// Works as long as this task may be used and the budget lasts; then tells why the task may not, if so.
    ///
    /// # Errors
    /// What leaves through the loop; the events behind it are not lost.
    pub(crate) fn run(
        server: &'a Bound<'py, PyServer>,
        serving: &'a Arc<Serving>,
    ) -> PyResult<Option<End<'py>>> {
        let task = CURRENT_TASK.get(server.py())?.call0()?;
        let mut work = std::mem::take(&mut server.get().state.lock().work);
        let runner = Runner::new(server, serving, task, std::mem::take(&mut work.jobs));
        let pass = Pass { runner, server, serving };
        let result = pass.work(&mut work);
        let (end, jobs) = pass.runner.finish();
        work.jobs = jobs;
        server.get().state.lock().work = work;
        result.map(|()| end)
    }
}

impl<'py> Pass<'_, 'py> {
    fn work(&self, work: &mut Work) -> PyResult<()> {
        while !self.runner.has_ended() {
            if self.runner.run_job()? {
                continue;
            }
            if !work.budget.spend() {
                break;
            }
            if !self.turn()? && !self.next(work)? {
                work.is_empty = true;
                break;
            }
        }
        Ok(())
    }

    /// Does the next of what had to wait for the top level of a pass, if there is something.
    fn turn(&self) -> PyResult<bool> {
        let turn = self.server.get().state.lock().turns.pop_front();
        match turn {
            None => return Ok(false),
            Some(Turn::Kept(key)) => self.start_kept(key)?,
            Some(Turn::Left(key)) => self.go_on_leaving(key)?,
            Some(Turn::Authorize(key)) => self.authorize(key)?,
            Some(Turn::Intercept(key)) => self.intercept(key)?,
        }
        Ok(true)
    }

    /// Does the next event; false when there is none, and the next one will wake the loop.
    fn next(&self, work: &mut Work) -> PyResult<bool> {
        if work.at == work.batch.events.len() {
            work.at = 0;
            if !self.serving.queue.take(&mut work.batch) {
                return Ok(false);
            }
        }
        let event = std::mem::replace(&mut work.batch.events[work.at], Event::InboxDrained);
        work.at += 1;
        self.event(event, &work.batch.bytes)?;
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
                let told = self.answered(socket, id, data, &attachments);
                // An ack's callback may have run here.
                self.runner.look_at_task(None);
                told
            }
            Event::Ask { request, head } => {
                self.server.get().front()?.ask_taken();
                self.asked(request, &head)
            }
            Event::Find { socket, conn, name } => {
                self.server.get().front()?.started(&conn, 0);
                self.find(socket, name)
            }
            Event::Recall { socket, conn } => {
                self.server.get().front()?.started(&conn, 0);
                self.recall(socket)
            }
            Event::Authorize { socket, conn } => {
                self.server.get().front()?.started(&conn, 0);
                self.authorize(socket)
            }
            Event::Connected { socket, conn } => {
                self.server.get().front()?.started(&conn, 0);
                self.connected(socket)
            }
            Event::Disconnected { socket, conn, reason, description, pid } => {
                self.server.get().front()?.started(&conn, 0);
                self.disconnected(socket, Leave { is_gone: false, reason, description, pid })
            }
            Event::Lost(id) => {
                self.lost(id);
                Ok(())
            }
            Event::Upgraded { session } => self.upgraded(session),
            Event::Drained { session } => {
                self.drained(session);
                self.retry_handed(Some(session));
                Ok(())
            }
            Event::InboxDrained => {
                self.inbox_drained();
                self.retry_handed(None);
                Ok(())
            }
            Event::Closed { session } => {
                self.closed(session);
                Ok(())
            }
            Event::Released(id) => {
                self.released(id);
                Ok(())
            }
            Event::Log(log) => {
                log_line(self.py(), log.level.into(), &log.text);
                Ok(())
            }
            Event::Stopped => {
                self.lose_all();
                PyServer::hub_stopped(self.server);
                Ok(())
            }
        }
    }

    pub(crate) fn py(&self) -> Python<'py> {
        self.server.py()
    }

    pub(crate) fn namespace(&self, id: NamespaceId) -> Option<Py<PyNamespace>> {
        self.server.get().namespace_of(self.py(), id)
    }

    /// What the handlers of one event of a socket are run with; `given` data arguments came.
    pub(crate) fn run_of<'a>(
        &'a self,
        socket: &'a Bound<'py, PySocket>,
        context: Option<&'a Bound<'py, PyAny>>,
        values: &'a [Bound<'py, PyAny>],
        given: usize,
    ) -> Run<'a, 'py> {
        Run { runner: &self.runner, socket, context, values, given }
    }

    /// The context of a socket, where its middlewares changed something.
    pub(crate) fn context(&self, key: SocketKey) -> Option<Bound<'py, PyAny>> {
        let mut state = self.server.get().state.lock();
        let context = state.sockets.get(key)?.context.as_ref()?;
        Some(context.clone_ref(self.py()).into_bound(self.py()))
    }
}
