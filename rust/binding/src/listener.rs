//! `_core.ListenerCore`: a place where a server listens.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use net::{Address, Listen, StaticFile, StaticFiles};
use pyo3::exceptions::{PyOSError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::descriptor::duplicate;
use crate::objects::PyListener;

/// Content type, `ETag` with its quotes, body.
pub(crate) type File = (String, String, Vec<u8>);

/// By exact URL paths.
pub(crate) type Files = HashMap<String, File>;

/// The same, with `None` for those that this build lacks.
pub(crate) type Bundles = HashMap<String, Option<File>>;

#[pymethods]
impl PyListener {
    #[getter]
    fn address<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.listener.address() {
            Address::Tcp(address) => {
                let pair = (address.ip().to_string(), address.port());
                Ok(pair.into_pyobject(py)?.into_any())
            }
            Address::Unix(path) => Ok(PyString::new(py, &path.to_string_lossy()).into_any()),
        }
    }

    fn close(&self) -> PyResult<()> {
        self.birth.check()?;
        self.listener.close();
        Ok(())
    }
}

/// Where to listen: `(host, port)`, a Unix path, or a descriptor.
pub(crate) fn target(target: &Bound<'_, PyAny>) -> PyResult<Listen> {
    if let Ok((host, port)) = target.extract::<(String, u16)>() {
        // A scope, as in `fe80::1%eth0`, is not part of the address.
        let ip: IpAddr = host
            .parse()
            .map_err(|_| PyValueError::new_err(format!("{host:?} is no numeric address")))?;
        return Ok(Listen::Tcp(SocketAddr::new(ip, port)));
    }
    if let Ok(path) = target.extract::<PathBuf>() {
        return Ok(Listen::Unix(path));
    }
    if let Ok(descriptor) = target.extract::<i32>() {
        return Ok(Listen::Adopted(duplicate(target.py(), descriptor)?));
    }
    Err(PyTypeError::new_err(format!("can't listen on {target}")))
}

/// The tables that the I/O thread serves from.
pub(crate) fn static_files(bundles: Bundles, files: Files) -> StaticFiles {
    let bundle = |file| static_file(file, Some("public, max-age=0"));
    StaticFiles {
        bundles: bundles.into_iter().map(|(url, file)| (url, file.map(bundle))).collect(),
        files: files.into_iter().map(|(url, file)| (url, static_file(file, None))).collect(),
    }
}

fn static_file(file: File, cache_control: Option<&'static str>) -> StaticFile {
    let (content_type, etag, body) = file;
    StaticFile { content_type, etag, cache_control, body: body.into() }
}

/// The `OSError` that Python would raise.
pub(crate) fn os_error(py: Python<'_>, error: &std::io::Error) -> PyErr {
    let Some(number) = error.raw_os_error() else {
        return PyOSError::new_err(error.to_string());
    };
    let text = py.import("os").and_then(|os| os.call_method1("strerror", (number,))?.extract());
    PyOSError::new_err((number, text.unwrap_or_else(|_| error.to_string())))
}
