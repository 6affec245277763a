//! The hub from outside: clients' packets in, events out; commands in, frames out.

mod world;

use std::time::Duration;

use socketio::{Body, Config, Flow, Outbound, Sent, SlowClient, SocketKey, Targets};
use world::{Heard, World, config};

fn event(json: &str) -> Outbound<'_> {
    Outbound::Event(Body::json(json.as_bytes()))
}

fn to(world: &World, rooms: Option<&[&str]>) -> Targets {
    Targets {
        namespace: world.front.namespace("/"),
        rooms: rooms.map(|rooms| rooms.iter().map(ToString::to_string).collect()),
        except: Vec::new(),
        sender: None,
        volatile: false,
    }
}

fn join(world: &World, socket: SocketKey, rooms: &[&str]) {
    world.front.join(socket, &rooms.iter().map(ToString::to_string).collect::<Vec<_>>());
}

#[test]
fn a_client_joins_the_main_namespace_and_is_told_its_id_first() {
    let mut world = World::new(config());
    let peer = world.open();
    world.say(peer, "40{\"token\":1}");
    let [Heard::Connected(socket)] = world.heard()[..] else { panic!("not connected") };
    world.front.send(socket, event("[\"a\"]"), false).expect("room");
    world.turn();
    let info = world.front.socket(socket).expect("alive");
    assert_eq!(world.texts(peer), [format!("40{{\"sid\":\"{}\"}}", info.id), "42[\"a\"]".into()]);
    assert_eq!(info.auth.as_deref(), Some("{\"token\":1}"));
    assert_eq!(world.front.rooms(socket), [info.id.to_string()]);
}

#[test]
fn an_unknown_namespace_is_refused_and_the_connection_stays() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    world.say(peer, "40/nope,");
    world.say(peer, "42[\"still here\"]");
    world.turn();
    assert_eq!(world.texts(peer), ["44/nope,{\"message\":\"Invalid namespace\"}"]);
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"still here\"]".into(), 0)]);
}

#[test]
fn a_guarded_namespace_waits_for_the_verdict() {
    let mut world = World::new(config());
    world.front.guard(world.front.namespace("/"));
    let (refused, accepted) = (world.open(), world.open());
    world.say(refused, "40");
    world.say(accepted, "40");
    let [Heard::Authorize(first), Heard::Authorize(second)] = world.heard()[..] else { panic!() };
    join(&world, second, &["lobby"]);
    world.front.broadcast(&to(&world, None), Body::json(b"[\"early\"]")).expect("room");
    world.front.broadcast(&to(&world, Some(&["lobby"])), Body::json(b"[\"early\"]")).expect("room");
    world.front.refuse(first, b"{\"message\":\"no\"}");
    world.front.accept(second);
    world.front.broadcast(&to(&world, Some(&["lobby"])), Body::json(b"[\"late\"]")).expect("room");
    world.turn();
    assert_eq!(world.texts(refused), ["44{\"message\":\"no\"}"]);
    let texts = world.texts(accepted);
    assert!(texts[0].starts_with("40{\"sid\":"));
    assert_eq!(texts[1..], ["42[\"late\"]"]);
    assert_eq!(world.heard(), [Heard::Connected(second)]);
    assert!(world.front.socket(first).is_none());
}

#[test]
fn a_verdict_on_a_client_that_has_left_is_discarded() {
    let mut world = World::new(config());
    world.front.guard(world.front.namespace("/"));
    let peer = world.open();
    world.say(peer, "40");
    let [Heard::Authorize(socket)] = world.heard()[..] else { panic!() };
    world.hang_up(peer);
    world.front.accept(socket);
    world.turn();
    assert_eq!(world.heard(), [Heard::Closed]);
    assert!(world.front.socket(socket).is_none());
}

#[test]
fn packets_for_a_namespace_that_is_not_joined_close_the_connection() {
    for bad in ["42/x,[\"a\"]", "41/x,", "43/x,0[]", "40", "44{\"message\":\"x\"}"] {
        let mut world = World::new(config());
        let (peer, socket) = world.join();
        world.say(peer, bad);
        let closed = [Heard::Disconnected(socket, "forced server close"), Heard::Closed];
        assert_eq!(world.heard(), closed, "{bad}");
    }
}

#[test]
fn a_bad_packet_closes_with_the_reference_reason() {
    for bad in ["42[\"a\"", "4", "47", "450-[\"x\"]", "42[\"disconnect\"]"] {
        let mut world = World::new(config());
        let (peer, socket) = world.join();
        world.say(peer, bad);
        let heard = world.heard();
        assert!(matches!(&heard[0], Heard::Log(_)), "{bad}");
        let closed = [Heard::Disconnected(socket, "forced close"), Heard::Closed];
        assert_eq!(heard[1..], closed, "{bad}");
    }
}

#[test]
fn attachments_are_joined_to_their_packet() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    world.say(
        peer,
        "452-[\"x\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]",
    );
    world.say_binary(peer, b"one");
    assert_eq!(world.heard(), []);
    world.say_binary(peer, b"two");
    assert!(matches!(world.heard()[..], [Heard::Packet(found, None, _, 2)] if found == socket));
    world.say_binary(peer, b"stray");
    assert!(matches!(world.heard()[1], Heard::Disconnected(_, "forced close")));
}

#[test]
fn text_between_attachments_closes_the_connection() {
    let mut world = World::new(config());
    let (peer, _) = world.join();
    world.say(peer, "451-[\"x\",{\"_placeholder\":true,\"num\":0}]");
    world.say(peer, "42[\"y\"]");
    assert!(matches!(world.heard()[1], Heard::Disconnected(_, "forced close")));
}

#[test]
fn commands_of_one_thread_keep_their_order() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    let front = std::sync::Arc::clone(&world.front);
    join(&world, socket, &["r"]);
    front.broadcast(&to(&world, Some(&["r"])), Body::json(b"[1]")).expect("room");
    front.send(socket, event("[2]"), false).expect("room");
    front.leave(socket, &["r".into()]);
    front.broadcast(&to(&world, Some(&["r"])), Body::json(b"[3]")).expect("room");
    front.send(socket, Outbound::Answer(7, Body::json(b"[]")), false).expect("room");
    world.turn();
    assert_eq!(world.texts(peer), ["42[1]", "42[2]", "437[]"]);
    assert_eq!(world.writes, 3, "open, CONNECT, and all of the batch at once");
}

#[test]
fn a_broadcast_of_one_batch_wakes_the_driver_once() {
    let mut world = World::new(config());
    let peers: Vec<_> = (0..10).map(|_| world.join().0).collect();
    let (wakes, writes) = (world.wakes(), world.writes);
    for _ in 0..5 {
        world.front.broadcast(&to(&world, None), Body::json(b"[\"x\"]")).expect("room");
    }
    assert_eq!(world.wakes() - wakes, 1);
    world.turn();
    assert_eq!(world.writes - writes, 10);
    assert!(peers.iter().all(|&peer| world.texts(peer).len() == 5));
}

#[test]
fn the_sender_and_the_excepted_hear_nothing() {
    let mut world = World::new(config());
    let (first, one) = world.join();
    let (second, two) = world.join();
    let (third, _) = world.join();
    join(&world, two, &["quiet"]);
    let sender = world.front.socket(one).map(|info| info.id);
    let targets = Targets { sender, except: vec!["quiet".into()], ..to(&world, None) };
    world.front.broadcast(&targets, Body::json(b"[\"x\"]")).expect("room");
    world.turn();
    assert_eq!(world.texts(first), [] as [String; 0]);
    assert_eq!(world.texts(second), [] as [String; 0]);
    assert_eq!(world.texts(third), ["42[\"x\"]"]);
}

#[test]
fn an_id_is_a_room_until_its_socket_leaves_it() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    let id = world.front.socket(socket).expect("alive").id.to_string();
    let to_id = to(&world, Some(&[id.as_str()]));
    world.front.broadcast(&to_id, Body::json(b"[1]")).expect("room");
    world.front.leave(socket, &[id.clone()]);
    world.front.broadcast(&to_id, Body::json(b"[2]")).expect("room");
    join(&world, socket, &[id.as_str()]);
    world.front.broadcast(&to_id, Body::json(b"[3]")).expect("room");
    world.turn();
    assert_eq!(world.texts(peer), ["42[1]", "42[3]"]);
}

#[test]
fn ack_ids_are_counted_per_namespace_and_answers_come_back() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    for expected in 0..2 {
        let body = Body::json(b"[\"q\"]");
        let sent = world.front.send(socket, Outbound::EventWithAck(body), false).expect("room");
        assert!(matches!(sent, Sent::Queued { id: Some(id), .. } if id == expected));
    }
    world.turn();
    assert_eq!(world.texts(peer), ["420[\"q\"]", "421[\"q\"]"]);
    world.say(peer, "431[true]");
    assert_eq!(world.heard(), [Heard::Answer(socket, 1, "[true]".into())]);
}

#[test]
fn the_server_disconnects_a_socket_and_the_connection_stays() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    world.front.disconnect(socket, false);
    world.front.disconnect(socket, true);
    assert!(!world.front.is_connected(socket));
    world.turn();
    assert_eq!(world.texts(peer), ["41"]);
    assert_eq!(world.heard(), [Heard::Disconnected(socket, "server namespace disconnect")]);
    assert_eq!(world.front.rooms(socket).len(), 1, "still readable");
    world.front.forget(socket);
    assert_eq!(world.front.rooms(socket), [] as [String; 0]);
    world.say(peer, "40");
    assert!(matches!(world.heard()[..], [Heard::Connected(_)]));
}

#[test]
fn the_server_disconnects_a_client_with_all_its_sockets() {
    let mut world = World::new(config());
    world.front.namespace("/admin");
    let (peer, socket) = world.join();
    world.say(peer, "40/admin,");
    world.turn();
    world.texts(peer);
    let [Heard::Connected(admin)] = world.heard()[..] else { panic!() };
    world.front.disconnect(admin, true);
    world.turn();
    let reason = "server namespace disconnect";
    let gone =
        [Heard::Disconnected(socket, reason), Heard::Disconnected(admin, reason), Heard::Closed];
    assert_eq!(world.heard(), gone);
}

#[test]
fn a_client_leaves_one_namespace() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    world.say(peer, "41");
    assert_eq!(world.heard(), [Heard::Disconnected(socket, "client namespace disconnect")]);
    world.front.send(socket, event("[\"late\"]"), false).expect("room");
    world.turn();
    assert_eq!(world.texts(peer), [] as [String; 0]);
}

#[test]
fn a_session_without_a_namespace_is_closed_in_time() {
    let mut world = World::new(Config { connect_timeout: Duration::from_secs(5), ..config() });
    let (_joined, silent) = (world.join(), world.open());
    world.advance(Duration::from_millis(4_900));
    assert_eq!(world.heard(), []);
    world.advance(Duration::from_millis(200));
    assert_eq!(world.heard(), [Heard::Closed]);
    assert_eq!(world.say(silent, "40"), Flow::Continue);
    assert_eq!(world.heard(), []);
}

#[test]
fn a_missing_pong_ends_the_socket() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    world.advance(Duration::from_secs(26));
    assert_eq!(world.texts(peer), ["2"]);
    world.say(peer, "3");
    world.advance(Duration::from_secs(26));
    assert_eq!(world.texts(peer), ["2"]);
    world.advance(Duration::from_secs(21));
    assert_eq!(world.heard(), [Heard::Disconnected(socket, "ping timeout"), Heard::Closed]);
}

#[test]
fn a_flood_pauses_its_connection_at_the_bound_and_resumes_below_half() {
    let mut world = World::new(Config { max_pending_events: 4, ..config() });
    let (peer, socket) = world.join();
    let conn = world.front.socket(socket).expect("alive").conn;
    for flow in [Flow::Continue, Flow::Continue, Flow::Continue, Flow::Pause] {
        assert_eq!(world.say(peer, "42[\"x\"]"), flow);
    }
    assert_eq!(world.heard().len(), 4);
    world.front.started(&conn, 5);
    world.turn();
    assert!(world.outputs.is_empty(), "three wait: not below half yet");
    world.front.started(&conn, 5);
    world.turn();
    assert!(
        matches!(world.outputs[..], [socketio::Output::Resume { connection }] if connection == peer.connection)
    );
    assert_eq!(world.say(peer, "42[\"x\"]"), Flow::Continue);
}

#[test]
fn reading_goes_on_while_an_answer_is_awaited() {
    let mut world = World::new(Config { max_pending_events: 2, ..config() });
    let (peer, socket) = world.join();
    let conn = world.front.socket(socket).expect("alive").conn;
    world.say(peer, "42[\"x\"]");
    assert_eq!(world.say(peer, "42[\"x\"]"), Flow::Pause);
    conn.ack_awaited();
    world.front.send(socket, Outbound::EventWithAck(Body::json(b"[\"q\"]")), false).expect("room");
    world.turn();
    assert!(matches!(world.outputs[..], [socketio::Output::Resume { .. }]));
    assert_eq!(world.say(peer, "42[\"x\"]"), Flow::Continue);
    assert_eq!(world.say(peer, "430[1]"), Flow::Continue);
    assert_eq!(world.heard().last(), Some(&Heard::Answer(socket, 0, "[1]".into())));
}

#[test]
fn a_post_is_answered_when_its_events_have_room() {
    let mut world = World::new(Config { max_pending_events: 2, ..config() });
    let socketio::Outcome::Respond(response) = world.get("/socket.io/?EIO=4&transport=polling", 1)
    else {
        panic!("no handshake");
    };
    let body = String::from_utf8(response.body).expect("text");
    let sid = &body[9..29];
    let target = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
    let post = |world: &mut World, id: u64, text: &str| {
        let request = engineio::Request::new("POST", &target, "127.0.0.1", false, []);
        let id = engineio::RequestId(id);
        let socketio::Outcome::Body { session, .. } =
            world.hub.handle_request(request, id, world.now)
        else {
            panic!("no body asked for");
        };
        world.hub.handle_body(session, id, text.as_bytes(), world.now);
        world.turn();
    };
    post(&mut world, 2, "40");
    let [Heard::Connected(socket)] = world.heard()[..] else { panic!() };
    assert_eq!(world.outputs.drain(..).count(), 1);
    post(&mut world, 3, "42[\"a\"]\x1e42[\"b\"]\x1e42[\"c\"]");
    assert_eq!(world.heard().len(), 2);
    assert_eq!(world.outputs.len(), 0, "the third event waits, and the client with it");
    let conn = world.front.socket(socket).expect("alive").conn;
    world.front.started(&conn, 5);
    world.turn();
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"c\"]".into(), 0)]);
    assert_eq!(world.outputs.len(), 0, "two wait again");
    world.front.started(&conn, 5);
    world.turn();
    assert_eq!(world.outputs.len(), 1);
}

/// Sends a packet whose frame has this many bytes (126 to 65,535 of payload: a head of four).
fn fill(world: &mut World, socket: SocketKey, bytes: usize) {
    let json = format!("[\"{}\"]", "x".repeat(bytes - 4 - 2 - 4));
    world.front.send(socket, event(&json), false).expect("room");
    world.turn();
}

#[test]
fn a_full_send_queue_ends_a_slow_client_once() {
    for (queued, ends) in [(65_535, false), (65_536, true), (65_537, true)] {
        let mut world = World::new(Config { send_queue_bytes: 65_536, ..config() });
        let (peer, socket) = world.join();
        world.stuck.push(peer.connection);
        fill(&mut world, socket, queued - 1_000);
        fill(&mut world, socket, 1_000);
        assert_eq!(world.heard(), [], "measured before the packet is added: {queued}");
        fill(&mut world, socket, 500);
        assert_eq!(!world.heard().is_empty(), ends, "{queued}");
        fill(&mut world, socket, 500);
        fill(&mut world, socket, 500);
        let gone = Heard::Disconnected(socket, "slow consumer");
        assert_eq!(world.heard().contains(&gone), !ends, "once: {queued}");
    }
}

#[test]
fn a_slow_client_may_miss_packets_instead() {
    let slow_client = SlowClient::Drop;
    let mut world = World::new(Config { send_queue_bytes: 4_096, slow_client, ..config() });
    let (peer, socket) = world.join();
    world.stuck.push(peer.connection);
    for size in [4_096, 100, 101] {
        fill(&mut world, socket, size);
    }
    assert_eq!(world.heard(), []);
    world.stuck.clear();
    fill(&mut world, socket, 200);
    let sizes: Vec<usize> = world.texts(peer).iter().map(String::len).collect();
    assert_eq!(sizes, [4_092], "the packets that found the queue full are missing");
    fill(&mut world, socket, 200);
    assert_eq!(world.texts(peer).len(), 1);
}

#[test]
fn volatile_packets_are_dropped_for_a_client_with_unsent_bytes() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    world.front.send(socket, event("[1]"), true).expect("room");
    world.front.send(socket, event("[2]"), true).expect("room");
    world.turn();
    assert_eq!(world.texts(peer), ["42[1]", "42[2]"]);
    world.stuck.push(peer.connection);
    world.front.send(socket, event("[3]"), false).expect("room");
    world.turn();
    world.front.send(socket, event("[4]"), true).expect("room");
    world.turn();
    world.stuck.clear();
    world.front.send(socket, event("[5]"), false).expect("room");
    world.turn();
    assert_eq!(world.texts(peer), ["42[3]", "42[5]"]);
}

#[test]
fn stopping_ends_every_socket_and_is_told_last() {
    let mut world = World::new(config());
    let (_, one) = world.join();
    let (_, two) = world.join();
    world.open();
    world.front.stop();
    world.turn();
    let heard = world.heard();
    let reason = "server shutting down";
    assert_eq!(heard[..2], [Heard::Disconnected(one, reason), Heard::Disconnected(two, reason)]);
    assert_eq!(heard.iter().filter(|heard| **heard == Heard::Closed).count(), 3);
    assert_eq!(heard.last(), Some(&Heard::Stopped));
    world.front.broadcast(&to(&world, None), Body::json(b"[\"nobody\"]")).expect("dropped");
}
