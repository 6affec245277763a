//! Every arrow of a socket's life, seen from both sides: *authorizing*, *connected*, *closing*, *gone*.

use engineio::Hangup;
use socketio::{Sent, SocketKey};

use crate::world::{Heard, Peer, World, config, event};

/// A client whose socket is *authorizing*.
fn authorizing() -> (World, Peer, SocketKey) {
    let mut world = World::new(config());
    world.guard("/");
    let peer = world.open();
    world.say(peer, "40");
    match world.heard()[..] {
        [Heard::Authorize(socket)] => (world, peer, socket),
        ref other => panic!("{other:?}"),
    }
}

fn connected() -> (World, Peer, SocketKey) {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    (world, peer, socket)
}

/// A client that stays, whose socket the server has disconnected.
fn closing() -> (World, Peer, SocketKey) {
    let (mut world, peer, socket) = connected();
    world.enter(socket, &["room"]);
    world.front.disconnect(socket, false);
    world.turn();
    assert_eq!(world.texts(peer), ["41"]);
    assert_eq!(world.heard(), [Heard::Disconnected(socket, "server namespace disconnect")]);
    (world, peer, socket)
}

#[test]
fn an_accepted_socket_is_connected() {
    let (mut world, _, socket) = authorizing();
    assert!(!world.front.is_connected(socket));
    assert_eq!(world.front.rooms(socket), [] as [String; 0]);
    world.front.accept(socket);
    assert!(world.front.is_connected(socket));
    assert_eq!(world.front.rooms(socket), [world.id(socket)]);
    world.front.accept(socket);
    world.front.refuse(socket, b"{}");
    world.turn();
    assert_eq!(world.heard(), [Heard::Connected(socket)], "the first verdict counts");
}

#[test]
fn a_refused_socket_is_gone_at_once() {
    let (mut world, peer, socket) = authorizing();
    world.front.refuse(socket, b"{\"message\":\"no\"}");
    assert!(world.front.socket(socket).is_none());
    world.front.accept(socket);
    world.turn();
    assert_eq!(world.texts(peer), ["44{\"message\":\"no\"}"]);
    assert_eq!(world.heard(), []);
}

#[test]
fn a_verdict_on_a_client_that_has_left_is_discarded() {
    for accepts in [true, false] {
        let (mut world, peer, socket) = authorizing();
        world.hang_up(peer, Hangup::Close);
        assert!(world.front.socket(socket).is_none());
        if accepts {
            world.front.accept(socket);
        } else {
            world.front.refuse(socket, b"{}");
        }
        world.turn();
        let ended = [Heard::Disconnected(socket, "transport close"), Heard::Closed(peer.session)];
        assert_eq!(world.heard(), ended, "so that the language side can forget it");
    }
}

#[test]
fn a_client_that_leaves_before_the_hub_hears_that_it_was_accepted_was_never_connected() {
    let (mut world, peer, socket) = authorizing();
    world.front.accept(socket);
    world.hang_up(peer, Hangup::Close);
    world.turn();
    let ended = [Heard::Disconnected(socket, "transport close"), Heard::Closed(peer.session)];
    assert_eq!(world.heard(), ended, "so that the language side can forget it");
    world.front.forget(socket);
    assert!(world.front.socket(socket).is_none());
}

#[test]
fn a_client_that_leaves_before_the_hub_hears_that_it_was_refused_is_gone() {
    let (mut world, peer, socket) = authorizing();
    world.front.refuse(socket, b"{}");
    world.hang_up(peer, Hangup::Close);
    world.turn();
    assert_eq!(world.heard(), [Heard::Closed(peer.session)]);
}

#[test]
fn the_server_can_not_disconnect_a_socket_whose_middlewares_run() {
    let (mut world, peer, socket) = authorizing();
    world.front.disconnect(socket, true);
    world.front.forget(socket);
    world.front.accept(socket);
    world.turn();
    assert_eq!(world.heard(), [Heard::Connected(socket)]);
    assert_eq!(world.texts(peer).len(), 1);
}

#[test]
fn a_client_that_speaks_or_leaves_before_it_is_accepted_is_closed() {
    for packet in ["42[\"early\"]", "430[]", "41", "451-[\"early\"]"] {
        let (mut world, peer, socket) = authorizing();
        world.say(peer, packet);
        let ended = [Heard::Disconnected(socket, "forced close"), Heard::Closed(peer.session)];
        assert_eq!(world.heard_but_lines(), ended, "{packet}");
        assert!(world.front.socket(socket).is_none());
    }
}

#[test]
fn another_connect_while_the_first_is_decided_changes_nothing() {
    for accepts in [true, false] {
        let (mut world, peer, socket) = authorizing();
        world.say(peer, "40{\"try\":2}");
        if accepts {
            world.front.accept(socket);
        } else {
            world.front.refuse(socket, b"{\"message\":\"no\"}");
        }
        world.turn();
        let heard = if accepts { vec![Heard::Connected(socket)] } else { vec![] };
        assert_eq!(world.heard(), heard);
        assert_eq!(world.texts(peer).len(), 1, "one answer");
        world.say(peer, "40");
        if accepts {
            let ended = [Heard::Disconnected(socket, "forced close"), Heard::Closed(peer.session)];
            assert_eq!(world.heard_but_lines(), ended, "it has joined");
        } else {
            assert!(matches!(world.heard()[..], [Heard::Authorize(_)]), "it may try again");
        }
    }
}

#[test]
fn the_first_cause_ends_a_socket_and_later_ones_change_nothing() {
    // The server's, then the client's.
    let (mut world, peer, socket) = connected();
    world.front.disconnect(socket, false);
    world.say(peer, "41");
    world.turn();
    assert_eq!(world.heard(), [Heard::Disconnected(socket, "server namespace disconnect")]);
    assert_eq!(world.texts(peer), [] as [String; 0], "it has left already");
    // The client's, then the server's.
    let (mut world, peer, socket) = connected();
    world.say(peer, "41");
    world.front.disconnect(socket, true);
    world.turn();
    assert_eq!(world.heard(), [Heard::Disconnected(socket, "client namespace disconnect")]);
    // The server's twice, then the loss of the connection.
    let (mut world, peer, socket) = connected();
    world.front.disconnect(socket, false);
    world.front.disconnect(socket, true);
    world.hang_up(peer, Hangup::Error);
    world.turn();
    let ended = Heard::Disconnected(socket, "server namespace disconnect");
    assert_eq!(world.heard(), [ended, Heard::Closed(peer.session)]);
}

#[test]
fn a_closing_socket_gets_nothing_more_and_its_rooms_can_be_read() {
    let (mut world, peer, socket) = closing();
    assert!(!world.front.is_connected(socket));
    assert_eq!(world.front.rooms(socket), [world.id(socket), "room".into()]);
    world.enter(socket, &["another"]);
    assert_eq!(world.front.rooms(socket).len(), 3, "what its handlers still do is shown");
    assert_eq!(world.front.send(socket, event("[1]"), false), Ok(Sent::Gone));
    world.broadcast(&world.to(Some(&["room"])), "[2]");
    world.broadcast(&world.to(Some(&[&world.id(socket)])), "[3]");
    world.broadcast(&world.to(None), "[4]");
    world.broadcast(&world.to(Some(&["another"])), "[5]");
    world.front.leave(socket, &["room".into(), "another".into()]);
    world.turn();
    assert_eq!(world.texts(peer), [] as [String; 0]);
    assert_eq!(world.front.rooms(socket), [world.id(socket)]);
}

#[test]
fn a_closing_socket_shows_as_connected_when_its_client_left() {
    let (mut world, peer, socket) = connected();
    world.hang_up(peer, Hangup::Close);
    assert!(world.front.is_connected(socket), "until its `disconnecting` handlers have ended");
    world.front.forget(socket);
    assert!(!world.front.is_connected(socket));
}

#[test]
fn a_forgotten_socket_is_gone_and_its_client_may_join_anew() {
    let (mut world, peer, socket) = closing();
    world.front.forget(socket);
    assert!(world.front.socket(socket).is_none());
    assert_eq!(world.front.rooms(socket), [] as [String; 0]);
    world.say(peer, "40");
    let again = world.joined(peer);
    assert_eq!(again.index, socket.index, "the place is used again");
    assert_ne!(again, socket);
    world.front.forget(socket);
    world.front.disconnect(socket, true);
    assert_eq!(world.front.send(socket, event("[1]"), false), Ok(Sent::Gone));
    world.turn();
    assert_eq!((world.heard(), world.texts(peer)), (vec![], vec![]), "the old key means nobody");
}

#[test]
fn a_client_may_join_anew_while_its_old_socket_is_closing() {
    let (mut world, peer, old) = closing();
    world.say(peer, "40");
    let new = world.joined(peer);
    world.broadcast(&world.to(None), "[1]");
    world.turn();
    assert_eq!(world.texts(peer), ["42[1]"]);
    world.front.forget(old);
    assert!(world.front.is_connected(new));
}

#[test]
fn who_takes_the_place_of_a_refused_socket_does_not_take_its_rooms() {
    let (mut world, _, refused) = authorizing();
    world.enter(refused, &["vip"]);
    world.turn();
    world.front.refuse(refused, b"{}");
    // The hub does not know of the refusal yet.
    let peer = world.open_before_commands();
    world.say(peer, "40");
    let [Heard::Authorize(other)] = world.heard()[..] else { panic!("not asked") };
    assert_eq!(other.index, refused.index);
    world.front.accept(other);
    world.turn();
    world.texts(peer);
    let third = world.open();
    world.say(third, "40");
    let heard = world.heard();
    let Some(&Heard::Authorize(member)) = heard.last() else { panic!("{heard:?}") };
    world.front.accept(member);
    world.enter(member, &["the room that gets the number of vip"]);
    world.broadcast(&world.to(Some(&["the room that gets the number of vip"])), "[1]");
    world.turn();
    assert_eq!(world.texts(third).last().map(String::as_str), Some("42[1]"));
    assert_eq!(world.texts(peer), [] as [String; 0]);
}
