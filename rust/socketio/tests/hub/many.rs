//! Many sockets at once: who is addressed, their rooms and their end, and events that each is to answer.

use std::collections::BTreeSet;

use socketio::{Body, Config, Flow, Limits, SocketKey, Targets};

use crate::world::{Done, Heard, World, config};

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

fn addressed(world: &World, targets: &Targets) -> BTreeSet<SocketKey> {
    let found = world.front.addressed(targets).into_iter();
    let keys: Vec<SocketKey> =
        found.filter_map(|(key, is_connected)| is_connected.then_some(key)).collect();
    let set: BTreeSet<SocketKey> = keys.iter().copied().collect();
    assert_eq!(set.len(), keys.len(), "each once");
    set
}

fn rooms(world: &World, socket: SocketKey) -> BTreeSet<String> {
    let own = world.id(socket);
    world.front.rooms(socket).into_iter().filter(|room| *room != own).collect()
}

#[test]
fn those_are_addressed_whom_a_broadcast_would_reach() {
    let mut world = World::new(config());
    let ((_, one), (_, two), (_, three)) = (world.join(), world.join(), world.join());
    world.enter(one, &["a", "b"]);
    world.enter(two, &["b"]);
    let sender = world.front.socket(one).map(|info| info.id);
    let third = world.id(three);
    for (targets, expected) in [
        (world.to(None), vec![one, two, three]),
        (world.to(Some(&[])), vec![]),
        (world.to(Some(&["nobody's"])), vec![]),
        (world.to(Some(&["b"])), vec![one, two]),
        (world.to(Some(&["a", "b", &third])), vec![one, two, three]),
        (world.to(Some(&[&third])), vec![three]),
        (Targets { except: owned(&["a"]), ..world.to(None) }, vec![two, three]),
        (Targets { except: owned(&["a"]), ..world.to(Some(&["b"])) }, vec![two]),
        (Targets { sender, ..world.to(Some(&["a", "b"])) }, vec![two]),
        (Targets { sender, ..world.to(None) }, vec![two, three]),
    ] {
        assert_eq!(addressed(&world, &targets), expected.into_iter().collect(), "{targets:?}");
    }
}

#[test]
fn only_connected_sockets_of_the_namespace_are_addressed() {
    let mut world = World::new(config());
    world.guard("/guarded");
    let (peer, main) = world.join();
    let namespace = world.front.namespace("/guarded");
    let everyone = Targets { namespace, ..world.to(None) };
    world.say(peer, "40/guarded,");
    let [Heard::Authorize(guarded)] = world.heard()[..] else { panic!("no socket") };
    world.enter(guarded, &["r"]);
    let in_room = Targets { namespace, ..world.to(Some(&["r"])) };
    let id = world.id(guarded);
    assert_eq!(addressed(&world, &everyone), [].into());
    assert_eq!(addressed(&world, &in_room), [].into());
    assert_eq!(world.front.sockets_in(namespace), []);
    assert_eq!(world.front.find_socket(namespace, &id), Some(guarded));
    world.front.accept(guarded);
    assert_eq!(addressed(&world, &everyone), [guarded].into());
    assert_eq!(addressed(&world, &in_room), [guarded].into());
    assert_eq!(world.front.sockets_in(namespace), [(guarded, true)]);
    assert_eq!(addressed(&world, &world.to(None)), [main].into());
    assert_eq!(world.front.find_socket(world.front.namespace("/"), &id), None);
    world.front.disconnect(guarded, false);
    assert_eq!(addressed(&world, &everyone), [].into());
    assert_eq!(addressed(&world, &in_room), [].into());
    assert_eq!(world.front.sockets_in(namespace), [(guarded, false)], "its handlers still run");
    world.turn();
    world.front.forget(guarded);
    assert_eq!(world.front.sockets_in(namespace), []);
    assert_eq!(world.front.find_socket(namespace, &id), None);
}

#[test]
fn members_are_the_same_from_both_sides_whatever_comes_and_goes() {
    let mut world = World::new(config());
    let names = ["a", "b", "c"];
    let mut sockets = Vec::new();
    // A pseudo-random sequence (of Lehmer), so that lists lose members at every place.
    let mut state: u64 = 1;
    let mut choose = |among: usize| {
        state = state * 48_271 % 0x7fff_ffff;
        usize::try_from(state).unwrap() % among
    };
    for _ in 0..2_000 {
        match choose(8) {
            0 => sockets.push(world.join().1),
            1 if sockets.len() > 5 => {
                let socket = sockets.swap_remove(choose(sockets.len()));
                world.front.disconnect(socket, true);
                world.turn();
                world.heard();
                world.front.forget(socket);
            }
            2..=4 if !sockets.is_empty() => {
                world.enter(sockets[choose(sockets.len())], &[names[choose(3)]]);
            }
            _ if !sockets.is_empty() => {
                world.front.leave(sockets[choose(sockets.len())], &owned(&[names[choose(3)]]));
            }
            _ => {}
        }
        for name in names {
            let members =
                sockets.iter().copied().filter(|&socket| rooms(&world, socket).contains(name));
            assert_eq!(addressed(&world, &world.to(Some(&[name]))), members.collect());
        }
        assert_eq!(addressed(&world, &world.to(None)), sockets.iter().copied().collect());
    }
}

#[test]
fn many_join_and_leave_in_the_order_of_emits() {
    let mut world = World::new(config());
    let ((first, one), (second, two)) = (world.join(), world.join());
    world.enter(two, &["b"]);
    let room = world.to(Some(&["x"]));
    world.broadcast(&room, "[0]");
    world.front.join_all(&world.to(None), &owned(&["x", "y"]));
    assert_eq!(rooms(&world, one), owned(&["x", "y"]).into_iter().collect());
    world.broadcast(&room, "[1]");
    world.front.leave_all(&world.to(Some(&["b"])), &owned(&["x", "y", "never joined"]));
    assert_eq!(rooms(&world, two), owned(&["b"]).into_iter().collect());
    world.broadcast(&room, "[2]");
    world.turn();
    assert_eq!(world.texts(first), ["42[1]", "42[2]"]);
    assert_eq!(world.texts(second), ["42[1]"]);
}

#[test]
fn many_are_disconnected_behind_what_was_emitted_before() {
    let mut world = World::new(config());
    let ((first, one), (second, two), (third, _)) = (world.join(), world.join(), world.join());
    world.enter(one, &["r"]);
    world.enter(two, &["r", "spared"]);
    world.broadcast(&world.to(Some(&["r"])), "[1]");
    let room = Targets { except: owned(&["spared"]), ..world.to(Some(&["r"])) };
    world.front.disconnect_all(&room, false);
    assert!(!world.front.is_connected(one));
    world.broadcast(&world.to(None), "[2]");
    world.turn();
    assert_eq!(world.texts(first), ["42[1]", "41"]);
    assert_eq!(world.texts(second), ["42[1]", "42[2]"]);
    assert_eq!(world.heard(), [Heard::Disconnected(one, "server namespace disconnect")]);
    assert_eq!(world.take_done(), []);
    world.front.disconnect_all(&world.to(None), true);
    world.turn();
    let closed: BTreeSet<_> =
        world.take_done().into_iter().map(|done| format!("{done:?}")).collect();
    let expected = [second, third].map(|peer| format!("{:?}", Done::Closed(peer.connection)));
    assert_eq!(closed, expected.into());
}

// Answers

fn ask(world: &World, targets: &Targets) -> (u64, Vec<socketio::Receiver>) {
    let asked = world.front.broadcast_with_ack(targets, Body::json(b"[\"q\"]")).expect("room");
    (asked.id, asked.receivers)
}

fn acks(world: &World, socket: SocketKey) -> u32 {
    world.front.socket(socket).expect("alive").conn.acks_awaited()
}

#[test]
fn all_receivers_get_one_id_of_the_namespace() {
    let mut world = World::new(config());
    let ((first, one), (second, two)) = (world.join(), world.join());
    let (id, receivers) = ask(&world, &world.to(None));
    let keys: Vec<_> = receivers.iter().map(|receiver| receiver.socket).collect();
    assert_eq!((id, keys), (0, vec![one, two]));
    assert!(receivers.iter().all(|it| it.conn.is_some()));
    assert!(receivers.iter().all(|it| it.id.as_str() == world.id(it.socket)));
    assert_eq!([acks(&world, one), acks(&world, two)], [1, 1]);
    // As in the reference an id is used also where nobody is asked.
    assert_eq!(ask(&world, &world.to(Some(&[]))).0, 1);
    assert_eq!(ask(&world, &world.to(Some(&["nobody's"]))).0, 2);
    assert_eq!(ask(&world, &world.to(None)).0, 3);
    world.turn();
    assert_eq!(world.texts(first), ["420[\"q\"]", "423[\"q\"]"]);
    assert_eq!(world.texts(second), ["420[\"q\"]", "423[\"q\"]"]);
}

#[test]
fn who_comes_after_the_question_is_not_asked_and_who_leaves_is_no_harm() {
    let mut world = World::new(config());
    let ((first, _), (second, two)) = (world.join(), world.join());
    let (_, receivers) = ask(&world, &world.to(None));
    assert_eq!(receivers.len(), 2);
    world.hang_up(second, engineio::Hangup::Close);
    let late = world.open_before_commands();
    world.say(late, "40");
    world.turn();
    assert_eq!(world.texts(first), ["420[\"q\"]"]);
    let heard = world.texts(late);
    assert!(heard.iter().all(|text| !text.starts_with("42")), "{heard:?}");
    assert_eq!(acks(&world, two), 1, "the language side settles it");
}

#[test]
fn a_paused_client_whose_answer_is_awaited_is_read_on() {
    let mut world = World::new(Config { max_pending_events: 4, ..config() });
    let ((peer, _), (other, _)) = (world.join(), world.join());
    while world.say(peer, "42[\"x\"]") == Flow::Continue {}
    world.turn();
    assert_eq!(world.take_done(), []);
    ask(&world, &world.to(None));
    world.turn();
    assert_eq!(world.take_done(), [Done::Resumed(peer.connection)]);
    assert_eq!(world.texts(other), ["420[\"q\"]"]);
}

#[test]
fn of_whom_too_many_answers_are_awaited_gets_the_event_and_no_more() {
    let limits = Limits { max_pending_acks: 1, ..Limits::default() };
    let mut world = World::new(Config { limits, ..config() });
    let ((peer, one), (_, two)) = (world.join(), world.join());
    ask(&world, &world.to(Some(&[&world.id(one)])));
    let (_, receivers) = ask(&world, &world.to(None));
    let awaited: Vec<_> = receivers.iter().map(|it| (it.socket, it.conn.is_some())).collect();
    assert_eq!(awaited, [(one, false), (two, true)]);
    assert_eq!([acks(&world, one), acks(&world, two)], [1, 1]);
    world.turn();
    assert_eq!(world.texts(peer), ["420[\"q\"]", "421[\"q\"]"]);
    let reached = world.front.stats().limits().find(|&(name, _)| name == "max_pending_acks");
    assert_eq!(reached, Some(("max_pending_acks", 1)));
}

#[test]
fn lists_of_receivers_count_in_the_inbox() {
    let limits = Limits { soft_inbox_bytes: 4_000, max_inbox_bytes: 8_000, ..Limits::default() };
    let mut world = World::new(Config { limits, ..config() });
    for _ in 0..100 {
        world.join();
    }
    let body = || Body::json(b"[1]");
    let mut full = Vec::new();
    let error = loop {
        match world.front.broadcast_with_ack(&world.to(None), body()) {
            Ok(asked) => full.push(asked.is_full),
            Err(error) => break error,
        }
    };
    assert!(full.len() <= 8, "each takes more than 1,000 bytes: {}", full.len());
    assert!(!full[0] && full[full.len() - 1]);
    assert_eq!(error.what, "inbox");
    world.turn();
    assert_eq!(world.front.gauges().inbox_bytes, 0);
    assert!(world.front.broadcast_with_ack(&world.to(None), body()).is_ok());
}
