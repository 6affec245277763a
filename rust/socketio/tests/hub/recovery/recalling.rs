//! Namespaces whose sessions the language side keeps.

use std::collections::BTreeSet;

use engineio::{Hangup, Sid};
use socketio::{Body, Config, Limits, Recalled, RecoveryOptions, SocketKey, Unfit};

use super::{AWAY, ask, join, offset, plain, recovering, value};
use crate::world::{Heard, Peer, World, config};

const OLD: &str = "abcdefghijklmnopqrst";
const PID: &str = "ABCDEFGHIJKLMNOPQRST";

fn external(config: Config) -> World {
    let world = World::new(config);
    world.front.set_external(world.front.namespace("/"), true);
    world
}

/// A client asks to come back, and waits for what the language side says.
fn wait(world: &mut World) -> (Peer, SocketKey) {
    let (peer, texts) = ask(world, PID, "1526919030474-55");
    assert!(texts.is_empty(), "{texts:?}");
    let [Heard::Recall(socket)] = world.heard()[..] else { panic!("not asked") };
    (peer, socket)
}

/// What it was, in two rooms.
fn recall(world: &World, socket: SocketKey, missed: &[Body<'_>]) -> Result<bool, Unfit> {
    let (id, pid) = (Sid::parse(OLD).expect("an id"), Sid::parse(PID).expect("an id"));
    let rooms = ["red".to_owned(), OLD.to_owned()];
    world.front.recalled(socket, Some(&Recalled { id, pid, rooms: &rooms, missed }))
}

fn rooms(world: &World, socket: SocketKey) -> BTreeSet<String> {
    world.front.rooms(socket).into_iter().collect()
}

#[test]
fn an_external_namespace_has_a_pid_and_neither_offsets_nor_sessions() {
    let mut world = external(recovering());
    world.front.namespace("/native");
    let client = join(&mut world);
    world.emit(client.socket, "[1]");
    world.broadcast(&world.to(None), "[2]");
    world.turn();
    assert_eq!(world.texts(client.peer), ["42[1]", "42[2]"]);
    world.say(client.peer, "40/native,");
    world.turn();
    let [Heard::Connected(native)] = world.heard()[..] else { panic!("no socket") };
    world.emit(native, "[3]");
    world.turn();
    // The others are as ever.
    let texts = world.texts(client.peer);
    assert!(offset(&texts[1]).parse::<u64>().is_ok());
    world.hang_up(client.peer, Hangup::Close);
    world.turn();
    assert_eq!(world.take_pids(), [(client.socket, Some(client.pid.clone())), (native, None)]);
    world.front.forget(client.socket);
    world.heard();
    // Nobody has what it was.
    let (peer, texts) = ask(&mut world, &client.pid, &offset(&texts[1]));
    assert!(texts.is_empty());
    let [Heard::Recall(socket)] = world.heard()[..] else { panic!("not asked") };
    assert_eq!(world.front.recalled(socket, None), Ok(false));
    world.turn();
    let texts = world.texts(peer);
    assert_ne!(value(&texts[0], "pid"), client.pid);
    assert_eq!(world.heard(), [Heard::Connected(socket)]);
    assert!(!world.front.socket(socket).unwrap().restored);
}

#[test]
fn only_who_was_connected_and_lost_its_connection_is_to_be_kept() {
    for (leave, is_kept) in [("41", false), ("server", false), ("451-[]", true), ("lost", true)] {
        let mut world = external(recovering());
        let client = join(&mut world);
        match leave {
            "server" => world.front.disconnect(client.socket, false),
            "lost" => world.hang_up(client.peer, Hangup::Close),
            text => {
                world.say(client.peer, text);
            }
        }
        world.turn();
        assert_eq!(world.take_pids(), [(client.socket, is_kept.then_some(client.pid))], "{leave}");
    }
    // Whose middlewares run still can't come back, and the language side is told.
    let mut world = external(recovering());
    world.guard("/");
    let peer = world.open();
    world.say(peer, "40");
    let [Heard::Authorize(socket)] = world.heard()[..] else { panic!("not asked") };
    let id = world.id(socket);
    world.hang_up(peer, Hangup::Close);
    world.turn();
    let heard = world.heard();
    assert_eq!(heard[0], Heard::Disconnected(socket, "transport close"));
    assert!(heard.contains(&Heard::Lost(id)));
    // Without the option there is nothing to be kept.
    let mut world = external(config());
    let peer = world.open();
    world.say(peer, &format!("40{{\"pid\":\"{PID}\",\"offset\":\"1\"}}"));
    world.turn();
    world.hang_up(peer, Hangup::Close);
    world.turn();
    let [(_, None)] = world.take_pids()[..] else { panic!("a pid") };
}

#[test]
fn a_client_comes_back_to_what_the_language_side_has_kept() {
    for (guarded, skip_middlewares) in [(false, false), (true, true), (true, false)] {
        let recovery = RecoveryOptions { max_disconnection_duration: AWAY, skip_middlewares };
        let mut world = external(Config { recovery: Some(recovery), ..config() });
        if guarded {
            world.guard("/");
        }
        let (peer, socket) = wait(&mut world);
        let binary = Body { json: b"[\"b\"]", attachments: 1, binary: &[0x82, 1, 9] };
        let missed = [Body::json(b"[\"a\",\"x\"]"), binary];
        assert_eq!(recall(&world, socket, &missed), Ok(true));
        world.turn();
        if guarded && !skip_middlewares {
            assert!(world.texts(peer).is_empty());
            assert_eq!(world.heard(), [Heard::Authorize(socket)]);
            world.front.accept(socket);
            world.turn();
        }
        let connect = format!("40{{\"sid\":\"{OLD}\",\"pid\":\"{PID}\"}}");
        let expected = ["42[\"a\",\"x\"]", "451-[\"b\"]", "<[9]>", &connect];
        assert_eq!(world.texts(peer), expected);
        assert_eq!(world.heard(), [Heard::Connected(socket)]);
        let info = world.front.socket(socket).unwrap();
        assert!(info.restored && info.id.as_str() == OLD);
        assert_eq!(rooms(&world, socket), BTreeSet::from([OLD.to_owned(), "red".to_owned()]));
        world.broadcast(&world.to(Some(&["red"])), "[1]");
        world.broadcast(&world.to(Some(&[OLD])), "[2]");
        world.turn();
        assert_eq!(world.texts(peer), ["42[1]", "42[2]"]);
        world.hang_up(peer, Hangup::Close);
        world.turn();
        assert_eq!(world.take_pids(), [(socket, Some(PID.to_owned()))]);
    }
}

#[test]
fn what_two_sockets_would_share_goes_to_the_first() {
    let mut world = external(recovering());
    let (first, socket) = wait(&mut world);
    let (second, other) = wait(&mut world);
    assert_eq!(recall(&world, socket, &[]), Ok(true));
    assert_eq!(recall(&world, other, &[]), Err(Unfit::Taken));
    world.turn();
    assert_eq!(value(&world.texts(first)[0], "sid"), OLD);
    let texts = world.texts(second);
    assert!(value(&texts[0], "sid") != OLD && value(&texts[0], "pid") != PID);
    // Be it the id or the secret.
    let other_pid = (OLD.to_owned(), PID.replace('A', "Z"));
    let other_id = (OLD.replace('a', "z"), PID.to_owned());
    for (id, pid) in [other_pid, other_id] {
        let (id, pid) = (Sid::parse(&id).expect("an id"), Sid::parse(&pid).expect("an id"));
        world.turn();
        world.heard();
        let (_, other) = wait(&mut world);
        let session = Recalled { id, pid, rooms: &[], missed: &[] };
        assert_eq!(world.front.recalled(other, Some(&session)), Err(Unfit::Taken));
    }
    world.turn();
    world.heard();
    // While it leaves its id is free.
    world.hang_up(first, Hangup::Close);
    world.turn();
    world.heard();
    let (third, other) = wait(&mut world);
    assert_eq!(recall(&world, other, &[]), Ok(true));
    world.front.forget(socket);
    world.broadcast(&world.to(Some(&["red", OLD])), "[1]");
    world.turn();
    assert_eq!(world.texts(third).len(), 2);
}

#[test]
fn who_has_missed_more_than_its_queue_holds_begins_anew() {
    let mut world = external(Config { send_queue_bytes: 100, ..recovering() });
    let (peer, socket) = wait(&mut world);
    let long = format!("[\"{}\"]", "x".repeat(100));
    assert_eq!(recall(&world, socket, &[Body::json(long.as_bytes())]), Err(Unfit::TooMuch));
    world.turn();
    assert_ne!(value(&world.texts(peer)[0], "sid"), OLD);
    let limits = Limits { max_inbox_bytes: 100, ..Limits::default() };
    let mut world = external(Config { limits, ..recovering() });
    let (_, socket) = wait(&mut world);
    world.broadcast(&world.to(None), &long);
    assert_eq!(recall(&world, socket, &[]), Err(Unfit::NoRoom));
}

#[test]
fn a_client_that_leaves_while_it_is_looked_for_is_gone() {
    let mut world = external(recovering());
    let (peer, socket) = wait(&mut world);
    world.hang_up(peer, Hangup::Close);
    world.turn();
    assert_eq!(world.take_pids(), [(socket, None)]);
    assert_eq!(recall(&world, socket, &[]), Ok(false));
    world.turn();
    assert_eq!((world.heard(), world.front.gauges().sockets), (vec![], 0));
    // The same when its command is on its way, and when it has been accepted by then.
    let (peer, socket) = wait(&mut world);
    assert_eq!(recall(&world, socket, &[]), Ok(true));
    world.hang_up(peer, Hangup::Close);
    world.turn();
    assert_eq!(world.take_pids(), [(socket, Some(PID.to_owned()))]);
    world.front.forget(socket);
    world.guard("/");
    let (peer, socket) = wait(&mut world);
    assert_eq!(world.front.recalled(socket, None), Ok(false));
    world.hang_up(peer, Hangup::Close);
    world.turn();
    assert!(!world.heard().iter().any(|it| matches!(it, Heard::Authorize(_))));
    assert_eq!(world.front.gauges().sockets, 0);
}

#[test]
fn a_client_that_waits_may_send_nothing_and_asks_once() {
    let mut world = external(recovering());
    let (peer, _) = wait(&mut world);
    world.say(peer, "40");
    world.turn();
    assert_eq!(world.heard(), []);
    world.say(peer, "42[\"a\"]");
    world.turn();
    assert!(matches!(world.heard()[..], [Heard::Warning(_), Heard::Disconnected(..), ..]));
}

#[test]
fn only_strings_that_a_server_may_have_given_are_asked_about() {
    let mut world = external(recovering());
    let long = "x".repeat(257);
    for (pid, offset) in [("short", "1"), (PID, &long)] {
        let (_, texts) = ask(&mut world, pid, offset);
        assert_eq!(texts.len(), 1);
    }
    assert!(!world.heard().iter().any(|it| matches!(it, Heard::Recall(_))));
}

#[test]
fn a_namespace_that_was_sought_may_be_external() {
    let mut world = World::new(recovering());
    let parent = world.front.parent();
    let peer = world.open();
    world.say(peer, &format!("40/a,{{\"pid\":\"{PID}\",\"offset\":\"x\"}}"));
    let [Heard::Find(socket, _)] = world.heard()[..] else { panic!("not asked") };
    let child = world.front.make_child("/a", parent, true);
    world.front.set_external(child, true);
    world.front.unguard(child);
    assert!(world.front.found(socket, Some(child)));
    world.turn();
    assert_eq!(world.heard(), [Heard::Recall(socket)]);
    assert_eq!(recall(&world, socket, &[Body::json(b"[1]")]), Ok(true));
    world.turn();
    let texts = world.texts(peer);
    assert_eq!((&texts[0][..], value(&texts[1], "sid")), ("42/a,[1]", OLD.to_owned()));
}

#[test]
fn an_external_namespace_may_become_a_native_one_again() {
    let mut world = external(recovering());
    let (peer, socket) = wait(&mut world);
    assert_eq!(recall(&world, socket, &[]), Ok(true));
    world.turn();
    world.texts(peer);
    world.heard();
    world.front.set_external(world.front.namespace("/"), false);
    world.emit(socket, "[1]");
    world.turn();
    let offset = offset(&world.texts(peer)[0]);
    world.hang_up(peer, Hangup::Close);
    world.turn();
    assert_eq!(world.take_pids(), [(socket, None)]);
    world.broadcast(&world.to(Some(&["red"])), "[2]");
    let (_, texts) = ask(&mut world, PID, &offset);
    assert_eq!((plain(&texts[0]), value(&texts[1], "sid")), ("42[2]".into(), OLD.into()));
}
