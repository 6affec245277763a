//! Row 9: the hub's members of rooms: who receives a broadcast, in the order of the commands.

use engineio::{Key, SessionKey};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::command::{Member, NamespaceId, Receivers, RoomId};
use crate::event::SocketKey;

/// What the hub keeps of a socket; its place is that of the front's table.
#[derive(Debug)]
struct Place {
    generation: u32,
    session: SessionKey,
    namespace: NamespaceId,
    /// Position in the namespace's list, once connected.
    position: Option<u32>,
    /// The rooms, and the position in the list of each.
    rooms: HashMap<RoomId, u32, RandomState>,
    /// The number of the last broadcast that reached or excepted it.
    stamp: u64,
}

/// The sockets of a namespace; its place is that of the front's table.
#[derive(Debug, Default)]
struct InNamespace {
    generation: u32,
    sockets: Vec<u32>,
}

/// Lists of members, each socket knowing its place in each.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    places: Vec<Option<Place>>,
    by_namespace: Vec<InNamespace>,
    by_room: Vec<Vec<u32>>,
    stamp: u64,
}

impl Rooms {
    /// A socket that gets no broadcast yet.
    pub(crate) fn add(&mut self, key: SocketKey, session: SessionKey, namespace: NamespaceId) {
        let index = key.index as usize;
        if self.places.len() <= index {
            self.places.resize_with(index + 1, || None);
        }
        // A socket that was refused leaves its index to others before the command that tells so is carried out.
        if let Some(Place { generation, .. }) = self.places[index] {
            self.remove(SocketKey { index: key.index, generation });
        }
        self.places[index] = Some(Place {
            generation: key.generation,
            session,
            namespace,
            position: None,
            rooms: HashMap::default(),
            stamp: self.stamp,
        });
    }

    /// From now on the socket gets broadcasts.
    pub(crate) fn connect(&mut self, key: SocketKey) {
        let Self { places, by_namespace, .. } = self;
        let Some(place) = find(places, key) else { return };
        let Key { index, generation } = place.namespace.0;
        let namespace = entry(by_namespace, index);
        // Of the one that had the place before all have gone.
        namespace.generation = generation;
        let list = &mut namespace.sockets;
        place.position = Some(length(list));
        list.push(key.index);
    }

    pub(crate) fn session(&self, key: SocketKey) -> Option<SessionKey> {
        let place = self.places.get(key.index as usize)?.as_ref()?;
        (place.generation == key.generation).then_some(place.session)
    }

    pub(crate) fn namespace(&self, key: SocketKey) -> Option<NamespaceId> {
        let place = self.places.get(key.index as usize)?.as_ref()?;
        (place.generation == key.generation).then_some(place.namespace)
    }

    pub(crate) fn join(&mut self, key: SocketKey, room: RoomId) {
        let Self { places, by_room, .. } = self;
        let Some(place) = find(places, key) else { return };
        let list = entry(by_room, room.0);
        place.rooms.insert(room, length(list));
        list.push(key.index);
    }

    pub(crate) fn leave(&mut self, key: SocketKey, room: RoomId) {
        let Some(place) = find(&mut self.places, key) else { return };
        let Some(position) = place.rooms.remove(&room) else { return };
        self.drop_member(room, position);
    }

    /// Takes a socket out of everything, at a cost of the rooms that it is in.
    pub(crate) fn remove(&mut self, key: SocketKey) {
        if find(&mut self.places, key).is_none() {
            return;
        }
        let Some(place) = self.places[key.index as usize].take() else { return };
        for (room, position) in place.rooms {
            self.drop_member(room, position);
        }
        let Some(position) = place.position else { return };
        let list = &mut self.by_namespace[place.namespace.0.index as usize].sockets;
        list.swap_remove(position as usize);
        let moved = list.get(position as usize).copied();
        if let Some(moved) = moved.and_then(|index| self.places[index as usize].as_mut()) {
            moved.position = Some(position);
        }
    }

    /// Takes the member at `position` out of a room's list and tells the one that moved there.
    fn drop_member(&mut self, room: RoomId, position: u32) {
        let list = &mut self.by_room[room.0 as usize];
        list.swap_remove(position as usize);
        if list.is_empty() {
            *list = Vec::new();
        }
        let moved = list.get(position as usize).copied();
        let place = moved.and_then(|index| self.places[index as usize].as_mut());
        if let Some(at) = place.and_then(|place| place.rooms.get_mut(&room)) {
            *at = position;
        }
    }

    /// Collects the sessions of those who receive a broadcast, each once, into `into`.
    pub(crate) fn receivers(
        &mut self,
        namespace: NamespaceId,
        to: &Receivers,
        except: &[Member],
        into: &mut Vec<SessionKey>,
    ) {
        self.stamp = self.stamp.wrapping_add(1);
        for &member in except {
            self.visit(member, |_| ());
        }
        let mut collect = |session| into.push(session);
        match to {
            Receivers::Everyone => {
                let Self { places, by_namespace, stamp, .. } = self;
                let Key { index, generation } = namespace.0;
                let found = by_namespace.get(index as usize);
                let Some(found) = found.filter(|found| found.generation == generation) else {
                    return;
                };
                stamp_all(places, &found.sockets, *stamp, &mut collect);
            }
            Receivers::One(member) => self.visit(*member, collect),
            Receivers::Several(members) => {
                for &member in members {
                    self.visit(member, &mut collect);
                }
            }
        }
    }

    fn visit(&mut self, member: Member, mut visit: impl FnMut(SessionKey)) {
        let Self { places, by_room, stamp, .. } = self;
        match member {
            Member::Room(room) => {
                let Some(list) = by_room.get(room.0 as usize) else { return };
                stamp_all(places, list, *stamp, &mut visit);
            }
            Member::Socket(key) => {
                if find(places, key).is_some() {
                    stamp_all(places, &[key.index], *stamp, &mut visit);
                }
            }
        }
    }
}

/// Visits the connected sockets of `list` that do not bear this stamp yet, and stamps them.
fn stamp_all(
    places: &mut [Option<Place>],
    list: &[u32],
    stamp: u64,
    visit: &mut impl FnMut(SessionKey),
) {
    for &index in list {
        let Some(place) = &mut places[index as usize] else { continue };
        if place.position.is_some() && place.stamp != stamp {
            place.stamp = stamp;
            visit(place.session);
        }
    }
}

fn find(places: &mut [Option<Place>], key: SocketKey) -> Option<&mut Place> {
    let place = places.get_mut(key.index as usize)?.as_mut()?;
    (place.generation == key.generation).then_some(place)
}

fn entry<T: Default>(lists: &mut Vec<T>, index: u32) -> &mut T {
    let index = index as usize;
    if lists.len() <= index {
        lists.resize_with(index + 1, T::default);
    }
    &mut lists[index]
}

fn length(list: &[u32]) -> u32 {
    u32::try_from(list.len()).expect("fewer than 2^32 members")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: NamespaceId = NamespaceId(Key { index: 0, generation: 0 });

    fn key(index: u32) -> SocketKey {
        SocketKey { index, generation: 0 }
    }

    fn rooms_of(count: u32) -> Rooms {
        let mut rooms = Rooms::default();
        for index in 0..count {
            rooms.add(key(index), key(100 + index), MAIN);
            rooms.connect(key(index));
        }
        rooms
    }

    fn reached(rooms: &mut Rooms, to: &Receivers, except: &[Member]) -> Vec<u32> {
        let mut sessions = Vec::new();
        rooms.receivers(MAIN, to, except, &mut sessions);
        let mut indexes: Vec<u32> = sessions.iter().map(|session| session.index - 100).collect();
        indexes.sort_unstable();
        indexes
    }

    #[test]
    fn everyone_is_reached_once_and_the_excepted_are_not() {
        let mut rooms = rooms_of(4);
        rooms.join(key(1), RoomId(0));
        rooms.join(key(2), RoomId(0));
        rooms.join(key(2), RoomId(1));
        let (a, b) = (Member::Room(RoomId(0)), Member::Room(RoomId(1)));
        assert_eq!(reached(&mut rooms, &Receivers::Everyone, &[]), [0, 1, 2, 3]);
        assert_eq!(reached(&mut rooms, &Receivers::Everyone, &[b, Member::Socket(key(0))]), [1, 3]);
        assert_eq!(reached(&mut rooms, &Receivers::Several([a, b].into()), &[]), [1, 2]);
        assert_eq!(reached(&mut rooms, &Receivers::One(a), &[b]), [1]);
        assert_eq!(reached(&mut rooms, &Receivers::One(Member::Socket(key(3))), &[]), [3]);
    }

    #[test]
    fn members_leave_from_any_place_of_the_lists() {
        let mut rooms = rooms_of(5);
        for index in 0..5 {
            rooms.join(key(index), RoomId(0));
        }
        let room = Receivers::One(Member::Room(RoomId(0)));
        rooms.leave(key(1), RoomId(0));
        assert_eq!(reached(&mut rooms, &room, &[]), [0, 2, 3, 4]);
        rooms.remove(key(4));
        rooms.remove(key(0));
        assert_eq!(reached(&mut rooms, &room, &[]), [2, 3]);
        assert_eq!(reached(&mut rooms, &Receivers::Everyone, &[]), [1, 2, 3]);
        rooms.remove(key(2));
        rooms.remove(key(3));
        assert_eq!(reached(&mut rooms, &room, &[]), Vec::<u32>::new());
        assert_eq!(rooms.by_room[0].capacity(), 0);
    }

    #[test]
    fn a_socket_that_is_not_connected_or_a_stale_key_receives_nothing() {
        let mut rooms = rooms_of(1);
        rooms.add(key(1), key(101), MAIN);
        rooms.join(key(1), RoomId(0));
        let room = Receivers::One(Member::Room(RoomId(0)));
        assert_eq!(reached(&mut rooms, &room, &[]), Vec::<u32>::new());
        rooms.connect(key(1));
        assert_eq!(reached(&mut rooms, &room, &[]), [1]);
        let stale = SocketKey { index: 1, generation: 7 };
        assert_eq!(
            reached(&mut rooms, &Receivers::One(Member::Socket(stale)), &[]),
            Vec::<u32>::new()
        );
    }
}
