//! The table of sockets on the loop's side, and the one Python object of each.

use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;

use pyo3::ffi;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};
use socketio::{SocketInfo, SocketKey};

use crate::objects::{Extra, Kept, Object, Parts, PyServer, PySocket, Slot, Sockets};
use crate::phase::Phase;

impl Sockets {
    /// A socket that was not known. Gives the one whose place it takes, to be dropped after the lock is free: its client left
    /// while its middlewares run.
    pub(crate) fn insert(
        &mut self,
        key: SocketKey,
        info: SocketInfo,
        phase: Phase,
    ) -> Option<Slot> {
        let index = key.index as usize;
        if self.slots.len() <= index {
            self.slots.resize_with(index + 1, || None);
        }
        self.slots[index].replace(Slot {
            generation: key.generation,
            info,
            phase,
            object: Object::None,
            pinned: false,
            running: 0,
            context: None,
            extra: None,
        })
    }

    pub(crate) fn get(&mut self, key: SocketKey) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(key.index as usize)?.as_mut()?;
        (slot.generation == key.generation).then_some(slot)
    }

    /// Forgets a socket; the caller drops what was known of it after the lock is free.
    pub(crate) fn remove(&mut self, key: SocketKey) -> Option<Slot> {
        self.get(key)?;
        self.slots[key.index as usize].take()
    }

    pub(crate) fn keys(&self) -> Vec<SocketKey> {
        let keys = (0..).zip(&self.slots).filter_map(|(index, slot)| {
            let generation = slot.as_ref()?.generation;
            Some(SocketKey { index, generation })
        });
        keys.collect()
    }

    /// Those that have joined their namespace and not left it.
    pub(crate) fn present(&self) -> Vec<SocketKey> {
        let keys = (0..).zip(&self.slots).filter_map(|(index, slot)| {
            let Slot { generation, phase, .. } = slot.as_ref()?;
            let is_present = matches!(phase, Phase::Connecting(_) | Phase::Open);
            is_present.then_some(SocketKey { index, generation: *generation })
        });
        keys.collect()
    }

    /// Those whose handlers hear of their leave behind events that wait.
    pub(crate) fn left(&self) -> Vec<SocketKey> {
        let keys = (0..).zip(&self.slots).filter_map(|(index, slot)| {
            let slot = slot.as_ref().filter(|slot| slot.has_left())?;
            Some(SocketKey { index, generation: slot.generation })
        });
        keys.collect()
    }

    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        for slot in self.slots.iter().flatten() {
            match &slot.object {
                Object::None => {}
                Object::Weak(reference) => visit.call(reference)?,
                Object::Strong(socket) => visit.call(socket)?,
            }
            visit.call(&slot.context)?;
            if let Some(extra) = slot.extra.as_deref() {
                extra.traverse(visit)?;
            }
        }
        Ok(())
    }
}

impl Slot {
    pub(crate) fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// Whether another event may start, once it is its turn.
    pub(crate) fn is_free(&self, max_running_handlers: u32) -> bool {
        self.running < max_running_handlers
            && self
                .extra
                .as_deref()
                .is_none_or(|extra| extra.alone == 0 && extra.intercepted.is_none())
    }

    /// Whether events wait for nothing but the end of a handler that runs alone, of which there may be as many as may run at all.
    pub(crate) fn is_held_by_order(&self, max_running_handlers: u32) -> bool {
        self.extra.as_deref().is_some_and(|extra| {
            let is_full = self.running >= max_running_handlers && self.running > extra.alone;
            let is_held = extra.alone > 0 && !is_full && extra.intercepted.is_none();
            is_held && !extra.waiting.is_empty()
        })
    }

    /// It has left, and its handlers hear of that behind the events that wait.
    pub(crate) fn has_left(&self) -> bool {
        self.extra.as_deref().is_some_and(|extra| extra.left.is_some())
    }

    /// Events that wait for their turn.
    pub(crate) fn waiting(&mut self) -> Option<&mut VecDeque<Kept>> {
        self.extra.as_deref_mut().map(|extra| &mut extra.waiting)
    }
}

impl Extra {
    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.cancellable.iter().try_for_each(|task| visit.call(task))?;
        self.waiting.iter().chain(&self.held).try_for_each(|kept| kept.traverse(visit))?;
        let Some(intercepted) = &self.intercepted else { return Ok(()) };
        intercepted.event.traverse(visit)?;
        if let Some(Ok(value) | Err(value)) = &intercepted.verdict {
            visit.call(value)?;
        }
        Ok(())
    }
}

impl Kept {
    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        let args = self.seen.as_deref().map_or(&[][..], |seen| &seen.args[..]);
        args.iter().try_for_each(|arg| visit.call(arg))
    }
}

/// What a slot has of its object.
enum Found {
    Strong(Py<PySocket>),
    Weak(Py<PyWeakrefReference>, SocketInfo),
    Nothing(SocketInfo),
}

impl PyServer {
    /// The object of a socket, made if need be; none when the socket is not known (any more).
    pub(crate) fn socket<'py>(
        slf: &Bound<'py, Self>,
        key: SocketKey,
    ) -> PyResult<Option<Bound<'py, PySocket>>> {
        let py = slf.py();
        let server = slf.get();
        let found = server.state.lock().sockets.get(key).map(|slot| match &slot.object {
            Object::Strong(socket) => Found::Strong(socket.clone_ref(py)),
            Object::Weak(reference) => Found::Weak(reference.clone_ref(py), slot.info.clone()),
            Object::None => Found::Nothing(slot.info.clone()),
        });
        let info = match found {
            None => return Ok(None),
            Some(Found::Strong(socket)) => return Ok(Some(socket.into_bound(py))),
            Some(Found::Weak(reference, info)) => {
                if let Some(socket) = reference.bind(py).upgrade_as::<PySocket>()? {
                    return Ok(Some(socket));
                }
                info
            }
            Some(Found::Nothing(info)) => info,
        };
        Self::make_socket(slf, key, info)
    }

    fn make_socket<'py>(
        slf: &Bound<'py, Self>,
        key: SocketKey,
        info: SocketInfo,
    ) -> PyResult<Option<Bound<'py, PySocket>>> {
        let py = slf.py();
        let server = slf.get();
        let Some(namespace) = server.namespace_of(py, info.namespace) else { return Ok(None) };
        let conn = info.conn.carried.and_then(|id| server.guest(py, id));
        let socket = PySocket {
            server: slf.clone().unbind(),
            namespace,
            key,
            info,
            id: PyOnceLock::new(),
            is_watched: AtomicBool::new(false),
            parts: Parts { conn, ..Parts::default() }.into(),
        };
        let socket = Bound::new(py, socket)?;
        let held = Object::Strong(socket.clone().unbind());
        let mut state = server.state.lock();
        let Some(slot) = state.sockets.get(key) else { return Ok(Some(socket)) };
        let replaced = std::mem::replace(&mut slot.object, held);
        state.sockets.recent.push(key);
        drop(state);
        drop(replaced);
        Ok(Some(socket))
    }

    /// Lets go of a socket's object, unless it has to be kept; one that others hold is held weakly.
    pub(crate) fn let_go(&self, py: Python<'_>, key: SocketKey) -> PyResult<()> {
        let held = match self.state.lock().sockets.get(key) {
            Some(Slot { object: Object::Strong(socket), pinned: false, .. }) => {
                socket.clone_ref(py)
            }
            _ => return Ok(()),
        };
        if is_alone(held.bind(py)) {
            self.replace_object(key, Object::None);
            return Ok(());
        }
        let reference = PyWeakrefReference::new(held.bind(py))?;
        self.replace_object(key, Object::Weak(reference.clone().unbind()));
        drop(held);
        if reference.upgrade().is_none() {
            self.replace_object(key, Object::None);
        }
        Ok(())
    }

    fn replace_object(&self, key: SocketKey, object: Object) {
        let mut state = self.state.lock();
        let slot = state.sockets.get(key).filter(|slot| !slot.pinned);
        let replaced = slot.map(|slot| std::mem::replace(&mut slot.object, object));
        drop(state);
        drop(replaced);
    }
}

/// Whether the table and the caller hold the object, and nobody else.
#[allow(unsafe_code, reason = "PyO3 has no such method")]
fn is_alone(held: &Bound<'_, PySocket>) -> bool {
    // SAFETY: The object lives as long as `held`. The count is right, as the module needs the interpreter's lock.
    unsafe { ffi::Py_REFCNT(held.as_ptr()) == 2 }
}

impl PySocket {
    /// Whether the server has disconnected it: nothing of what its client has sent starts any more, and nothing is sent to it.
    pub(crate) fn is_put_out(&self) -> PyResult<bool> {
        let conn = &self.info.conn;
        if !conn.has_put_out() || conn.is_cut_off() {
            return Ok(conn.is_cut_off());
        }
        Ok(!self.server.get().front()?.is_connected(self.key))
    }

    /// From now on the object lives as long as its socket.
    pub(crate) fn pin(slf: &Bound<'_, Self>) {
        let this = slf.get();
        let held = Object::Strong(slf.clone().unbind());
        let mut state = this.server.get().state.lock();
        let slot = state.sockets.get(this.key).filter(|slot| !slot.pinned);
        let replaced = slot.map(|slot| {
            slot.pinned = true;
            std::mem::replace(&mut slot.object, held)
        });
        drop(state);
        drop(replaced);
    }
}
