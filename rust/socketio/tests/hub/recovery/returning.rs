//! What happens around the moment in which a client comes back.

use std::collections::BTreeSet;
use std::time::Duration;

use engineio::Hangup;
use socketio::{Config, Limits, RecoveryOptions, SocketKey};

use super::{AWAY, Client, ask, is_back, join, lose, offset, plain, recovering, value};
use crate::world::{Done, Heard, Peer, World, config};

/// No client is asked for a sign of life in twice that time.
const SHORT: Duration = Duration::from_secs(10);

/// A hub that asks the middlewares about clients that come back, and one that is away.
fn asking(config: Config) -> (World, Client, String) {
    let recovery = RecoveryOptions { max_disconnection_duration: SHORT, skip_middlewares: false };
    let mut world = World::new(Config { recovery: Some(recovery), ..config });
    let (client, offset) = sent(&mut world);
    lose(&mut world, &client);
    world.guard("/");
    (world, client, offset)
}

/// A client in a room that has been sent something, and its offset.
fn sent(world: &mut World) -> (Client, String) {
    let client = join(world);
    world.enter(client.socket, &["room"]);
    world.emit(client.socket, "[1]");
    world.turn();
    let offset = offset(&world.texts(client.peer)[0]);
    (client, offset)
}

/// A client asks to come back, and waits for its middlewares.
fn wait(world: &mut World, client: &Client, offset: &str) -> (Peer, SocketKey) {
    let (peer, texts) = ask(world, &client.pid, offset);
    assert!(texts.is_empty(), "{texts:?}");
    let [Heard::Authorize(socket)] = world.heard()[..] else { panic!("not asked") };
    assert!(world.front.socket(socket).expect("alive").restored);
    (peer, socket)
}

fn rooms(world: &World, socket: SocketKey) -> BTreeSet<String> {
    world.front.rooms(socket).into_iter().collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

#[test]
fn middlewares_are_skipped_or_asked_and_what_comes_meanwhile_is_missed_too() {
    for skip_middlewares in [true, false] {
        let recovery = RecoveryOptions { max_disconnection_duration: AWAY, skip_middlewares };
        let mut world = World::new(Config { recovery: Some(recovery), ..config() });
        let client = join(&mut world);
        world.emit(client.socket, "[1]");
        world.turn();
        let offset = offset(&world.texts(client.peer)[0]);
        lose(&mut world, &client);
        world.guard("/");
        let (peer, mut texts) = ask(&mut world, &client.pid, &offset);
        if !skip_middlewares {
            let [Heard::Authorize(socket)] = world.heard()[..] else { panic!("not asked") };
            assert!(texts.is_empty());
            world.broadcast(&world.to(None), "[2]");
            world.turn();
            assert!(world.texts(peer).is_empty());
            world.front.accept(socket);
            world.turn();
            texts = world.texts(peer);
            assert_eq!(plain(&texts[0]), "42[2]");
        }
        assert!(is_back(&client, &texts));
    }
}

#[test]
fn a_client_may_be_back_before_its_leave_has_ended() {
    let mut world = World::new(recovering());
    let client = join(&mut world);
    world.enter(client.socket, &["room"]);
    world.emit(client.socket, "[1]");
    world.turn();
    let offset = offset(&world.texts(client.peer)[0]);
    world.hang_up(client.peer, Hangup::Close);
    world.turn();
    world.heard();
    let (peer, texts) = ask(&mut world, &client.pid, &offset);
    assert!(is_back(&client, &texts));
    // The one that has ended takes nothing along.
    world.front.forget(client.socket);
    world.broadcast(&world.to(Some(&[&client.sid])), "[2]");
    world.broadcast(&world.to(Some(&["room"])), "[3]");
    world.turn();
    assert_eq!(world.texts(peer).len(), 2);
}

#[test]
fn what_a_client_had_missed_when_it_came_stays_while_its_middlewares_run() {
    let (mut world, client, offset) = asking(config());
    world.broadcast(&world.to(None), "[2]");
    world.turn();
    world.pass(SHORT);
    let (peer, socket) = wait(&mut world, &client, &offset);
    // By then all of it is too old.
    world.pass(SHORT);
    world.heard();
    world.broadcast(&world.to(Some(&["room"])), "[3]");
    world.front.accept(socket);
    world.turn();
    let texts = world.texts(peer);
    assert_eq!((plain(&texts[0]), plain(&texts[1])), ("42[2]".into(), "42[3]".into()));
    assert!(texts.len() == 3 && is_back(&client, &texts));
    assert_eq!(rooms(&world, socket), set(&["room", &client.sid]));
}

#[test]
fn a_client_begins_anew_in_all_when_it_misses_too_much_while_its_middlewares_run() {
    let few = Limits { max_recovery_bytes: 8_000, ..Limits::default() };
    // What it misses falls out of the log, or does not fit into its queue.
    for config in
        [Config { limits: few, ..config() }, Config { send_queue_bytes: 1_000, ..config() }]
    {
        let (mut world, client, offset) = asking(config);
        let (peer, socket) = wait(&mut world, &client, &offset);
        for _ in 0..100 {
            world.broadcast(&world.to(None), "[\"some text that takes a little room\"]");
        }
        world.turn();
        world.front.accept(socket);
        world.turn();
        assert!(world.texts(peer).is_empty() && world.front.socket(socket).is_none());
        let [Heard::Authorize(new)] = world.heard()[..] else { panic!("not asked again") };
        assert!(!world.front.socket(new).unwrap().restored);
        world.front.accept(new);
        world.turn();
        let texts = world.texts(peer);
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert_ne!(value(&texts[0], "pid"), client.pid);
        assert_eq!(value(&texts[0], "sid"), world.id(new));
        assert_ne!(world.id(new), client.sid);
        assert_eq!(rooms(&world, new), set(&[&world.id(new)]));
        world.broadcast(&world.to(Some(&["room"])), "[2]");
        world.emit(new, "[3]");
        world.turn();
        assert_eq!(plain(&world.texts(peer)[0]), "42[3]");
    }
}

#[test]
fn who_begins_anew_and_has_left_leaves_nothing() {
    let (mut world, client, offset) = asking(Config { send_queue_bytes: 100, ..config() });
    let (peer, socket) = wait(&mut world, &client, &offset);
    for _ in 0..10 {
        world.broadcast(&world.to(None), "[\"some text that takes a little room\"]");
    }
    world.turn();
    world.front.accept(socket);
    world.hang_up(peer, Hangup::Close);
    world.turn();
    let heard = world.heard();
    assert!(!heard.iter().any(|it| matches!(it, Heard::Authorize(_) | Heard::Disconnected(..))));
    assert_eq!(world.front.gauges().sockets, 0);
}

#[test]
fn a_client_that_is_lost_while_its_middlewares_run_may_come_back_still() {
    let (mut world, client, offset) = asking(config());
    let (peer, socket) = wait(&mut world, &client, &offset);
    world.hang_up(peer, Hangup::Close);
    world.turn();
    assert_eq!(world.heard()[0], Heard::Disconnected(socket, "transport close"));
    world.broadcast(&world.to(Some(&["room"])), "[2]");
    let (peer, socket) = wait(&mut world, &client, &offset);
    world.front.accept(socket);
    world.turn();
    let texts = world.texts(peer);
    assert!(texts.len() == 2 && is_back(&client, &texts), "{texts:?}");
    assert_eq!(rooms(&world, socket), set(&["room", &client.sid]));
    // Who was refused may not.
    world.heard();
    lose(&mut world, &Client { peer, socket, ..client });
    let pid = value(&texts[1], "pid");
    let (peer, _) = ask(&mut world, &pid, &offset);
    let [Heard::Authorize(socket)] = world.heard()[..] else { panic!("not asked") };
    world.front.refuse(socket, b"{}");
    world.turn();
    world.hang_up(peer, Hangup::Close);
    world.turn();
    world.heard();
    ask(&mut world, &pid, &offset);
    let [Heard::Authorize(socket)] = world.heard()[..] else { panic!("not asked") };
    assert!(!world.front.socket(socket).unwrap().restored);
}

#[test]
fn a45_a_connection_that_is_believed_to_live_is_closed_first() {
    let mut world = World::new(recovering());
    world.front.namespace("/other");
    let (client, offset) = sent(&mut world);
    world.say(client.peer, "40/other,");
    world.turn();
    world.texts(client.peer);
    let [Heard::Connected(other)] = world.heard()[..] else { panic!("no socket") };
    world.emit(other, "[1]");
    world.turn();
    let elsewhere = super::offset(&world.texts(client.peer)[0]);
    world.broadcast(&world.to(Some(&["room"])), "[2]");
    world.turn();
    // Who does not know what it was sent, or asks in another namespace, ends nobody.
    assert!(!is_back(&client, &ask(&mut world, &client.pid, "1").1));
    for offset in [&offset, &elsewhere] {
        let peer = world.open();
        let wish = format!("40/other,{{\"pid\":\"{}\",\"offset\":\"{offset}\"}}", client.pid);
        world.say(peer, &wish);
        world.turn();
        assert!(!is_back(&client, &world.texts(peer)));
    }
    assert!(!world.heard().iter().any(|it| matches!(it, Heard::Disconnected(..))));
    let (peer, texts) = ask(&mut world, &client.pid, &offset);
    assert!(texts.len() == 2 && is_back(&client, &texts), "{texts:?}");
    assert_eq!(plain(&texts[0]), "42[2]");
    let heard = world.heard_but_lines();
    let [first, second, Heard::Closed(_), Heard::Connected(socket)] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert_eq!(*first, Heard::Disconnected(client.socket, "forced close"));
    assert_eq!(*second, Heard::Disconnected(other, "forced close"));
    assert!(world.take_done().contains(&Done::Aborted(client.peer.connection)));
    assert_eq!(rooms(&world, *socket), set(&["room", &client.sid]));
    // The same where its middlewares run still: of two that ask at a time the last one has it.
    let (last, texts) = ask(&mut world, &client.pid, &offset);
    assert!(is_back(&client, &texts));
    assert!(world.take_done().contains(&Done::Aborted(peer.connection)));
    world.front.forget(client.socket);
    world.front.forget(*socket);
    world.broadcast(&world.to(Some(&["room", &client.sid])), "[3]");
    world.turn();
    assert_eq!(world.texts(last).len(), 1);
}

#[test]
fn of_two_that_wait_for_their_middlewares_the_last_one_comes_back() {
    let (mut world, client, offset) = asking(config());
    let (_, first) = wait(&mut world, &client, &offset);
    let (peer, texts) = ask(&mut world, &client.pid, &offset);
    assert!(texts.is_empty());
    let heard = world.heard_but_lines();
    let [ended, Heard::Closed(_), Heard::Authorize(second)] = &heard[..] else {
        panic!("{heard:?}")
    };
    assert_eq!(*ended, Heard::Disconnected(first, "forced close"));
    world.front.accept(first);
    world.front.accept(*second);
    world.turn();
    assert!(is_back(&client, &world.texts(peer)));
    assert_eq!(world.front.gauges().sockets, 1);
}

#[test]
fn rooms_that_its_last_handlers_join_and_leave_are_what_a_client_comes_back_to() {
    // Before its leave has ended, and after.
    for has_left in [false, true] {
        let mut world = World::new(recovering());
        let (client, offset) = sent(&mut world);
        world.hang_up(client.peer, Hangup::Close);
        world.turn();
        world.heard();
        world.enter(client.socket, &["late"]);
        world.front.leave(client.socket, &["room".to_owned()]);
        world.turn();
        if has_left {
            world.front.forget(client.socket);
            world.enter(client.socket, &["too late"]);
        }
        world.broadcast(&world.to(Some(&["late"])), "[2]");
        world.broadcast(&world.to(Some(&["room"])), "[3]");
        world.turn();
        let (peer, texts) = ask(&mut world, &client.pid, &offset);
        assert!(is_back(&client, &texts));
        assert_eq!((texts.len(), plain(&texts[0])), (2, "42[2]".into()));
        let [Heard::Connected(socket)] = world.heard()[..] else { panic!("no socket") };
        assert_eq!(rooms(&world, socket), set(&["late", &client.sid]));
        world.broadcast(&world.to(Some(&["late"])), "[4]");
        world.turn();
        assert_eq!(world.texts(peer).len(), 1);
    }
}

#[test]
fn rooms_that_are_joined_last_are_bounded_too() {
    let limits = Limits { max_recovery_bytes: 8_000, ..Limits::default() };
    let mut world = World::new(Config { limits, ..recovering() });
    let (client, offset) = sent(&mut world);
    world.hang_up(client.peer, Hangup::Close);
    world.turn();
    world.heard();
    world.enter(client.socket, &["x".repeat(8_000).as_str()]);
    world.front.forget(client.socket);
    assert!(!is_back(&client, &ask(&mut world, &client.pid, &offset).1));
    world.pass(Duration::from_secs(60));
    assert!(world.heard().contains(&Heard::Lost(client.sid)));
}

#[test]
fn a_client_comes_back_to_the_room_of_its_id_in_any_case() {
    let mut world = World::new(recovering());
    let (client, offset) = sent(&mut world);
    world.front.leave(client.socket, std::slice::from_ref(&client.sid));
    lose(&mut world, &client);
    let (peer, _) = ask(&mut world, &client.pid, &offset);
    world.broadcast(&world.to(Some(&[&client.sid])), "[2]");
    world.turn();
    assert_eq!(world.texts(peer).len(), 1);
}
