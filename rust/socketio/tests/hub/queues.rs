//! Clients that are sent more than they read.

use socketio::{Config, Sent, SlowClient, SocketKey};

use crate::world::{Done, Heard, World, config, event};

fn is_gone(heard: &[Heard], socket: SocketKey) -> bool {
    let gone = Heard::Disconnected(socket, "slow consumer");
    heard.iter().filter(|heard| **heard == gone).count() == 1
}

#[test]
fn a_full_send_queue_ends_a_slow_client_once() {
    for (queued, ends) in [(65_535, false), (65_536, true), (65_537, true)] {
        let mut world = World::new(Config { send_queue_bytes: 65_536, ..config() });
        let (peer, socket) = world.join();
        world.block(peer);
        world.fill(socket, queued - 1_000);
        world.fill(socket, 1_000);
        assert_eq!(world.heard(), [], "measured before the packet is added: {queued}");
        world.fill(socket, 500);
        let heard = world.heard();
        assert_eq!(is_gone(&heard, socket), ends, "{queued}");
        world.fill(socket, 500);
        world.fill(socket, 500);
        assert_eq!(is_gone(&world.heard(), socket), !ends, "once: {queued}");
        assert_eq!(world.take_done(), [Done::Aborted(peer.connection)], "no close frame waits");
    }
}

#[test]
fn refusals_count_too() {
    let mut world = World::new(Config { send_queue_bytes: 1_000, ..config() });
    let (peer, socket) = world.join();
    world.block(peer);
    let name = "x".repeat(900);
    for gone in [false, false, true] {
        world.say(peer, &format!("40/{name},"));
        world.turn();
        assert_eq!(is_gone(&world.heard(), socket), gone);
    }
}

#[test]
fn a_slow_client_is_told_of_in_the_log() {
    let mut world = World::new(Config { send_queue_bytes: 1_000, ..config() });
    let (peer, socket) = world.join();
    world.block(peer);
    world.fill(socket, 1_000);
    world.fill(socket, 200);
    let line = "disconnected a slow consumer: its send queue is full; see send_queue_bytes";
    let expected = [
        Heard::Warning(line.into()),
        Heard::Disconnected(socket, "slow consumer"),
        Heard::Closed(peer.session),
    ];
    assert_eq!(world.heard(), expected);
}

#[test]
fn one_larger_packet_passes_to_a_client_that_has_nothing_waiting() {
    let mut world = World::new(Config { send_queue_bytes: 1_000, ..config() });
    let (peer, socket) = world.join();
    world.block(peer);
    world.fill(socket, 60_000);
    assert_eq!(world.heard(), []);
    world.unblock(peer);
    assert_eq!(world.texts(peer).len(), 1);
}

#[test]
fn a_slow_client_may_miss_packets_instead() {
    let slow_client = SlowClient::Drop;
    let mut world = World::new(Config { send_queue_bytes: 4_096, slow_client, ..config() });
    let (peer, socket) = world.join();
    world.block(peer);
    for bytes in [4_095, 200, 201, 202] {
        world.fill(socket, bytes);
    }
    assert_eq!(world.heard(), []);
    world.unblock(peer);
    let sizes: Vec<usize> = world.texts(peer).iter().map(String::len).collect();
    assert_eq!(sizes, [4_091, 196], "those that found the queue full are missing");
    world.fill(socket, 203);
    assert_eq!(world.texts(peer).len(), 1);
}

#[test]
fn others_get_what_a_slow_member_of_their_room_misses() {
    let mut world = World::new(Config { send_queue_bytes: 1 << 20, ..config() });
    let ((slow, socket), (other, _)) = (world.join(), world.join());
    world.block(slow);
    let mut got = 0;
    for _ in 0..100 {
        world.broadcast(&world.to(None), &format!("[\"{}\"]", "x".repeat(50_000)));
        world.turn();
        got += world.texts(other).len();
    }
    assert_eq!(got, 100);
    assert!(is_gone(&world.heard(), socket));
}

#[test]
fn a_client_is_not_called_slow_before_a_write_was_tried() {
    let mut world = World::new(Config { send_queue_bytes: 100_000, ..config() });
    let (peer, socket) = world.join();
    for _ in 0..100 {
        world.emit(socket, &format!("[\"{}\"]", "x".repeat(5_000)));
    }
    world.turn();
    assert_eq!(world.heard(), []);
    assert_eq!(world.texts(peer).len(), 100);
}

#[test]
fn a_stuck_client_does_not_make_the_writes_of_others_small() {
    let mut world = World::new(Config { send_queue_bytes: 1_000_000, ..config() });
    let (stuck, (other, _)) = (world.join().0, world.join());
    world.block(stuck);
    let writes = world.writes;
    for _ in 0..500 {
        world.broadcast(&world.to(None), &format!("[\"{}\"]", "x".repeat(1_000)));
    }
    world.turn();
    assert_eq!(world.texts(other).len(), 500);
    assert!(world.writes - writes <= 6, "{} writes for both", world.writes - writes);
}

#[test]
fn volatile_packets_are_dropped_for_a_client_with_unsent_bytes() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    let emit = |world: &mut World, json: &str, volatile| {
        world.front.send(socket, event(json), volatile).expect("room in the inbox");
    };
    emit(&mut world, "[1]", true);
    emit(&mut world, "[2]", true);
    world.turn();
    assert_eq!(world.texts(peer), ["42[1]", "42[2]"], "what one batch brings goes together");
    world.block(peer);
    emit(&mut world, "[3]", false);
    world.turn();
    emit(&mut world, "[4]", true);
    let targets = socketio::Targets { volatile: true, ..world.to(None) };
    world.broadcast(&targets, "[5]");
    world.turn();
    world.unblock(peer);
    emit(&mut world, "[6]", true);
    world.turn();
    assert_eq!(world.texts(peer), ["42[3]", "42[6]"]);
}

#[test]
fn volatile_packets_reach_a_polling_client_that_waits_for_them() {
    let mut world = World::new(config());
    let (poller, socket) = world.join_polling();
    world.front.send(socket, event("[1]"), true).expect("room in the inbox");
    world.turn();
    let get = world.get(poller);
    assert_eq!(world.answer(get), None, "no GET had waited");
    world.front.send(socket, event("[2]"), true).expect("room in the inbox");
    world.front.send(socket, event("[3]"), true).expect("room in the inbox");
    world.turn();
    assert_eq!(world.answer(get).as_deref(), Some("200 42[2]\u{1e}42[3]"));
}

#[test]
fn whoever_waits_for_a_client_is_told_when_its_queue_has_room() {
    let mut world = World::new(Config { send_queue_bytes: 40_000, ..config() });
    let (peer, socket) = world.join();
    let conn = world.front.socket(socket).expect("alive").conn;
    world.block(peer);
    let sent = world.emit(socket, &format!("[\"{}\"]", "x".repeat(20_000)));
    let Sent::Queued { unsent_bytes, .. } = sent else { panic!("gone") };
    assert!(unsent_bytes > 20_000, "in the inbox");
    world.hub.handle_commands(world.now);
    assert_eq!(conn.unsent_bytes(), unsent_bytes, "on its way");
    world.turn();
    assert_eq!(conn.unsent_bytes(), unsent_bytes, "in the hub");
    conn.await_drain();
    world.turn();
    assert_eq!(world.heard(), []);
    world.unblock(peer);
    assert_eq!(conn.unsent_bytes(), 0);
    assert_eq!(world.heard(), [Heard::Drained(peer.session)]);
    world.fill(socket, 200);
    assert_eq!(world.heard(), [], "it is told once");
}

#[test]
fn broadcasts_count_for_those_who_wait_for_a_client() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    world.block(peer);
    world.broadcast(&world.to(None), "[\"x\"]");
    world.turn();
    assert_eq!(world.front.socket(socket).expect("alive").conn.unsent_bytes(), 9);
}

#[test]
fn whoever_waits_for_a_client_is_told_though_its_socket_has_left_meanwhile() {
    let mut world = World::new(Config { send_queue_bytes: 40_000, ..config() });
    let (peer, socket) = world.join();
    let conn = world.front.socket(socket).expect("alive").conn;
    world.emit(socket, &format!("[\"{}\"]", "x".repeat(20_000)));
    conn.await_drain();
    world.say(peer, "41");
    let ended = Heard::Disconnected(socket, "client namespace disconnect");
    assert_eq!(world.heard(), [ended]);
    world.turn();
    assert_eq!(world.heard(), [Heard::Drained(peer.session)]);
}

#[test]
fn whoever_waits_for_a_polling_client_is_told_when_it_took_what_waited() {
    for get_waits in [false, true] {
        let mut world = World::new(Config { send_queue_bytes: 40_000, ..config() });
        let (poller, socket) = world.join_polling();
        let conn = world.front.socket(socket).expect("alive").conn;
        if get_waits {
            world.get(poller);
        }
        world.emit(socket, &format!("[\"{}\"]", "x".repeat(20_000)));
        conn.await_drain();
        world.turn();
        if !get_waits {
            assert_eq!(world.heard(), []);
            assert!(conn.unsent_bytes() > 20_000);
            world.get(poller);
        }
        assert_eq!(world.heard(), [Heard::Drained(poller.session)], "{get_waits}");
        assert_eq!(conn.unsent_bytes(), 0);
    }
}

#[test]
fn a_polling_client_that_does_not_poll_is_slow_too() {
    let mut world = World::new(Config { send_queue_bytes: 10_000, ..config() });
    let (poller, socket) = world.join_polling();
    for _ in 0..3 {
        world.fill(socket, 6_000);
    }
    assert!(is_gone(&world.heard(), socket));
    let get = world.get(poller);
    let answer = world.answer(get).expect("a session that is gone is not waited for");
    assert!(answer.starts_with("400 "), "{answer}");
}
