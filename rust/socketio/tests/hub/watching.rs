//! What there is in rooms, and what becomes of them where somebody watches.

use std::collections::BTreeSet;

use engineio::Sid;
use socketio::{Limits, RoomChange, SocketKey};

use crate::world::{Heard, World, config};

fn names(rooms: &[&str]) -> Vec<String> {
    rooms.iter().map(ToString::to_string).collect()
}

/// What has become of rooms, in short.
fn told(world: &World) -> Vec<String> {
    let (events, dropped) = world.front.take_room_events();
    assert_eq!(dropped, 0);
    let shown = |change| match change {
        RoomChange::Created => "created",
        RoomChange::Joined => "joined",
        RoomChange::Left => "left",
        RoomChange::Deleted => "deleted",
    };
    let name = |room: &str, own: &Sid| if room == own.as_str() { "own" } else { room }.to_owned();
    events.iter().map(|it| format!("{} {}", shown(it.change), name(&it.room, &it.socket))).collect()
}

fn end(world: &mut World, socket: SocketKey) {
    world.front.disconnect(socket, false);
    world.heard();
    world.front.forget(socket);
}

#[test]
fn nothing_is_kept_where_nobody_watches() {
    let mut world = World::new(config());
    let (_, socket) = world.join();
    world.enter(socket, &["a"]);
    assert_eq!(told(&world), [""; 0]);
    world.front.watch_rooms(world.front.namespace("/other"));
    world.enter(socket, &["b"]);
    assert_eq!(told(&world), [""; 0]);
}

#[test]
fn a_room_is_made_before_its_first_member_joins_and_goes_behind_its_last() {
    let mut world = World::new(config());
    world.front.watch_rooms(world.front.namespace("/"));
    let ((_, one), (_, two)) = (world.join(), world.join());
    assert_eq!(told(&world), ["created own", "joined own", "created own", "joined own"]);
    world.enter(one, &["a", "a"]);
    world.enter(two, &["a"]);
    assert_eq!(told(&world), ["created a", "joined a", "joined a"]);
    world.front.leave(one, &names(&["a", "b"]));
    assert_eq!(told(&world), ["left a"]);
    end(&mut world, two);
    assert_eq!(told(&world), ["left own", "deleted own", "left a", "deleted a"]);
    let own = names(&[&world.id(one)]);
    world.front.leave(one, &own);
    world.front.leave(one, &own);
    world.front.join(one, &own);
    assert_eq!(told(&world), ["left own", "deleted own", "created own", "joined own"]);
}

#[test]
fn a_room_with_the_name_of_a_socket_is_one_with_its_own() {
    let mut world = World::new(config());
    world.front.watch_rooms(world.front.namespace("/"));
    let ((_, one), (_, two)) = (world.join(), world.join());
    told(&world);
    let id = world.id(one);
    world.enter(two, &[&id]);
    assert_eq!(told(&world), [format!("joined {id}")]);
    end(&mut world, one);
    assert_eq!(told(&world), ["left own"]);
    world.front.leave(two, std::slice::from_ref(&id));
    assert_eq!(told(&world), [format!("left {id}"), format!("deleted {id}")]);
}

#[test]
fn who_waits_for_its_middlewares_shows_what_it_was_put_into() {
    let mut world = World::new(config());
    world.guard("/");
    world.front.watch_rooms(world.front.namespace("/"));
    let peer = world.open();
    world.say(peer, "40");
    let [crate::world::Heard::Authorize(socket)] = world.heard()[..] else { panic!("no socket") };
    world.enter(socket, &["a"]);
    assert_eq!(told(&world), ["created a", "joined a"]);
    world.front.refuse(socket, b"{}");
    assert_eq!(told(&world), ["left a", "deleted a"]);
}

#[test]
fn what_nobody_takes_is_bounded() {
    let config = config();
    let limits = Limits { max_room_events: 3, ..config.limits };
    let mut world = World::new(socketio::Config { limits, ..config });
    world.front.watch_rooms(world.front.namespace("/"));
    let (_, socket) = world.join();
    world.enter(socket, &["a", "b"]);
    let (events, dropped) = world.front.take_room_events();
    assert_eq!((events.len(), dropped), (3, 3));
    let reached = world.front.stats().limits().find(|&(name, _)| name == "max_room_events");
    assert_eq!(reached, Some(("max_room_events", 1)));
    world.enter(socket, &["c"]);
    assert_eq!(told(&world), ["created c", "joined c"]);
}

#[test]
fn rooms_and_their_members_are_those_of_the_namespace() {
    let mut world = World::new(config());
    let ((_, one), (_, two)) = (world.join(), world.join());
    world.enter(one, &["a", "b"]);
    world.enter(two, &["a"]);
    let (main, other) = (world.front.namespace("/"), world.front.namespace("/other"));
    let (first, second) = (world.id(one), world.id(two));
    let ids = |rooms: Option<&[&str]>| -> BTreeSet<String> {
        let rooms = rooms.map(names);
        let found = world.front.sockets_in_rooms(main, rooms.as_deref());
        let set: BTreeSet<String> = found.iter().map(Sid::to_string).collect();
        assert_eq!(set.len(), found.len(), "each once");
        set
    };
    let set = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(ids(None), set(&[&first, &second]));
    assert_eq!(ids(Some(&["a", "b"])), set(&[&first, &second]));
    assert_eq!(ids(Some(&["b", "nobody's"])), set(&[&first]));
    assert_eq!(ids(Some(&[&second])), set(&[&second]));
    assert_eq!(world.front.room_names(main).len(), 4);
    assert_eq!(world.front.room_names(other), [""; 0]);
    assert!(world.front.sockets_in_rooms(other, None).is_empty());
}

#[test]
fn rooms_have_whom_middlewares_have_put_there() {
    let mut world = World::new(config());
    let (_, there) = world.join();
    world.enter(there, &["a"]);
    world.guard("/");
    let (main, peer) = (world.front.namespace("/"), world.open());
    world.heard();
    world.say(peer, "40");
    let [Heard::Authorize(early)] = world.heard()[..] else { panic!("asked for no middlewares") };
    let placed = |room: Option<&str>| world.front.placed(main, room).len();
    assert_eq!((placed(None), placed(Some("a")), placed(Some("b"))), (1, 1, 0));
    world.front.join(early, &names(&["a", "b"]));
    assert_eq!((placed(None), placed(Some("a")), placed(Some("b"))), (2, 2, 1));
    assert_eq!(placed(Some(&world.id(early))), 0);
    assert_eq!(world.front.sockets_in_rooms(main, None).len(), 1);
    assert_eq!(world.front.sockets_in_rooms(main, Some(&names(&["a", "b"]))).len(), 1);
    world.front.accept(early);
    assert_eq!((placed(None), placed(Some("a")), placed(Some("b"))), (2, 2, 1));
    assert_eq!(placed(Some(&world.id(early))), 1);
}
