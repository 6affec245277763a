//! `Socket`: its catch-alls, its packet middlewares, and the listeners of what it is sent.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::handler::{Handler, Listeners};
use crate::objects::{Hooks, Parts, PySocket};
use crate::python::{COMPILE_CATCH_ALL, COMPILE_PACKET_MIDDLEWARE};

/// One of a socket's lists.
#[derive(Clone, Copy)]
pub(crate) enum List {
    /// Catch-alls.
    Any,
    /// Packet middlewares.
    Middlewares,
    /// Catch-alls of what it is sent.
    Outgoing,
}

impl PySocket {
    /// Adds to a list, at its end or in front.
    pub(crate) fn hook<'py>(
        slf: &Bound<'py, Self>,
        list: List,
        function: &Bound<'py, PyAny>,
        first: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let compiled = match list {
            List::Middlewares => COMPILE_PACKET_MIDDLEWARE.get(py)?.call1((function,))?,
            List::Any => COMPILE_CATCH_ALL.get(py)?.call1((function, false))?,
            List::Outgoing => COMPILE_CATCH_ALL.get(py)?.call1((function, true))?,
        };
        let compiled = compiled.cast_into::<Handler>()?.unbind();
        slf.get().change(list, |listeners| {
            Some(if first {
                listeners.with_first(py, &compiled)
            } else {
                listeners.with(py, &compiled)
            })
        });
        Self::pin(slf);
        if matches!(list, List::Outgoing) {
            Self::watch(slf, true);
        }
        Ok(function.clone())
    }

    /// Removes the first that was made of `function`, or all.
    pub(crate) fn unhook(
        slf: &Bound<'_, Self>,
        list: List,
        function: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let (py, this) = (slf.py(), slf.get());
        let Some(function) = function else {
            this.change(list, |listeners| Some(Listeners::new(&listeners.name)));
            Self::watch_if_heard(slf, list);
            return Ok(());
        };
        let before = this.parts.lock().list(list);
        for handler in &before.handlers {
            if function.eq(&handler.get().function)? {
                this.change(list, |listeners| listeners.without(py, handler));
                break;
            }
        }
        Self::watch_if_heard(slf, list);
        Ok(())
    }

    /// After a removal: what it is sent need not be shown when nobody looks any more.
    fn watch_if_heard(slf: &Bound<'_, Self>, list: List) {
        if matches!(list, List::Outgoing) && slf.get().parts.lock().outgoing.is_none() {
            Self::watch(slf, false);
        }
    }

    /// The functions of a list.
    pub(crate) fn hooked<'py>(&self, py: Python<'py>, list: List) -> PyResult<Bound<'py, PyList>> {
        let listeners = self.parts.lock().list(list);
        listeners.functions(py)
    }

    fn change(&self, list: List, change: impl FnOnce(&Listeners) -> Option<Arc<Listeners>>) {
        let mut parts = self.parts.lock();
        let before = parts.list(list);
        let replaced = change(&before).map(|changed| parts.replace(list, changed));
        drop(parts);
        drop((before, replaced));
    }
}

impl Parts {
    fn list(&self, list: List) -> Arc<Listeners> {
        let found = match list {
            List::Any => self.hooks.as_ref().map(|hooks| &hooks.any),
            List::Middlewares => self.hooks.as_ref().map(|hooks| &hooks.middlewares),
            List::Outgoing => self.outgoing.as_ref(),
        };
        found.map_or_else(|| Listeners::new("any"), Arc::clone)
    }

    /// Gives what it has replaced, to be dropped when the lock is free.
    fn replace(&mut self, list: List, changed: Arc<Listeners>) -> Replaced {
        if matches!(list, List::Outgoing) {
            let changed = Some(changed).filter(|changed| !changed.handlers.is_empty());
            return Replaced {
                _outgoing: std::mem::replace(&mut self.outgoing, changed),
                _hooks: None,
            };
        }
        let mut hooks =
            Hooks { any: self.list(List::Any), middlewares: self.list(List::Middlewares) };
        match list {
            List::Any => hooks.any = changed,
            _ => hooks.middlewares = changed,
        }
        let is_empty = hooks.any.handlers.is_empty() && hooks.middlewares.handlers.is_empty();
        let hooks = (!is_empty).then(|| Arc::new(hooks));
        Replaced { _outgoing: None, _hooks: std::mem::replace(&mut self.hooks, hooks) }
    }
}

struct Replaced {
    _outgoing: Option<Arc<Listeners>>,
    _hooks: Option<Arc<Hooks>>,
}
