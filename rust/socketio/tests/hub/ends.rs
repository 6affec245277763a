//! Why sockets end: the cause, what their client sees, and the reason that is told.

use std::time::Duration;

use engineio::Hangup;

use crate::world::{Done, Heard, World, config};

#[test]
fn each_cause_has_its_reason() {
    type End = fn(&mut World, crate::world::Peer);
    let causes: [(End, &str, &[&str]); 8] = [
        (|world, peer| world.hang_up(peer, Hangup::Close), "transport close", &[]),
        (|world, peer| world.hang_up(peer, Hangup::Error), "transport error", &[]),
        (|world, peer| _ = world.say(peer, "9"), "parse error", &["close"]),
        (|world, peer| _ = world.say(peer, ""), "parse error", &["close"]),
        (|world, peer| _ = world.say(peer, "2"), "transport error", &["close"]),
        (|world, peer| _ = world.say(peer, "4x"), "forced close", &["close"]),
        (|world, peer| _ = world.say(peer, "40"), "forced close", &["close"]),
        (|world, _| world.pass(Duration::from_secs(46)), "ping timeout", &["2", "close"]),
    ];
    for (end, reason, texts) in causes {
        let mut world = World::new(config());
        world.front.namespace("/other");
        let (peer, socket) = world.join();
        world.say(peer, "40/other,");
        let other = world.joined(peer);
        end(&mut world, peer);
        world.turn();
        let heard = world.heard_but_lines();
        let ended = [socket, other].map(|socket| Heard::Disconnected(socket, reason));
        assert_eq!(heard[..2], ended, "in the order of joining");
        assert_eq!(heard[2..], [Heard::Closed(peer.session)], "{reason}");
        assert_eq!(world.texts(peer), texts, "{reason}");
    }
}

#[test]
fn a_client_leaves_one_namespace_and_the_connection_stays() {
    let mut world = World::new(config());
    world.front.namespace("/other");
    let (peer, socket) = world.join();
    world.say(peer, "40/other,");
    let other = world.joined(peer);
    world.say(peer, "41/other,");
    assert_eq!(world.heard(), [Heard::Disconnected(other, "client namespace disconnect")]);
    world.say(peer, "42[\"x\"]");
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"x\"]".into(), 0)]);
    world.say(peer, "41");
    world.heard();
    world.pass(Duration::from_secs(25));
    assert_eq!(world.texts(peer), ["2"], "the session lives on without a namespace");
}

#[test]
fn the_server_disconnects_a_socket_and_the_connection_stays() {
    let mut world = World::new(config());
    world.front.namespace("/other");
    let (peer, _) = world.join();
    world.say(peer, "40/other,");
    let other = world.joined(peer);
    world.front.disconnect(other, false);
    world.turn();
    assert_eq!(world.texts(peer), ["41/other,"]);
    assert_eq!(world.heard(), [Heard::Disconnected(other, "server namespace disconnect")]);
    assert_eq!(world.take_done(), []);
}

#[test]
fn the_server_disconnects_a_client_with_all_its_sockets() {
    let mut world = World::new(config());
    world.front.namespace("/admin");
    let (peer, socket) = world.join();
    world.say(peer, "40/admin,");
    let admin = world.joined(peer);
    world.emit(admin, "[\"last\"]");
    world.front.disconnect(admin, true);
    world.turn();
    assert_eq!(world.texts(peer), ["42/admin,[\"last\"]", "41", "41/admin,", "close"]);
    let ended =
        [socket, admin].map(|socket| Heard::Disconnected(socket, "server namespace disconnect"));
    let heard = world.heard();
    assert_eq!(heard[..2], ended);
    assert_eq!(heard[2..], [Heard::Closed(peer.session)]);
    assert_eq!(world.take_done(), [Done::Closed(peer.connection)]);
}

#[test]
fn a_namespace_that_is_being_asked_for_ends_with_its_client() {
    let mut world = World::new(config());
    world.guard("/admin");
    let (peer, socket) = world.join();
    world.say(peer, "40/admin,");
    let [Heard::Authorize(admin)] = world.heard()[..] else { panic!("not asked") };
    world.front.disconnect(socket, true);
    world.turn();
    let ended = [
        Heard::Disconnected(socket, "server namespace disconnect"),
        Heard::Disconnected(admin, "server namespace disconnect"),
        Heard::Closed(peer.session),
    ];
    assert_eq!(world.heard(), ended);
    assert_eq!(world.texts(peer), ["41", "close"]);
    assert!(world.front.socket(admin).is_none());
}

#[test]
fn a_session_that_answers_its_pings_lives() {
    let mut world = World::new(config());
    let (peer, _) = world.join();
    for _ in 0..5 {
        world.pass(Duration::from_secs(25));
        assert_eq!(world.texts(peer), ["2"]);
        world.say(peer, "3");
    }
    assert_eq!(world.heard(), []);
}
