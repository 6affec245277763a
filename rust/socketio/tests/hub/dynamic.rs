//! Namespaces that the language side finds, and their parents.

use engineio::Hangup;
use socketio::{NamespaceId, SocketKey};

use crate::world::{Heard, Peer, World, config};

/// A client that asks for a namespace that there is not.
fn seek(world: &mut World, peer: Peer, name: &str) -> SocketKey {
    world.say(peer, &format!("40{name},"));
    let [Heard::Find(socket, found)] = &world.heard()[..] else { panic!("not asked") };
    assert_eq!(found, name);
    *socket
}

fn child(world: &World, parent: NamespaceId, name: &str) -> NamespaceId {
    let child = world.front.make_child(name, parent, true);
    world.front.unguard(child);
    child
}

#[test]
fn nobody_is_asked_where_there_are_no_parents() {
    let mut world = World::new(config());
    let peer = world.open();
    world.say(peer, "40/a,");
    world.turn();
    assert_eq!(world.heard(), []);
    assert_eq!(world.texts(peer), ["44/a,{\"message\":\"Invalid namespace\"}"]);
}

#[test]
fn a_socket_waits_for_its_namespace_and_joins_it_when_it_is_found() {
    let mut world = World::new(config());
    let parent = world.front.parent();
    let peer = world.open();
    let socket = seek(&mut world, peer, "/a");
    // Asked for again it is the same one.
    world.say(peer, "40/a,");
    assert_eq!(world.heard(), []);
    let id = child(&world, parent, "/a");
    assert!(world.front.found(socket, Some(id)));
    world.turn();
    assert_eq!(world.heard(), [Heard::Connected(socket)]);
    assert_eq!(world.texts(peer), [format!("40/a,{{\"sid\":\"{}\"}}", world.id(socket))]);
    // The next one needs no answer, and the parent's emits reach both.
    let other = world.open();
    world.say(other, "40/a,");
    world.turn();
    assert!(world.texts(other)[0].starts_with("40/a,{"));
    let targets = socketio::Targets { namespace: parent, ..world.to(None) };
    world.broadcast(&targets, "[\"x\"]");
    world.turn();
    assert_eq!(world.texts(peer), ["42/a,[\"x\"]"]);
    assert_eq!(world.texts(other), ["42/a,[\"x\"]"]);
}

#[test]
fn a_found_namespace_with_middlewares_has_them_asked() {
    let mut world = World::new(config());
    let parent = world.front.parent();
    let peer = world.open();
    let socket = seek(&mut world, peer, "/a");
    let id = world.front.make_child("/a", parent, true);
    assert!(world.front.found(socket, Some(id)));
    world.turn();
    assert_eq!(world.heard(), [Heard::Authorize(socket)]);
    world.front.accept(socket);
    world.turn();
    assert_eq!(world.heard(), [Heard::Connected(socket)]);
}

#[test]
fn a_namespace_that_is_not_found_is_unknown() {
    let mut world = World::new(config());
    world.front.parent();
    let peer = world.open();
    let socket = seek(&mut world, peer, "/a");
    assert!(world.front.found(socket, None));
    world.turn();
    assert_eq!(world.texts(peer), ["44/a,{\"message\":\"Invalid namespace\"}"]);
    assert!(world.front.socket(socket).is_none());
    let again = seek(&mut world, peer, "/a");
    assert_ne!(again, socket);
}

#[test]
fn an_answer_for_a_client_that_has_left_changes_nothing() {
    let mut world = World::new(config());
    let parent = world.front.parent();
    let peer = world.open();
    let socket = seek(&mut world, peer, "/a");
    world.hang_up(peer, Hangup::Close);
    let ended = [Heard::Disconnected(socket, "transport close"), Heard::Closed(peer.session)];
    assert_eq!(world.heard(), ended);
    let id = child(&world, parent, "/a");
    assert!(world.front.found(socket, Some(id)));
    world.turn();
    assert_eq!(world.heard(), []);
    assert_eq!(world.front.gauges().sockets, 0);
}

#[test]
fn a_client_that_leaves_between_the_answer_and_its_namespace_leaves_nothing() {
    let mut world = World::new(config());
    let parent = world.front.parent();
    let peer = world.open();
    let socket = seek(&mut world, peer, "/a");
    let id = child(&world, parent, "/a");
    assert!(world.front.found(socket, Some(id)));
    world.hang_up(peer, Hangup::Close);
    world.turn();
    let ended = [Heard::Disconnected(socket, "transport close"), Heard::Closed(peer.session)];
    assert_eq!(world.heard(), ended);
    assert_eq!(world.front.forget_empty(), [id]);
}

#[test]
fn an_empty_child_is_forgotten_and_its_place_is_anothers() {
    let mut world = World::new(config());
    let parent = world.front.parent();
    let peer = world.open();
    let socket = seek(&mut world, peer, "/a");
    let old = child(&world, parent, "/a");
    assert!(world.front.found(socket, Some(old)));
    world.turn();
    assert_eq!(world.front.forget_empty(), []);
    world.say(peer, "41/a,");
    world.front.forget(socket);
    world.heard();
    assert_eq!(world.front.forget_empty(), [old]);
    assert_eq!(world.front.forget_empty(), []);
    let socket = seek(&mut world, peer, "/b");
    assert!(!world.front.found(socket, Some(old)));
    let new = child(&world, parent, "/b");
    assert_eq!(new.0.index, old.0.index);
    assert!(world.front.found(socket, Some(new)));
    world.turn();
    world.texts(peer);
    let stale = socketio::Targets { namespace: old, ..world.to(None) };
    world.broadcast(&stale, "[\"old\"]");
    let targets = socketio::Targets { namespace: parent, ..world.to(None) };
    world.broadcast(&targets, "[\"x\"]");
    world.turn();
    assert_eq!(world.texts(peer), ["42/b,[\"x\"]"]);
}
