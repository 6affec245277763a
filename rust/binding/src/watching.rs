//! Row 9: what becomes of rooms, told to the adapters whose listeners watch them. It costs nothing while none does.

use std::sync::atomic::Ordering::Relaxed;

use pyo3::intern;
use pyo3::prelude::*;
use socketio::{RoomChange, RoomEvent};

use crate::objects::{PyNamespace, PyServer};
use crate::phase::Tick;
use crate::python::{Level, is_running, log_failure, log_line};

impl PyServer {
    /// Sockets may have entered rooms or left them: tells those who watch, on the server's loop.
    #[inline]
    pub(crate) fn rooms_changed(slf: &Bound<'_, Self>) {
        if slf.get().watches_rooms.load(Relaxed) {
            Self::tell_of_rooms(slf);
        }
    }

    #[cold]
    pub(crate) fn tell_of_rooms(slf: &Bound<'_, Self>) {
        let py = slf.py();
        // Without a loop there are no sockets.
        let Some(serving) = slf.get().serving() else { return };
        if !is_running(py, &serving.event_loop) {
            if let Err(error) = serving.soon(slf, Tick::Rooms) {
                log_failure(py, "telling of rooms", &error);
            }
            return;
        }
        let server = slf.get();
        if server.tells_of_rooms.swap(true, Relaxed) {
            return;
        }
        while server.tell_of_some(py) {}
        server.tells_of_rooms.store(false, Relaxed);
    }

    /// Tells what has become of rooms up to now; whether there was something.
    fn tell_of_some(&self, py: Python<'_>) -> bool {
        let (events, dropped) = self.front.take_room_events();
        if dropped > 0 {
            let text = format!(
                "dropped {dropped} events of rooms (max_room_events): the loop was too busy to take them"
            );
            log_line(py, Level::Warning, &text);
        }
        for event in &events {
            if let Err(error) = self.tell_of(py, event) {
                log_failure(py, "telling of rooms", &error);
            }
        }
        !events.is_empty()
    }

    fn tell_of(&self, py: Python<'_>, event: &RoomEvent) -> PyResult<()> {
        let namespace = self.namespace_of(py, event.namespace);
        let owner = namespace.and_then(|namespace| namespace.get().owner(py));
        let Some(owner) = owner else { return Ok(()) };
        let adapter = owner.bind(py).getattr(intern!(py, "adapter"))?;
        let (room, socket) = (&*event.room, event.socket.as_str());
        let tell = intern!(py, "tell");
        match event.change {
            RoomChange::Created => adapter.call_method1(tell, ("create_room", room)),
            RoomChange::Joined => adapter.call_method1(tell, ("join_room", room, socket)),
            RoomChange::Left => adapter.call_method1(tell, ("leave_room", room, socket)),
            RoomChange::Deleted => adapter.call_method1(tell, ("delete_room", room)),
        }?;
        Ok(())
    }
}

impl PyNamespace {
    /// From now on its adapter is told what becomes of its rooms.
    pub(crate) fn watch_rooms(&self) -> PyResult<()> {
        let server = self.server.get();
        server.front()?.watch_rooms(self.id);
        server.watches_rooms.store(true, Relaxed);
        Ok(())
    }
}
