//! What the server sends: in the order of the commands, in few writes.

use socketio::{Body, Outbound, Sent};

use crate::world::{Heard, World, config, event};

#[test]
fn commands_keep_their_order() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    world.enter(socket, &["r"]);
    world.broadcast(&world.to(Some(&["r"])), "[1]");
    world.emit(socket, "[2]");
    world.front.leave(socket, &["r".into()]);
    world.broadcast(&world.to(Some(&["r"])), "[3]");
    world.front.send(socket, Outbound::Answer(7, Body::json(b"[]")), false).expect("room");
    world.front.disconnect(socket, false);
    let writes = world.writes;
    world.turn();
    assert_eq!(world.texts(peer), ["42[1]", "42[2]", "437[]", "41"]);
    assert_eq!(world.writes - writes, 1, "all of a batch at once");
}

#[test]
fn emits_of_several_threads_keep_the_order_of_each() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let front = &world.front;
            scope.spawn(move || {
                for number in 0..250 {
                    let json = format!("[{thread},{number}]");
                    front.send(socket, event(&json), false).expect("room");
                }
            });
        }
    });
    world.turn();
    let texts = world.texts(peer);
    assert_eq!(texts.len(), 1_000);
    for thread in 0..4 {
        let prefix = format!("42[{thread},");
        let of_thread = texts.iter().filter(|text| text.starts_with(&prefix));
        assert!(of_thread.enumerate().all(|(at, text)| *text == format!("{prefix}{at}]")));
    }
}

#[test]
fn an_attachment_stays_with_its_packet() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    let binary = b"\x82\x02\x01\x02\x82\x00";
    let body = Body { json: b"[\"x\"]", attachments: 2, binary };
    world.front.send(socket, Outbound::Event(body), false).expect("room");
    world.front.broadcast(&world.to(None), body).expect("room");
    world.front.send(socket, Outbound::Answer(3, body), false).expect("room");
    world.turn();
    let expected = [
        "452-[\"x\"]",
        "<[1, 2]>",
        "<[]>",
        "452-[\"x\"]",
        "<[1, 2]>",
        "<[]>",
        "462-3[\"x\"]",
        "<[1, 2]>",
        "<[]>",
    ];
    assert_eq!(world.texts(peer), expected);
}

#[test]
fn one_broadcast_wakes_the_driver_once_and_writes_once_to_each() {
    let mut world = World::new(config());
    let peers: Vec<_> = (0..10).map(|_| world.join().0).collect();
    let (wakes, writes) = (world.wakes(), world.writes);
    for _ in 0..5 {
        world.broadcast(&world.to(None), "[\"x\"]");
    }
    assert_eq!(world.wakes() - wakes, 1);
    world.turn();
    assert_eq!(world.writes - writes, 10);
    assert!(peers.iter().all(|&peer| world.texts(peer).len() == 5));
    world.broadcast(&world.to(None), "[\"x\"]");
    assert_eq!(world.wakes() - wakes, 2, "it sleeps again");
}

#[test]
fn ack_ids_are_counted_per_namespace_and_answers_come_back() {
    let mut world = World::new(config());
    let ((first, one), (second, two)) = (world.join(), world.join());
    for (socket, expected) in [(one, 0), (two, 1), (one, 2)] {
        let question = Outbound::EventWithAck(Body::json(b"[\"q\"]"));
        let sent = world.front.send(socket, question, false).expect("room");
        assert!(matches!(sent, Sent::Queued { id: Some(id), .. } if id == expected));
    }
    world.turn();
    assert_eq!(world.texts(first), ["420[\"q\"]", "422[\"q\"]"]);
    assert_eq!(world.texts(second), ["421[\"q\"]"]);
    world.say(second, "431[true]");
    assert_eq!(world.heard(), [Heard::Answer(two, 1, "[true]".into(), 0)]);
}

#[test]
fn a_batch_ends_however_fast_others_emit() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    world.emit(socket, "[1]");
    assert!(world.hub.handle_commands(world.now));
    world.emit(socket, "[2]");
    assert!(!world.hub.handle_commands(world.now), "it is for the next batch");
    world.turn();
    assert_eq!(world.texts(peer), ["42[1]", "42[2]"]);
}

#[test]
fn a_batch_that_is_ended_too_early_goes_on() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    world.emit(socket, &format!("[\"{}\"]", "x".repeat(2_000_000)));
    world.emit(socket, "[2]");
    assert!(world.hub.handle_commands(world.now));
    world.hub.end_batch();
    world.turn();
    assert_eq!(world.texts(peer)[1..], ["42[2]"]);
}

#[test]
fn past_its_hard_bound_the_inbox_takes_no_packets() {
    let world = World::new(config());
    let everyone = world.to(None);
    let megabyte = format!("[\"{}\"]", "x".repeat(1 << 20));
    let mut past_soft = 0;
    let full = loop {
        match world.front.broadcast(&everyone, Body::json(megabyte.as_bytes())) {
            Ok(true) => past_soft += 1,
            Ok(false) => assert_eq!(past_soft, 0),
            Err(full) => break full,
        }
    };
    assert!((45..=50).contains(&past_soft), "from 16 to 64 MiB: {past_soft}");
    assert_eq!(full.limit, 64 << 20);
    assert!((full.limit..full.limit + (2 << 20)).contains(&full.bytes));
}

#[test]
fn whoever_waits_for_the_inbox_is_told_when_it_was_taken() {
    let mut world = World::new(config());
    world.turn();
    world.broadcast(&world.to(None), "[1]");
    world.front.await_inbox();
    assert_eq!(world.wakes(), 1);
    world.turn();
    assert_eq!(world.heard(), [Heard::InboxDrained]);
    world.front.await_inbox();
    assert_eq!(world.wakes(), 2, "an empty one is told as well");
    world.turn();
    assert_eq!(world.heard(), [Heard::InboxDrained]);
}
