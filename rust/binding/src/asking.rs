//! Rows 6 and 7: whether a session may be opened, which `allow_request` decides.

use engineio::{Request, RequestId};
use pyo3::prelude::*;
use pyo3::types::PyBool;
use socketio::Verdict;

use crate::dispatch::Pass;
use crate::objects::{Purpose, PyServer};
use crate::python::DENIAL;
use crate::request::make_request;
use crate::tasks::Call;

impl Pass<'_, '_> {
    /// A client asks for a session.
    pub(crate) fn asked(&self, id: RequestId, head: &Request) -> PyResult<()> {
        let py = self.py();
        let purpose = Purpose::Allow(id);
        let Some(handler) = &self.server.get().allow_request else {
            return PyServer::ended(self.server, &purpose, Ok(py.None().into_bound(py)));
        };
        let args = match make_request(py, head) {
            Ok(request) => [request],
            Err(error) => return PyServer::ended(self.server, &purpose, Err(error)),
        };
        self.runner.run(&Call { handler, args: &args, kwargs: None, context: None }, purpose)
    }
}

impl PyServer {
    /// `allow_request` has ended.
    pub(crate) fn judged(
        slf: &Bound<'_, Self>,
        request: RequestId,
        result: &PyResult<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let verdict = match result {
            Ok(value) if value.is_none() || value.is(PyBool::new(py, true)) => Verdict::Allowed,
            Ok(value) if value.is(PyBool::new(py, false)) => Verdict::Refused(None),
            Ok(value) => denied(py, value),
            Err(error) => denied(py, error.value(py)),
        };
        slf.get().front()?.judge(request, verdict);
        Self::commanded(slf, 0);
        Ok(())
    }
}

/// A refusal for an exception, or for what is no answer.
fn denied(py: Python<'_>, cause: &Bound<'_, PyAny>) -> Verdict {
    let told = DENIAL.get(py).and_then(|denial| denial.call1((cause,)));
    let message = told.and_then(|told| told.extract::<Option<String>>());
    message.map_or_else(
        |error| {
            error.write_unraisable(py, None);
            Verdict::Refused(None)
        },
        |message| Verdict::Refused(message.map(String::into_boxed_str)),
    )
}
