//! The request of a session and a socket's handshake, as the package's Python classes show them; made at first use.

use engineio::{Request, Time};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::decode::read_value;
use crate::objects::PySocket;
use crate::python::{HANDSHAKE, REQUEST_CLASS};

impl PySocket {
    pub(crate) fn make_request<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        make_request(py, &self.info.conn.request)
    }

    pub(crate) fn make_handshake<'py>(
        &self,
        py: Python<'py>,
        request: &Py<PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let auth = match &self.info.auth {
            None => None,
            Some(json) => Some(read_value(py, json)?),
        };
        HANDSHAKE.get(py)?.call1((request, self.issued(), auth))
    }

    /// When the socket asked for its namespace, in seconds since 1970.
    fn issued(&self) -> f64 {
        let epoch = self.server.get().epoch();
        epoch + self.info.issued.since(Time::default()).as_secs_f64()
    }
}

/// `Request`.
pub(crate) fn make_request<'py>(py: Python<'py>, request: &Request) -> PyResult<Bound<'py, PyAny>> {
    let headers = headers(py, request)?;
    let (remote, secure) = (request.remote(), request.secure());
    let version = request.http_version();
    let args = (request.method(), request.target(), headers, remote, secure, version);
    REQUEST_CLASS.get(py)?.call1(args)
}

/// Names and values; bytes beyond ASCII are read as Latin-1, as Node does.
fn headers<'py>(py: Python<'py>, request: &Request) -> PyResult<Bound<'py, PyList>> {
    let pairs = request.headers().map(|(name, value)| {
        let value: String = value.iter().copied().map(char::from).collect();
        (PyString::new(py, name), value)
    });
    PyList::new(py, pairs.collect::<Vec<_>>())
}
