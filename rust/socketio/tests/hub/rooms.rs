//! Rooms: who receives a broadcast.

use socketio::Targets;

use crate::world::{World, config};

#[test]
fn the_sender_and_the_excepted_hear_nothing() {
    let mut world = World::new(config());
    let ((first, one), (second, two), (third, _)) = (world.join(), world.join(), world.join());
    world.enter(two, &["quiet"]);
    let sender = world.front.socket(one).map(|info| info.id);
    let targets = Targets { sender, except: vec!["quiet".into()], ..world.to(None) };
    world.broadcast(&targets, "[\"x\"]");
    world.turn();
    assert_eq!(world.texts(first), [] as [String; 0]);
    assert_eq!(world.texts(second), [] as [String; 0]);
    assert_eq!(world.texts(third), ["42[\"x\"]"]);
}

#[test]
fn a_member_of_several_rooms_hears_a_broadcast_once() {
    let mut world = World::new(config());
    let ((first, one), (second, two), (third, _)) = (world.join(), world.join(), world.join());
    world.enter(one, &["a", "b", "a"]);
    world.enter(two, &["b"]);
    world.broadcast(&world.to(Some(&["a", "b", "nobody's"])), "[1]");
    world.broadcast(&world.to(Some(&["nobody's"])), "[2]");
    world.broadcast(&world.to(Some(&[])), "[3]");
    world.turn();
    assert_eq!(world.texts(first), ["42[1]"]);
    assert_eq!(world.texts(second), ["42[1]"]);
    assert_eq!(world.texts(third), [] as [String; 0]);
}

#[test]
fn an_id_is_a_room_until_its_socket_leaves_it() {
    let mut world = World::new(config());
    let ((peer, socket), (_, other)) = (world.join(), world.join());
    let id = world.id(socket);
    let to_id = world.to(Some(&[id.as_str()]));
    world.broadcast(&to_id, "[1]");
    world.front.leave(socket, std::slice::from_ref(&id));
    world.broadcast(&to_id, "[2]");
    world.enter(socket, &[id.as_str()]);
    world.broadcast(&to_id, "[3]");
    world.turn();
    assert_eq!(world.texts(peer), ["42[1]", "42[3]"]);
    // Others may enter it too.
    world.enter(other, &[id.as_str()]);
    assert_eq!(world.front.rooms(other), [world.id(other), id]);
}

#[test]
fn namespaces_share_no_rooms() {
    let mut world = World::new(config());
    world.front.namespace("/admin");
    let (peer, main) = world.join();
    world.say(peer, "40/admin,");
    let admin = world.joined(peer);
    world.enter(main, &["r"]);
    world.enter(admin, &["r"]);
    world.broadcast(&world.to(Some(&["r"])), "[1]");
    let namespace = world.front.namespace("/admin");
    world.broadcast(&Targets { namespace, ..world.to(None) }, "[2]");
    world.broadcast(&world.to(Some(&[&world.id(admin)])), "[3]");
    world.turn();
    assert_eq!(world.texts(peer), ["42[1]", "42/admin,[2]"]);
}

#[test]
fn a_socket_may_be_in_many_rooms() {
    let mut world = World::new(config());
    let ((peer, socket), (_, other)) = (world.join(), world.join());
    let rooms: Vec<String> = (0..50_000).map(|number| format!("room {number}")).collect();
    for socket in [socket, other] {
        world.front.join(socket, &rooms);
    }
    world.turn();
    assert_eq!(world.front.rooms(socket).len(), 50_001);
    world.broadcast(&world.to(Some(&["room 0"])), "[1]");
    world.front.leave(other, &rooms);
    world.front.disconnect(socket, false);
    world.turn();
    world.front.forget(socket);
    assert_eq!(world.texts(peer), ["42[1]", "41"]);
    assert_eq!(world.front.rooms(other).len(), 1);
}
