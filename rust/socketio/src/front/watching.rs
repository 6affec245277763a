//! Row 9: what there is in a namespace's rooms, and what becomes of them.

use engineio::Sid;

use crate::command::{Member, NamespaceId};
use crate::event::SocketKey;
use crate::registry::Registry;
use crate::room_events::RoomEvent;
use crate::socket_state::SocketState;
use crate::stats::Limit;

use super::Front;

impl Front {
    /// From now on what becomes of the rooms of a namespace is kept for [`take_room_events`](Self::take_room_events).
    pub fn watch_rooms(&self, namespace: NamespaceId) {
        self.state.lock().registry.entry_mut(namespace).is_watched = true;
    }

    /// What has become of rooms since the last call, and how much of it was dropped because nobody took it.
    pub fn take_room_events(&self) -> (Vec<RoomEvent>, usize) {
        let kept = &mut self.state.lock().registry.room_events;
        let dropped = std::mem::take(&mut kept.dropped);
        if dropped > 0 {
            self.stats.reached(Limit::MaxRoomEvents);
        }
        (std::mem::take(&mut kept.events), dropped)
    }

    /// The names of the rooms of a namespace, those of single sockets among them.
    pub fn room_names(&self, namespace: NamespaceId) -> Vec<String> {
        let registry = &self.state.lock().registry;
        let named = registry.entry(namespace).room_names();
        let own = registry.sockets_in(namespace).iter().filter_map(|&key| {
            let socket = registry.sockets.get(key)?;
            socket.in_own_room.then(|| socket.id.to_string())
        });
        let mut names: Vec<_> = named.map(str::to_owned).chain(own).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The sockets that are in one of these rooms, each once; without rooms all that were accepted and are not gone.
    pub fn sockets_in_rooms(&self, namespace: NamespaceId, rooms: Option<&[String]>) -> Vec<Sid> {
        let registry = &self.state.lock().registry;
        let Some(rooms) = rooms else {
            return ids(registry, registry.sockets_in(namespace).iter());
        };
        let members = registry.members(namespace, rooms.iter().map(String::as_str));
        let keys = members.iter().flat_map(|member| registry.sockets_of(member));
        ids(registry, keys.filter(|&&key| is_accepted(registry, key)))
    }

    /// The sockets that are in this room, each once; without one all that are in some room or were accepted. Those are among them whom
    /// middlewares have put there before they were accepted.
    pub fn placed(&self, namespace: NamespaceId, room: Option<&str>) -> Vec<Sid> {
        let registry = &self.state.lock().registry;
        let (names, others) = match room {
            Some(name) => (vec![name], [].as_slice()),
            None => {
                (registry.entry(namespace).room_names().collect(), registry.sockets_in(namespace))
            }
        };
        let members = registry.members(namespace, names.into_iter());
        let keys = members.iter().flat_map(|member| {
            let is_room = matches!(member, Member::Room(_));
            let keys = registry.sockets_of(member).iter();
            keys.filter(move |&&key| is_room || is_accepted(registry, key))
        });
        ids(registry, keys.chain(others))
    }
}

fn is_accepted(registry: &Registry, key: SocketKey) -> bool {
    registry.sockets.get(key).is_some_and(|socket| socket.state != SocketState::Authorizing)
}

/// The ids of these sockets, each once.
fn ids<'a>(registry: &Registry, keys: impl Iterator<Item = &'a SocketKey>) -> Vec<Sid> {
    let mut ids: Vec<_> = keys.filter_map(|&key| Some(registry.sockets.get(key)?.id)).collect();
    ids.sort_unstable_by(|a, b| a.as_str().cmp(b.as_str()));
    ids.dedup_by(|a, b| a.as_str() == b.as_str());
    ids
}
