//! `_core.Server`: its options, its namespaces, and where it is served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use engineio::Transports;
use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};
use socketio::{Front, SlowClient, Wake};

use crate::cork::Cork;
use crate::fork::Birth;
use crate::handler::{Handler, Listeners};
use crate::listener::{Bundles, Files, os_error, static_files};
use crate::objects::{PyEngineSocket, PyListener, PyNamespace, PyServer, PySocket};
use crate::options::{CorsOptions, LimitsOptions, RecoveryOption, duration, transports};
use crate::sparing::Sparing;
use crate::stopwatch::Stopwatch;

#[pymethods]
impl PyServer {
    #[new]
    #[pyo3(signature = (*, ping_interval, ping_timeout, upgrade_timeout, max_http_buffer_size, transports, allow_upgrades, cors, send_queue_bytes, slow_client, max_pending_events, max_running_handlers, serial, slow_handler, max_attachments, data, json_default, allow_request, hook_timeout, connection_state_recovery, limits, forgets_empty, raw))]
    #[expect(
        clippy::too_many_arguments,
        clippy::fn_params_excessive_bools,
        reason = "keywords in Python"
    )]
    fn new(
        ping_interval: f64,
        ping_timeout: f64,
        upgrade_timeout: f64,
        max_http_buffer_size: usize,
        #[pyo3(from_py_with = transports)] transports: Transports,
        allow_upgrades: bool,
        cors: Option<CorsOptions>,
        send_queue_bytes: usize,
        slow_client: &str,
        max_pending_events: u32,
        max_running_handlers: u32,
        serial: bool,
        slow_handler: Option<f64>,
        max_attachments: usize,
        data: Py<PyAny>,
        json_default: Option<Py<PyAny>>,
        allow_request: Option<Py<Handler>>,
        hook_timeout: f64,
        connection_state_recovery: Option<RecoveryOption>,
        limits: LimitsOptions,
        forgets_empty: bool,
        raw: bool,
    ) -> PyResult<Self> {
        let engine = engineio::Config {
            ping_interval: duration(ping_interval)?,
            ping_timeout: duration(ping_timeout)?,
            upgrade_timeout: duration(upgrade_timeout)?,
            max_http_buffer_size,
            transports,
            allow_upgrades,
            cors: cors.map(CorsOptions::into_cors),
            asks: allow_request.is_some(),
            ..engineio::Config::default()
        };
        let slow_client =
            if slow_client == "drop" { SlowClient::Drop } else { SlowClient::Disconnect };
        let config = socketio::Config {
            engine,
            send_queue_bytes,
            slow_client,
            max_pending_events,
            max_attachments,
            hook_timeout: duration(hook_timeout)?,
            recovery: connection_state_recovery.map(RecoveryOption::into_options).transpose()?,
            limits: limits.into_limits()?,
            raw,
            ..socketio::Config::default()
        };
        let waker = Arc::new(net::Waker::default());
        let cork = Arc::new(Cork::new(Arc::clone(&waker) as Arc<dyn Wake>));
        let wake = Arc::clone(&cork) as Arc<dyn Wake>;
        Ok(Self {
            front: Arc::new(Front::new(wake, config.limits)),
            config,
            max_running_handlers,
            serial,
            failures: Listeners::new("error").into(),
            data,
            json_default,
            allow_request,
            sparing: Sparing::default(),
            stopwatch: Arc::new(Stopwatch::new(slow_handler.map(duration).transpose()?)),
            hook_timeout,
            birth: Birth::new(),
            cork,
            waker,
            namespaces: Mutex::default(),
            parents: Mutex::default(),
            forgets_empty,
            watched: AtomicUsize::new(0),
            watches_rooms: AtomicBool::new(false),
            tells_of_rooms: AtomicBool::new(false),
            is_adapted: AtomicBool::new(false),
            adapters: Mutex::default(),
            state: Mutex::default(),
        })
    }

    fn namespace<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Py<PyNamespace>> {
        let id = slf.get().front()?.namespace(name.to_str()?);
        Self::namespace_object(slf, id, name, None)
    }

    /// The same, but guarded until it is settled; with the handlers of `parent`, whose child it then is.
    #[pyo3(signature = (name, parent=None))]
    fn make_namespace(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyString>,
        parent: Option<&Bound<'_, PyNamespace>>,
    ) -> PyResult<Py<PyNamespace>> {
        let front = slf.get().front()?;
        let parent = parent.map(Bound::get);
        let id = match parent {
            None => front.make_namespace(name.to_str()?),
            Some(parent) => front.make_child(name.to_str()?, parent.id, slf.get().forgets_empty),
        };
        let namespace = Self::namespace_object(slf, id, name, parent)?;
        namespace.get().make_again();
        Ok(namespace)
    }

    /// A socket that waits for its namespace enters it.
    #[pyo3(name = "enter")]
    fn py_enter(
        slf: &Bound<'_, Self>,
        socket: (u32, u32),
        namespace: &Bound<'_, PyNamespace>,
    ) -> PyResult<()> {
        Self::enter(slf, socket, namespace.get())
    }

    /// Forgets a namespace that has no sockets.
    fn unmake_namespace(slf: &Bound<'_, Self>, namespace: &Bound<'_, PyNamespace>) -> PyResult<()> {
        Self::unmake(slf, namespace.get())
    }

    /// A namespace that no client can join, for what its children have in common; `parents` finds those.
    fn make_parent(
        slf: &Bound<'_, Self>,
        name: &Bound<'_, PyString>,
        parents: &Bound<'_, PyAny>,
    ) -> PyResult<Py<PyNamespace>> {
        let server = slf.get();
        let front = server.front()?;
        let replaced = server.parents.lock().replace(parents.clone().unbind());
        drop(replaced);
        Self::namespace_object(slf, front.parent(), name, None)
    }

    #[getter(r#loop)]
    fn event_loop(slf: &Bound<'_, Self>) -> PyResult<Option<Py<PyAny>>> {
        Self::abandon_closed_loop(slf)?;
        let serving = slf.get().serving();
        Ok(serving.map(|serving| serving.event_loop.clone_ref(slf.py())))
    }

    #[getter]
    fn served(slf: &Bound<'_, Self>) -> PyResult<bool> {
        Ok(Self::event_loop(slf)?.is_some())
    }

    /// What emits, joins and so forth go through, where adapters are written in Python.
    #[setter(adapters)]
    fn py_set_adapters(&self, adapters: Option<Py<PyAny>>) {
        self.set_adapters(adapters);
    }

    /// An event for other servers, as they will see it.
    #[pyo3(signature = (event, *args))]
    fn server_event<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, PyString>,
        args: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.plain_without_bytes(py, event, args)
    }

    /// Counts that an adapter had too much to do.
    fn count_full_adapter(&self) -> PyResult<()> {
        self.adapter_is_full()
    }

    /// Registers who is told what a handler raised, in whichever namespace.
    fn on_error(&self, py: Python<'_>, handler: &Bound<'_, Handler>) {
        let mut failures = self.failures.lock();
        let with = failures.with(py, &handler.clone().unbind());
        let replaced = std::mem::replace(&mut *failures, with);
        drop(failures);
        drop(replaced);
    }

    /// `path` and `connect_timeout` are those of the moment.
    #[pyo3(signature = (r#loop, path, connect_timeout))]
    fn start(
        slf: &Bound<'_, Self>,
        r#loop: &Bound<'_, PyAny>,
        path: &str,
        connect_timeout: f64,
    ) -> PyResult<()> {
        slf.get().birth.check()?;
        Self::abandon_closed_loop(slf)?;
        if slf.get().serving().is_some() {
            return Err(PyRuntimeError::new_err("the server is served already"));
        }
        let mut config = slf.get().config.clone();
        config.engine.path = format!("{path}/");
        config.connect_timeout = duration(connect_timeout)?;
        Self::serve(slf, r#loop, config)
    }

    fn listen(
        &self,
        py: Python<'_>,
        target: &Bound<'_, PyAny>,
        bundles: Bundles,
        files: Files,
    ) -> PyResult<Py<PyListener>> {
        self.birth.check()?;
        let Some(serving) = self.serving() else {
            return Err(PyRuntimeError::new_err("the server is not served"));
        };
        let listen = crate::listener::target(target)?;
        let files = static_files(bundles, files);
        let thread = serving.thread.lock();
        let Some(thread) = &*thread else {
            return Err(PyRuntimeError::new_err("the server is just being closed"));
        };
        let listener = thread.listen(listen, files).map_err(|error| os_error(py, &error))?;
        let birth = Birth::new();
        birth.begin();
        let listener = Py::new(py, PyListener { listener, birth })?;
        self.state.lock().listeners.push(listener.clone_ref(py));
        Ok(listener)
    }

    /// Counters and gauges by their names.
    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let front = self.front()?;
        let stats = PyDict::new(py);
        let mut ended = 0;
        for (reason, count) in front.stats().closes() {
            stats.set_item(format!("closed.{}", reason.as_str().replace(' ', "_")), count)?;
            ended += count;
        }
        for (name, count) in front.stats().limits() {
            stats.set_item(format!("limit.{name}"), count)?;
        }
        let gauges = front.gauges();
        stats.set_item("sessions", front.stats().opened().saturating_sub(ended))?;
        stats.set_item("sockets", gauges.sockets)?;
        stats.set_item("events_queued", gauges.events.events)?;
        stats.set_item("event_bytes_queued", gauges.events.bytes)?;
        stats.set_item("inbox_bytes", gauges.inbox_bytes)?;
        Ok(stats)
    }

    /// The engine sockets of the sockets that the loop knows to be there.
    #[getter]
    fn engine_sockets<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        let keys = slf.get().state.lock().sockets.present();
        let list = PyList::empty(slf.py());
        for key in keys {
            if let Some(socket) = Self::socket(slf, key)? {
                list.append(PySocket::engine(&socket)?)?;
            }
        }
        Ok(list)
    }

    /// How many they are.
    #[getter]
    fn engine_sockets_count(&self) -> usize {
        self.state.lock().sockets.present().len()
    }

    /// A connection of an engine alone becomes a client of this server.
    #[pyo3(name = "take_over")]
    fn py_take_over(slf: &Bound<'_, Self>, socket: &Bound<'_, PyEngineSocket>) -> PyResult<()> {
        Self::take_over(slf, socket)
    }

    fn stop(slf: &Bound<'_, Self>, drain: f64) -> PyResult<Py<PyAny>> {
        slf.get().birth.check()?;
        Self::begin_stop(slf, drain)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.data)?;
        visit.call(&self.json_default)?;
        visit.call(&self.allow_request)?;
        if let Some(failures) = self.failures.try_lock() {
            failures.traverse(&visit)?;
        }
        if let Some(namespaces) = self.namespaces.try_lock() {
            namespaces.iter().try_for_each(|namespace| visit.call(namespace))?;
        }
        if let Some(parents) = self.parents.try_lock() {
            visit.call(&*parents)?;
        }
        if let Some(adapters) = self.adapters.try_lock() {
            visit.call(&*adapters)?;
        }
        self.state.try_lock().map_or(Ok(()), |state| state.traverse(&visit))
    }

    fn __clear__(&self) {
        let namespaces = std::mem::take(&mut *self.namespaces.lock());
        let parents = self.parents.lock().take();
        self.set_adapters(None);
        let failures = std::mem::replace(&mut *self.failures.lock(), Listeners::new(""));
        let mut state = self.state.lock();
        let held = (std::mem::take(&mut state.sockets), std::mem::take(&mut state.away));
        let others = (std::mem::take(&mut state.handed), std::mem::take(&mut state.guests));
        drop(state);
        drop((namespaces, parents, failures, held, others));
    }
}

impl Drop for PyServer {
    /// A server that nobody can stop any more: its I/O thread must not stay.
    fn drop(&mut self) {
        if !self.birth.is_foreign() && self.state.get_mut().serving.is_some() {
            self.cork.release_thread();
            self.front.stop();
        }
    }
}
