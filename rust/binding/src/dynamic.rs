//! Rows 6 and 7: namespaces that clients ask for and that are made then, or not, as the package's other half finds.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use socketio::{Limit, NamespaceId, SocketKey};

use crate::context::copy_of;
use crate::decode::read_value;
use crate::dispatch::Pass;
use crate::objects::{Making, Purpose, PyNamespace, PyServer};
use crate::phase::Turn;
use crate::python::{CANCELLED_ERROR, HOOK_TIMEOUT, Level, is_exit, log_failure, log_line};
use crate::tasks::{Begun, Started};

impl Pass<'_, '_> {
    /// A client asks for a namespace that there is not: its socket waits while one is looked for.
    pub(crate) fn find(&self, key: SocketKey, name: Arc<str>) -> PyResult<()> {
        let py = self.py();
        let server = self.server.get();
        // It may have left meanwhile.
        let Some(info) = server.front()?.socket(key) else { return Ok(()) };
        let auth = match &info.auth {
            None => Ok(PyDict::new(py).into_any()),
            Some(json) => read_value(py, json),
        };
        let named = PyString::new(py, &name).into_any();
        let purpose = Purpose::Find(key, name);
        let auth = match auth {
            Ok(auth) => auth,
            Err(error) => {
                let text = || format!("refused a client whose auth can't be read: {error}");
                if let Some(text) = server.sparing.line("unreadable auth", text) {
                    log_line(py, Level::Warning, &text);
                }
                let none = Begun::Ended(Ok(py.None().into_bound(py)));
                return self.runner.started(Started::Begun(none), purpose, false);
            }
        };
        let ask = || {
            let socket = (key.index, key.generation).into_pyobject(py)?.into_any();
            let args = [named, auth, socket];
            let parents = server.parents.lock().as_ref().map(|parents| parents.clone_ref(py));
            let parents = parents.unwrap_or_else(|| py.None()).into_bound(py);
            let context = copy_of(self.serving.base.bind(py))?;
            let find = parents.getattr(intern!(py, "find"))?;
            self.serving.begin_in(&context, &find, &args, None)
        };
        self.runner.started(ask().unwrap_or_else(Started::failed), purpose, false)
    }
}

impl PyServer {
    /// A socket's namespace was found, which it enters. On the loop, so that this one can't be forgotten before.
    pub(crate) fn enter(
        slf: &Bound<'_, Self>,
        (index, generation): (u32, u32),
        namespace: &PyNamespace,
    ) -> PyResult<()> {
        slf.get().front()?.found(SocketKey { index, generation }, Some(namespace.id));
        Self::commanded(slf, 0);
        Ok(())
    }

    /// A namespace was looked for: where none was found the client is refused.
    pub(crate) fn sought(
        slf: &Bound<'_, Self>,
        key: SocketKey,
        name: &str,
        result: &PyResult<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let front = slf.get().front()?;
        match result {
            Ok(found) if found.is_truthy()? => return Ok(()),
            Ok(_) => {}
            Err(error) => {
                if HOOK_TIMEOUT.matches(py, error) {
                    front.stats().reached(Limit::HookTimeout);
                }
                if !is_exit(py, error) && !CANCELLED_ERROR.matches(py, error) {
                    log_failure(py, &format!("finding the namespace {name:?}"), error);
                }
            }
        }
        front.found(key, None);
        Self::commanded(slf, 0);
        Ok(())
    }

    /// Forgets children of which all sockets have gone.
    pub(crate) fn forget_empty(&self, py: Python<'_>) {
        if !self.forgets_empty {
            return;
        }
        for id in self.front.forget_empty() {
            let place = self.namespaces.lock().get_mut(id.0.index as usize).and_then(Option::take);
            let parents = self.parents.lock().as_ref().map(|parents| parents.clone_ref(py));
            let (Some(namespace), Some(parents)) = (place, parents) else { continue };
            let forgotten = parents.call_method1(py, intern!(py, "forget"), (namespace,));
            if let Err(error) = forgotten {
                error.write_unraisable(py, None);
            }
        }
    }

    /// A namespace could not be made: who came meanwhile is refused, and the next one of its name is another.
    pub(crate) fn unmake(slf: &Bound<'_, Self>, namespace: &PyNamespace) -> PyResult<()> {
        let early = namespace.made(Making::Failed);
        Self::refuse_early(slf, namespace, early)
    }

    /// Refuses sockets of a namespace that could not be made, and forgets it when it has none any more.
    pub(crate) fn refuse_early(
        slf: &Bound<'_, Self>,
        namespace: &PyNamespace,
        early: Vec<SocketKey>,
    ) -> PyResult<()> {
        let (server, id) = (slf.get(), namespace.id);
        for key in early {
            let json = br#"{"message":"internal error"}"#;
            server.front()?.refuse(key, json);
            Self::commanded(slf, json.len());
            server.forget(slf.py(), key);
        }
        if server.front()?.forget_namespace(id) {
            let place =
                server.namespaces.lock().get_mut(id.0.index as usize).and_then(Option::take);
            drop(place);
        }
        Ok(())
    }

    /// A namespace is made: runs the middlewares of the sockets that came meanwhile, on the loop.
    pub(crate) fn authorize_early(slf: &Bound<'_, Self>, early: Vec<SocketKey>) {
        slf.get().state.lock().turns.extend(early.into_iter().map(Turn::Authorize));
        if Self::pass_if_needed(slf).is_err() {
            // The loop was closed just now, and its sockets with it.
            slf.get().state.lock().scheduled = false;
        }
    }

    /// The namespace of that number, unless it is forgotten.
    pub(crate) fn namespace_of(&self, py: Python<'_>, id: NamespaceId) -> Option<Py<PyNamespace>> {
        let namespaces = self.namespaces.lock();
        let namespace = namespaces.get(id.0.index as usize)?.as_ref()?;
        (namespace.get().id == id).then(|| namespace.clone_ref(py))
    }

    /// The object of a namespace, made if need be; with the handlers of `parent`, if there is one.
    pub(crate) fn namespace_object(
        slf: &Bound<'_, Self>,
        id: NamespaceId,
        name: &Bound<'_, PyString>,
        parent: Option<&PyNamespace>,
    ) -> PyResult<Py<PyNamespace>> {
        let py = slf.py();
        let server = slf.get();
        if let Some(namespace) = server.namespace_of(py, id) {
            return Ok(namespace);
        }
        let made = PyNamespace::new(slf.clone().unbind(), id, name.clone().unbind(), server.serial);
        if let Some(parent) = parent {
            made.inherit(parent);
        }
        let made = Py::new(py, made)?;
        let index = id.0.index as usize;
        let mut namespaces = server.namespaces.lock();
        if namespaces.len() <= index {
            namespaces.resize_with(index + 1, || None);
        }
        let place = &mut namespaces[index];
        if let Some(first) = place.as_ref().filter(|first| first.get().id == id) {
            return Ok(first.clone_ref(py));
        }
        let replaced = place.replace(made.clone_ref(py));
        drop(namespaces);
        drop(replaced);
        Ok(made)
    }
}
