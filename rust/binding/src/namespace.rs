//! `_core.NamespaceCore`: a namespace's handlers, and where its broadcasts begin.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use engineio::Sid;
use hashbrown::HashMap;
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};
use socketio::{NamespaceId, SocketKey, Targets};

use crate::handler::{Handler, Listeners};
use crate::objects::{Flags, Making, PyBroadcast, PyNamespace, PyServer, PySocket, Table};

/// The log is told of so many names of events that nobody handles, of so many bytes each: clients choose them.
const UNHEARD: usize = 100;
const UNHEARD_BYTES: usize = 100;

impl PyNamespace {
    pub(crate) fn new(
        server: Py<PyServer>,
        id: NamespaceId,
        name: Py<PyString>,
        serial: bool,
    ) -> Self {
        let table = Table {
            owner: None,
            sessions: None,
            events: HashMap::default(),
            connection: Listeners::new("connection"),
            disconnecting: Listeners::new("disconnecting"),
            disconnect: Listeners::new("disconnect"),
            middlewares: Listeners::new("use"),
            failures: Listeners::new("error"),
            unheard: Arc::default(),
            making: Making::Begun(Vec::new()),
        };
        Self { server, id, name, serial: AtomicBool::new(serial), table: table.into() }
    }

    /// The namespace as users know it.
    pub(crate) fn owner(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.table.lock().owner.as_ref().map(|owner| owner.clone_ref(py))
    }

    /// Where its broadcasts begin.
    pub(crate) fn everyone(&self, py: Python<'_>) -> PyBroadcast {
        let targets = Targets {
            namespace: self.id,
            rooms: None,
            except: Vec::new(),
            sender: None,
            volatile: false,
        };
        let is_parent = self.server.get().front.is_parent(self.id);
        let everyone = PyBroadcast::new(self.server.clone_ref(py), targets, Flags::default());
        PyBroadcast { is_parent, ..everyone }
    }

    /// Whether a socket's next event waits for the end of the one before, unless a handler says otherwise.
    pub(crate) fn is_serial(&self) -> bool {
        self.serial.load(Relaxed)
    }

    /// What keeps the sessions of its sockets, where the server does not.
    pub(crate) fn sessions(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.table.lock().sessions.as_ref().map(|sessions| sessions.clone_ref(py))
    }

    /// Takes over all that is registered on a parent; to be called before others know of this one.
    pub(crate) fn inherit(&self, parent: &Self) {
        let of_parent = parent.table.lock();
        let events = of_parent.events.clone();
        let lifecycle = [
            Arc::clone(&of_parent.connection),
            Arc::clone(&of_parent.disconnecting),
            Arc::clone(&of_parent.disconnect),
            Arc::clone(&of_parent.middlewares),
        ];
        let failures = Arc::clone(&of_parent.failures);
        // A client chooses the names of children too: it gets no more lines by more of them.
        let unheard = Arc::clone(&of_parent.unheard);
        drop(of_parent);
        self.serial.store(parent.is_serial(), Relaxed);
        let mut table = self.table.lock();
        table.events = events;
        [table.connection, table.disconnecting, table.disconnect, table.middlewares] = lifecycle;
        table.failures = failures;
        table.unheard = unheard;
    }

    /// Whether a socket's middlewares may run. If not, they do when the namespace is made, or the socket is refused.
    pub(crate) fn lets_in(slf: &Bound<'_, Self>, key: SocketKey) -> PyResult<bool> {
        match &mut slf.get().table.lock().making {
            Making::Done => return Ok(true),
            Making::Begun(early) => {
                early.push(key);
                return Ok(false);
            }
            Making::Failed => {}
        }
        PyServer::refuse_early(slf.get().server.bind(slf.py()), slf.get(), vec![key])?;
        Ok(false)
    }

    /// It is made, or could not be: the sockets that came meanwhile.
    pub(crate) fn made(&self, making: Making) -> Vec<SocketKey> {
        match std::mem::replace(&mut self.table.lock().making, making) {
            Making::Begun(early) => early,
            Making::Done | Making::Failed => Vec::new(),
        }
    }

    /// Where it could not be made, that is tried again.
    pub(crate) fn make_again(&self) {
        let mut table = self.table.lock();
        if matches!(table.making, Making::Failed) {
            table.making = Making::Begun(Vec::new());
        }
    }

    /// The handlers of a client's event.
    pub(crate) fn handlers(&self, name: &[u8]) -> Option<Arc<Listeners>> {
        self.table.lock().events.get(name).cloned()
    }

    /// Whether an event without a handler is to be told of: the first of its name, for so many names.
    pub(crate) fn is_news(&self, name: &[u8]) -> bool {
        let unheard = Arc::clone(&self.table.lock().unheard);
        let mut unheard = unheard.lock();
        name.len() <= UNHEARD_BYTES && unheard.len() < UNHEARD && unheard.insert(name.into())
    }

    /// The listeners of a lifecycle event, or the middlewares.
    pub(crate) fn lifecycle(&self, choose: fn(&Table) -> &Arc<Listeners>) -> Arc<Listeners> {
        Arc::clone(choose(&self.table.lock()))
    }

    /// Removes one handler; whether it was there.
    pub(crate) fn remove(&self, py: Python<'_>, event: &str, handler: &Py<Handler>) -> bool {
        let mut table = self.table.lock();
        let removed = table.entry(event).and_then(|listeners| {
            let others = listeners.without(py, handler)?;
            Some(std::mem::replace(listeners, others))
        });
        if table.events.get(event.as_bytes()).is_some_and(|left| left.handlers.is_empty()) {
            table.events.remove(event.as_bytes());
        }
        drop(table);
        removed.is_some()
    }
}

impl Table {
    fn lifecycle(&mut self, event: &str) -> Option<&mut Arc<Listeners>> {
        Some(match event {
            "connection" | "connect" => &mut self.connection,
            "disconnecting" => &mut self.disconnecting,
            "disconnect" => &mut self.disconnect,
            _ => return None,
        })
    }

    /// The listeners of any event.
    pub(crate) fn entry(&mut self, event: &str) -> Option<&mut Arc<Listeners>> {
        if matches!(event, "connection" | "connect" | "disconnecting" | "disconnect") {
            return self.lifecycle(event);
        }
        self.events.get_mut(event.as_bytes())
    }
}

#[pymethods]
impl PyNamespace {
    #[getter]
    fn name(&self, py: Python<'_>) -> Py<PyString> {
        self.name.clone_ref(py)
    }

    #[getter(owner)]
    fn py_owner(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.owner(py)
    }

    #[setter]
    fn set_owner(&self, owner: Option<Py<PyAny>>) {
        let replaced = std::mem::replace(&mut self.table.lock().owner, owner);
        drop(replaced);
    }

    #[getter]
    fn get_sessions(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.sessions(py)
    }

    #[setter]
    fn set_sessions(&self, sessions: Option<Py<PyAny>>) -> PyResult<()> {
        let front = self.server.get().front()?;
        let mut table = self.table.lock();
        // Under the lock, so that the front knows of the last one.
        front.set_external(self.id, sessions.is_some());
        let replaced = std::mem::replace(&mut table.sessions, sessions);
        drop(table);
        drop(replaced);
        Ok(())
    }

    #[pyo3(signature = (event, handler, first=false))]
    fn on(
        &self,
        py: Python<'_>,
        event: &Bound<'_, PyString>,
        handler: &Bound<'_, Handler>,
        first: bool,
    ) {
        let event = event.to_string_lossy();
        let handler = handler.clone().unbind();
        let mut table = self.table.lock();
        let with = match table.events.get(event.as_bytes()) {
            Some(listeners) if first => listeners.with_first(py, &handler),
            Some(listeners) => listeners.with(py, &handler),
            None => Listeners::new(&event).with(py, &handler),
        };
        let replaced = table.events.insert(event.as_bytes().into(), with);
        drop(table);
        drop(replaced);
    }

    #[pyo3(signature = (event, handler, first=false))]
    fn on_lifecycle(
        &self,
        py: Python<'_>,
        event: &str,
        handler: &Bound<'_, Handler>,
        first: bool,
    ) -> PyResult<()> {
        let mut table = self.table.lock();
        let Some(listeners) = table.lifecycle(event) else {
            return Err(PyValueError::new_err(format!("no lifecycle event: {event}")));
        };
        let handler = handler.clone().unbind();
        let with =
            if first { listeners.with_first(py, &handler) } else { listeners.with(py, &handler) };
        let replaced = std::mem::replace(listeners, with);
        drop(table);
        drop(replaced);
        Ok(())
    }

    fn listeners<'py>(
        &self,
        py: Python<'py>,
        event: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.functions(py, &event.to_string_lossy())
    }

    fn event_names(&self) -> Vec<String> {
        self.names()
    }

    fn off(
        &self,
        py: Python<'_>,
        event: &Bound<'_, PyString>,
        function: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let event = event.to_string_lossy();
        let Some(listeners) =
            self.table.lock().entry(&event).map(|listeners| Arc::clone(listeners))
        else {
            return Ok(());
        };
        if let Some(function) = function {
            if let Some(handler) = listeners.find(function)? {
                self.remove(py, &event, handler);
            }
            return Ok(());
        }
        for handler in &listeners.handlers {
            self.remove(py, &event, handler);
        }
        Ok(())
    }

    fn guard(&self, py: Python<'_>, middleware: &Bound<'_, Handler>) -> PyResult<()> {
        let front = self.server.get().front()?;
        let mut table = self.table.lock();
        let with = table.middlewares.with(py, &middleware.clone().unbind());
        let replaced = std::mem::replace(&mut table.middlewares, with);
        drop(table);
        drop(replaced);
        front.guard(self.id);
        Ok(())
    }

    /// It is made: without middlewares its sockets wait for none.
    fn settle(&self, py: Python<'_>) -> PyResult<()> {
        let front = self.server.get().front()?;
        let table = self.table.lock();
        // Under the lock, so that one that comes meanwhile guards it again.
        if table.middlewares.handlers.is_empty() {
            front.unguard(self.id);
        }
        drop(table);
        let early = self.made(Making::Done);
        if !early.is_empty() {
            PyServer::authorize_early(self.server.bind(py), early);
        }
        Ok(())
    }

    fn on_error(&self, py: Python<'_>, handler: &Bound<'_, Handler>) {
        let mut table = self.table.lock();
        let with = table.failures.with(py, &handler.clone().unbind());
        let replaced = std::mem::replace(&mut table.failures, with);
        drop(table);
        drop(replaced);
    }

    #[getter]
    fn serial(&self) -> bool {
        self.is_serial()
    }

    #[setter]
    fn set_serial(&self, serial: bool) {
        self.serial.store(serial, Relaxed);
    }

    #[getter(everyone)]
    fn py_everyone(&self, py: Python<'_>) -> PyBroadcast {
        self.everyone(py)
    }

    /// The socket of that id, if it is connected.
    fn socket<'py>(&self, sid: &Bound<'py, PyString>) -> PyResult<Option<Bound<'py, PySocket>>> {
        PyServer::connected_socket(self.server.bind(sid.py()), self.id, &sid.to_string_lossy())
    }

    /// The ids of those that are.
    fn socket_ids<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let ids = self.server.get().connected_ids(self.id)?;
        PyList::new(py, ids.iter().map(Sid::as_str))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.server)?;
        let Some(table) = self.table.try_lock() else { return Ok(()) };
        visit.call(&table.owner)?;
        visit.call(&table.sessions)?;
        for listeners in table.events.values() {
            listeners.traverse(&visit)?;
        }
        for listeners in [
            &table.connection,
            &table.disconnecting,
            &table.disconnect,
            &table.middlewares,
            &table.failures,
        ] {
            listeners.traverse(&visit)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        let mut table = self.table.lock();
        let owner = (table.owner.take(), table.sessions.take());
        let events = std::mem::take(&mut table.events);
        let Table { connection, disconnecting, disconnect, middlewares, failures, .. } =
            &mut *table;
        let others = [connection, disconnecting, disconnect, middlewares, failures]
            .map(|listeners| std::mem::replace(listeners, Listeners::new("")));
        drop(table);
        drop((owner, events, others));
    }
}
