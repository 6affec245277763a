//! An engine alone: sessions are sockets, messages are events as they came.

use engineio::{Frame, Hangup};
use socketio::{Config, SlowClient, SocketKey};

use crate::world::{Heard, Peer, World, config};

fn world() -> World {
    World::new(Config { raw: true, ..config() })
}

fn open(world: &mut World) -> (Peer, SocketKey) {
    let peer = world.open();
    match world.heard()[..] {
        [Heard::Connected(socket)] => (peer, socket),
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_session_is_a_socket_from_its_beginning_to_its_end() {
    let mut world = world();
    let (peer, socket) = open(&mut world);
    assert_eq!(world.texts(peer), [] as [String; 0], "no CONNECT packet");
    world.hang_up(peer, Hangup::Close);
    let ended = [Heard::Disconnected(socket, "transport close"), Heard::Closed(peer.session)];
    assert_eq!(world.heard(), ended);
}

#[test]
fn a_polling_session_is_one_too() {
    let mut world = world();
    let poller = world.open_polling();
    let [Heard::Connected(socket)] = world.heard()[..] else { panic!("not connected") };
    world.post(poller, "4a\u{1e}bAQI=");
    let text = Heard::Packet(socket, None, "a".into(), 0);
    assert_eq!(world.heard(), [text, Heard::Packet(socket, None, String::new(), 1)]);
    let conn = world.front.socket(socket).expect("alive").conn;
    world.front.send_message(&conn, Frame::Binary(&[1, 2])).expect("room");
    world.front.send_message(&conn, Frame::Text("é")).expect("room");
    world.turn();
    let get = world.get(poller);
    assert_eq!(world.answer(get).as_deref(), Some("200 bAQI=\u{1e}4é"));
}

#[test]
fn messages_are_taken_as_they_come() {
    let mut world = world();
    let (peer, socket) = open(&mut world);
    for text in ["40", "4", "4{", "42[\"x\"]"] {
        world.say(peer, text);
        let expected = Heard::Packet(socket, None, text[1..].into(), 0);
        assert_eq!(world.heard(), [expected]);
    }
    world.say_binary(peer, b"bytes");
    assert_eq!(world.heard(), [Heard::Packet(socket, None, String::new(), 1)]);
}

#[test]
fn a_session_that_the_server_closes_gets_what_was_sent_before() {
    let mut world = world();
    let (peer, socket) = open(&mut world);
    let conn = world.front.socket(socket).expect("alive").conn;
    world.front.send_message(&conn, Frame::Text("last")).expect("room");
    world.front.close(&conn);
    world.front.send_message(&conn, Frame::Text("late")).expect("room");
    world.front.close(&conn);
    world.turn();
    assert_eq!(world.texts(peer), ["4last", "close"]);
    let ended = [Heard::Disconnected(socket, "forced close"), Heard::Closed(peer.session)];
    assert_eq!(world.heard(), ended);
    assert_eq!(conn.unsent_bytes(), 0);
}

#[test]
fn a_session_that_waits_for_a_get_to_be_closed_is_sent_nothing_more() {
    let mut world = world();
    let poller = world.open_polling();
    let [Heard::Connected(socket)] = world.heard()[..] else { panic!("not connected") };
    let conn = world.front.socket(socket).expect("alive").conn;
    world.front.close(&conn);
    world.front.send_message(&conn, Frame::Text("late")).expect("room");
    world.turn();
    let get = world.get(poller);
    assert_eq!(world.answer(get).as_deref(), Some("200 6\u{1e}1"));
}

#[test]
fn stopping_closes_sessions_as_the_server_does() {
    let mut world = world();
    let (peer, socket) = open(&mut world);
    world.front.stop();
    world.turn();
    let ended =
        [Heard::Disconnected(socket, "forced close"), Heard::Closed(peer.session), Heard::Stopped];
    assert_eq!(world.heard(), ended);
}

#[test]
fn a_connection_of_an_earlier_hub_reaches_nobody() {
    let mut world = world();
    let (_, socket) = open(&mut world);
    let conn = world.front.socket(socket).expect("alive").conn;
    world.front.stop();
    world.turn();
    world.serve_again(Config { raw: true, ..config() });
    world.heard();
    let (peer, other) = open(&mut world);
    assert_eq!(peer.session, conn.session, "keys begin again");
    world.front.send_message(&conn, Frame::Text("lost")).expect("room");
    world.front.close(&conn);
    world.turn();
    assert_eq!(world.texts(peer), [] as [String; 0]);
    assert!(world.front.is_connected(other));
}

#[test]
fn messages_are_bounded_as_events_are() {
    let limit = 10_000;
    let mut world = World::new(Config {
        raw: true,
        send_queue_bytes: limit,
        slow_client: SlowClient::Disconnect,
        ..config()
    });
    let (peer, socket) = open(&mut world);
    let conn = world.front.socket(socket).expect("alive").conn;
    world.block(peer);
    for _ in 0..3 {
        world.front.send_message(&conn, Frame::Binary(&vec![0; limit])).expect("room");
        world.turn();
    }
    let heard = world.heard_but_lines();
    assert_eq!(heard[0], Heard::Disconnected(socket, "slow consumer"));
}
