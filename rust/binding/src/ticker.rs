//! What the loop calls: the readable descriptor, and what was scheduled.

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;

use crate::objects::{PyServer, Ticker};
use crate::phase::Tick;

#[pymethods]
impl Ticker {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let server = self.server.bind(py);
        match self.tick {
            Tick::Readable => {
                if let Some(serving) = server.get().serving() {
                    serving.queue.silence();
                }
                PyServer::drain(server)
            }
            Tick::Again => PyServer::drain(server),
            Tick::Uncork => {
                server.get().cork.flush();
                Ok(())
            }
            Tick::Rooms => {
                PyServer::tell_of_rooms(server);
                Ok(())
            }
            Tick::Expire => PyServer::expire(server),
            Tick::Rearm => PyServer::arm(server),
            Tick::EndDrain => PyServer::end_drain(server),
            Tick::GiveUp => PyServer::give_up(server),
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)
    }
}
