//! A client that sends faster than its events start: its reads pause, and every pause ends.

use socketio::{Body, Config, Flow, Outbound, SlowClient, SocketKey};

use crate::world::{Done, Heard, Peer, World, config};

const EVENT: &str = "42[\"x\"]";
const EVENT_BYTES: usize = 5;

/// A client that may have `max` events waiting.
fn flooded(max: u32) -> (World, Peer, SocketKey) {
    let mut world = World::new(Config { max_pending_events: max, ..config() });
    let (peer, socket) = world.join();
    for _ in 1..max {
        assert_eq!(world.say(peer, EVENT), Flow::Continue);
    }
    assert_eq!(world.say(peer, EVENT), Flow::Pause);
    world.turn();
    world.heard();
    (world, peer, socket)
}

fn start(world: &mut World, socket: SocketKey, bytes: usize) {
    let conn = world.front.socket(socket).expect("alive").conn;
    world.front.started(&conn, bytes);
    world.turn();
}

fn ask(world: &mut World, socket: SocketKey) {
    world.front.socket(socket).expect("alive").conn.ack_awaited();
    let question = Outbound::EventWithAck(Body::json(b"[\"q\"]"));
    world.front.send(socket, question, false).expect("room");
    world.turn();
}

#[test]
fn a_flood_pauses_at_the_bound_and_resumes_at_half() {
    let (mut world, peer, socket) = flooded(4);
    start(&mut world, socket, EVENT_BYTES);
    assert_eq!(world.take_done(), [], "three wait: not half yet");
    start(&mut world, socket, EVENT_BYTES);
    assert_eq!(world.take_done(), [Done::Resumed(peer.connection)]);
    assert_eq!(world.say(peer, EVENT), Flow::Continue);
}

#[test]
fn the_bytes_of_events_are_bounded_too() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    let half = format!("[\"{}\"]", "x".repeat(512 * 1024));
    assert_eq!(world.say(peer, &format!("42{half}")), Flow::Continue);
    assert_eq!(world.say(peer, &format!("42{half}")), Flow::Pause);
    start(&mut world, socket, half.len());
    assert_eq!(world.take_done(), [], "somewhat more than half of 1 MiB");
    start(&mut world, socket, half.len());
    assert_eq!(world.take_done(), [Done::Resumed(peer.connection)]);
}

#[test]
fn events_that_are_dropped_with_their_socket_resume_their_client() {
    let (mut world, peer, socket) = flooded(4);
    world.front.disconnect(socket, false);
    for _ in 0..4 {
        start(&mut world, socket, EVENT_BYTES);
    }
    assert_eq!(world.take_done(), [Done::Resumed(peer.connection)]);
}

#[test]
fn a_paused_client_may_hang_up() {
    let (mut world, peer, socket) = flooded(4);
    let conn = world.front.socket(socket).expect("alive").conn;
    world.hang_up(peer, engineio::Hangup::Close);
    let ended = Heard::Disconnected(socket, "transport close");
    assert_eq!(world.heard(), [ended, Heard::Closed(peer.session)]);
    for _ in 0..4 {
        world.front.started(&conn, EVENT_BYTES);
    }
    world.turn();
    assert_eq!(world.take_done(), []);
}

#[test]
fn a_paused_client_is_not_judged_by_its_pongs() {
    let (mut world, peer, socket) = flooded(2);
    world.pass(std::time::Duration::from_secs(600));
    assert_eq!(world.heard(), []);
    assert_eq!(world.texts(peer), ["2"], "it is pinged, and its pong is not read");
    start(&mut world, socket, EVENT_BYTES);
    assert_eq!(world.take_done(), [Done::Resumed(peer.connection)]);
    world.pass(std::time::Duration::from_secs(19));
    assert_eq!(world.heard(), []);
    world.pass(std::time::Duration::from_secs(2));
    assert_eq!(world.heard_but_lines()[0], Heard::Disconnected(socket, "ping timeout"));
}

#[test]
fn a_client_whose_answer_is_awaited_is_resumed() {
    let (mut world, peer, socket) = flooded(2);
    ask(&mut world, socket);
    assert_eq!(world.take_done(), [Done::Resumed(peer.connection)]);
    assert_eq!(world.say(peer, EVENT), Flow::Continue);
    assert_eq!(world.say(peer, "430[1]"), Flow::Continue);
    assert_eq!(world.heard().last(), Some(&Heard::Answer(socket, 0, "[1]".into(), 0)));
    world.front.socket(socket).expect("alive").conn.ack_settled();
    assert_eq!(world.say(peer, EVENT), Flow::Pause, "as soon as no answer is awaited");
}

/// Sends `packet` until the client is closed; how many it took, and the line that tells why.
fn flood_while_awaited(packet: &str) -> (usize, String) {
    let (mut world, peer, socket) = flooded(2);
    ask(&mut world, socket);
    for count in 1..200_000 {
        assert_eq!(world.say(peer, packet), Flow::Continue);
        if let Some(Heard::Warning(line)) = world.heard().into_iter().find(is_warning) {
            let closed = world.texts(peer);
            world.turn();
            assert_eq!(closed.len() + world.texts(peer).len(), 2, "the question and the close");
            return (count, line);
        }
    }
    panic!("nothing ends it");
}

fn is_warning(heard: &Heard) -> bool {
    matches!(heard, Heard::Warning(_))
}

#[test]
fn a_flood_while_an_answer_is_awaited_is_bounded_in_bytes_and_in_count() {
    let (count, line) = flood_while_awaited(&format!("42[\"{}\"]", "x".repeat(100_000)));
    assert_eq!(count, 43, "4 MiB");
    assert!(line.contains("bytes waiting while the server awaits its answer"), "{line}");
    let (count, line) = flood_while_awaited("42");
    assert_eq!(count, 8_192 - 2 + 1, "events that weigh nothing");
    assert!(line.starts_with("closed a connection with 8192 events"), "{line}");
}

#[test]
fn coming_and_going_counts_as_events() {
    let mut world = World::new(config());
    let (peer, _) = world.join();
    let mut joins = 0;
    while world.say(peer, "41") == Flow::Continue && world.say(peer, "40") == Flow::Continue {
        joins += 1;
        assert!(joins < 1_000, "nothing holds it back");
    }
    assert_eq!(joins, 256 / 2 - 1, "each time two events for the loop");
    assert_eq!(world.heard().len(), 256);
    world.turn();
    assert_eq!(world.take_done(), [Done::Resumed(peer.connection)]);
}

#[test]
fn a_client_that_only_comes_and_goes_is_slow_too() {
    for slow_client in [SlowClient::Disconnect, SlowClient::Drop] {
        let mut world = World::new(Config { send_queue_bytes: 1_000, slow_client, ..config() });
        let (peer, _) = world.join();
        world.block(peer);
        for _ in 0..100 {
            world.say(peer, "41");
            world.say(peer, "40");
            world.turn();
        }
        assert!(world.heard().contains(&Heard::Closed(peer.session)), "{slow_client:?}");
    }
}

#[test]
fn one_large_event_passes_while_an_answer_is_awaited() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    ask(&mut world, socket);
    world.say(peer, "4510-[\"x\"]");
    for _ in 0..10 {
        world.say_binary(peer, &vec![0; 1_000_000]);
    }
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"x\"]".into(), 10)]);
}

#[test]
fn all_clients_together_are_bounded() {
    let mut world = World::new(Config { max_pending_events: 10_000, ..config() });
    let all: Vec<_> = (0..10).map(|_| world.join()).collect();
    let mut taken = vec![0; all.len()];
    for (number, &(peer, _)) in all.iter().enumerate() {
        for _ in 0..7_000 {
            taken[number] += 1;
            if world.say(peer, EVENT) == Flow::Pause {
                break;
            }
        }
    }
    world.turn();
    world.heard();
    assert_eq!(taken[..9], [7_000; 9], "all may have 65,536 together");
    assert_eq!(taken[9], 65_536 / 10, "then each its share");
    let (last, socket) = all[9];
    let conn = world.front.socket(socket).expect("alive").conn;
    for _ in 0..taken[9] {
        assert_eq!(world.take_done(), []);
        world.front.started(&conn, EVENT_BYTES);
        world.turn();
        if conn.pending().0 as usize == 65_536 / 10 / 2 {
            break;
        }
    }
    assert_eq!(
        world.take_done(),
        [Done::Resumed(last.connection)],
        "at half of its share, whatever the others have"
    );
}
