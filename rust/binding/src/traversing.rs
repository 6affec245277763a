//! What a server holds of Python's, for the garbage collector.

use pyo3::gc::{PyTraverseError, PyVisit};

use crate::objects::{Answer, Answers, Callback, State};

impl State {
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Some(serving) = &self.serving {
            serving.traverse(visit)?;
        }
        self.sockets.traverse(visit)?;
        self.away.values().try_for_each(|socket| visit.call(socket))?;
        self.work.jobs.iter().try_for_each(|job| job.traverse(visit))?;
        self.tasks.values().try_for_each(|task| visit.call(task))?;
        for session in self.sessions.values() {
            visit.call(&session.engine)?;
            session.waiters.iter().try_for_each(|waiter| visit.call(waiter))?;
        }
        self.handed.values().try_for_each(|handed| visit.call(&handed.server))?;
        self.guests.values().try_for_each(|socket| visit.call(socket))?;
        self.inbox_waiters.iter().try_for_each(|waiter| visit.call(waiter))?;
        self.acks.waiters().try_for_each(|waiter| waiter.answer.traverse(visit))?;
        for gathering in self.gatherings.iter() {
            gathering.waiter.traverse(visit)?;
            gathering.responses.iter().try_for_each(|response| visit.call(response))?;
        }
        visit.call(self.timer.as_ref().map(|(_, timer)| timer))?;
        if let Some(stop) = &self.stop {
            visit.call(&stop.future)?;
            visit.call(stop.timer.as_ref().map(|(_, timer)| timer))?;
        }
        Ok(())
    }
}

impl Answer {
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Awaited { pending, .. } => visit.call(pending),
            Self::Callback(callback) => callback.traverse(visit),
        }
    }
}

impl Answers {
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Awaited { pending, .. } => visit.call(pending),
            Self::Callback(callback) => callback.traverse(visit),
            Self::Each { pending, answered } => {
                visit.call(pending)?;
                visit.call(answered)
            }
        }
    }
}

impl Callback {
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.function)?;
        visit.call(&self.context)
    }
}
