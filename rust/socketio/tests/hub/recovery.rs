//! Clients that come back after their connection was lost.

mod random;
mod recalling;
mod returning;

use std::collections::BTreeSet;
use std::time::Duration;

use engineio::Hangup;
use socketio::{Body, Config, Limits, RecoveryOptions, SocketKey, Targets};

use crate::world::{Heard, Peer, World, config};

const AWAY: Duration = Duration::from_secs(120);

fn recovering() -> Config {
    let recovery = RecoveryOptions { max_disconnection_duration: AWAY, skip_middlewares: true };
    Config { recovery: Some(recovery), ..config() }
}

/// The value of a key in the text of a packet.
fn value(text: &str, key: &str) -> String {
    let (_, rest) = text.split_once(&format!("\"{key}\":\"")).expect("the key");
    rest.split_once('"').expect("its end").0.to_owned()
}

/// The offset of an event.
fn offset(text: &str) -> String {
    text.trim_end_matches("\"]").rsplit_once('"').expect("an offset").1.to_owned()
}

/// An event without its offset.
fn plain(text: &str) -> String {
    format!("{}]", text.rsplit_once(",\"").expect("an offset").0)
}

struct Client {
    peer: Peer,
    socket: SocketKey,
    sid: String,
    pid: String,
}

/// A client in `/`.
fn join(world: &mut World) -> Client {
    let peer = world.open();
    world.say(peer, "40");
    world.turn();
    let texts = world.texts(peer);
    let [Heard::Connected(socket)] = world.heard()[..] else { panic!("no socket") };
    Client { peer, socket, sid: value(&texts[0], "sid"), pid: value(&texts[0], "pid") }
}

/// The client's connection is lost, and its `disconnecting` handlers end.
fn lose(world: &mut World, client: &Client) {
    world.hang_up(client.peer, Hangup::Close);
    world.turn();
    let heard = world.heard();
    assert_eq!(heard[0], Heard::Disconnected(client.socket, "transport close"), "{heard:?}");
    world.front.forget(client.socket);
}

/// What a client is sent that asks to come back, its own CONNECT packet last.
fn ask(world: &mut World, pid: &str, offset: &str) -> (Peer, Vec<String>) {
    let peer = world.open();
    world.say(peer, &format!("40{{\"pid\":\"{pid}\",\"offset\":\"{offset}\"}}"));
    world.turn();
    (peer, world.texts(peer))
}

fn is_back(client: &Client, texts: &[String]) -> bool {
    let last = texts.last().expect("a CONNECT packet");
    value(last, "pid") == client.pid && value(last, "sid") == client.sid
}

#[test]
fn without_the_option_nothing_is_added() {
    let mut world = World::new(config());
    let peer = world.open();
    world.say(peer, "40");
    world.turn();
    let texts = world.texts(peer);
    assert!(!texts[0].contains("pid"));
    world.broadcast(&world.to(None), "[\"a\"]");
    world.turn();
    assert_eq!(world.texts(peer), ["42[\"a\"]"]);
}

#[test]
fn a_client_comes_back_to_its_rooms_and_gets_what_it_has_missed_before_its_connect() {
    let mut world = World::new(recovering());
    let client = join(&mut world);
    world.enter(client.socket, &["room"]);
    world.emit(client.socket, "[\"first\"]");
    world.turn();
    let first = world.texts(client.peer).remove(0);
    lose(&mut world, &client);
    // To a room without members, to one that it was not in, to its id, to the socket that has gone, and volatile.
    world.broadcast(&world.to(Some(&["room"])), "[\"room\"]");
    world.broadcast(&world.to(Some(&["other"])), "[\"other\"]");
    world.broadcast(&world.to(Some(&[&client.sid])), "[\"id\"]");
    world.emit(client.socket, "[\"socket\"]");
    world.broadcast(&Targets { volatile: true, ..world.to(None) }, "[\"volatile\"]");
    let body = Body { json: b"[\"binary\"]", attachments: 1, binary: &[0x82, 1, 9] };
    world.front.broadcast(&world.to(None), body).unwrap();
    world.turn();
    let (peer, texts) = ask(&mut world, &client.pid, &offset(&first));
    assert!(is_back(&client, &texts), "{texts:?}");
    let missed: Vec<String> = texts[..3].iter().map(|text| plain(text)).collect();
    assert_eq!(missed, ["42[\"room\"]", "42[\"id\"]", "42[\"socket\"]"]);
    assert_eq!((plain(&texts[3]), &texts[4][..]), ("451-[\"binary\"]".into(), "<[9]>"));
    assert_eq!(texts.len(), 6);
    let [Heard::Connected(socket)] = world.heard()[..] else { panic!("no socket") };
    let info = world.front.socket(socket).unwrap();
    assert!(info.restored && info.id.as_str() == client.sid);
    let rooms: BTreeSet<String> = world.front.rooms(socket).into_iter().collect();
    assert_eq!(rooms, BTreeSet::from(["room".to_owned(), client.sid.clone()]));
    world.broadcast(&world.to(Some(&["room"])), "[\"again\"]");
    world.broadcast(&world.to(Some(&[&client.sid])), "[\"id\"]");
    world.turn();
    assert_eq!(world.texts(peer).len(), 2);
}

#[test]
fn a_client_comes_back_as_often_as_it_is_lost() {
    let mut world = World::new(recovering());
    let client = join(&mut world);
    world.emit(client.socket, "[1]");
    world.turn();
    let offset = offset(&world.texts(client.peer)[0]);
    lose(&mut world, &client);
    let (peer, texts) = ask(&mut world, &client.pid, &offset);
    assert!(is_back(&client, &texts));
    let [Heard::Connected(socket)] = world.heard()[..] else { panic!("no socket") };
    let again = Client { peer, socket, ..client };
    lose(&mut world, &again);
    assert!(is_back(&again, &ask(&mut world, &again.pid, &offset).1));
}

#[test]
fn who_asks_with_what_it_was_never_given_begins_anew() {
    let mut world = World::new(recovering());
    world.front.namespace("/other");
    let early = join(&mut world);
    world.emit(early.socket, "[0]");
    world.turn();
    let before = offset(&world.texts(early.peer)[0]);
    let client = join(&mut world);
    world.broadcast(&world.to(None), "[1]");
    let namespace = world.front.namespace("/other");
    world.front.broadcast(&Targets { namespace, ..world.to(None) }, Body::json(b"[2]")).unwrap();
    world.turn();
    let own = offset(&world.texts(client.peer)[0]);
    lose(&mut world, &client);
    let number: u64 = own.parse().unwrap();
    let pid = client.pid.clone();
    let long = "9".repeat(1 << 20);
    // The one before it was connected, one of the other namespace or that never was, and what is no number.
    let (other, never) = ((number + 1).to_string(), (number + 9).to_string());
    for wrong in [&before[..], &other, &never, "0", "-", "+", "", &long] {
        let (peer, texts) = ask(&mut world, &pid, wrong);
        assert!(texts.len() == 1 && !is_back(&client, &texts), "{texts:?}");
        world.hang_up(peer, Hangup::Close);
        world.turn();
    }
    let (_, texts) = ask(&mut world, &"x".repeat(20), &own);
    assert!(!is_back(&client, &texts));
    let peer = world.open();
    world.say(peer, &format!("40/other,{{\"pid\":\"{pid}\",\"offset\":\"{own}\"}}"));
    world.turn();
    assert!(!is_back(&client, &world.texts(peer)));
    // None of this took what is the client's.
    assert!(is_back(&client, &ask(&mut world, &pid, &own).1));
}

#[test]
fn a_client_that_was_away_for_too_long_begins_anew_and_the_language_side_is_told() {
    for (away, expected) in [(AWAY, true), (AWAY + Duration::from_millis(1), false)] {
        let mut world = World::new(recovering());
        let client = join(&mut world);
        world.emit(client.socket, "[1]");
        world.turn();
        let offset = offset(&world.texts(client.peer)[0]);
        lose(&mut world, &client);
        world.now = world.now + away;
        assert_eq!(is_back(&client, &ask(&mut world, &client.pid, &offset).1), expected);
        world.heard();
        world.pass(AWAY);
        let lost = Heard::Lost(client.sid.clone());
        assert_eq!(world.heard().contains(&lost), !expected);
    }
}

#[test]
fn only_those_come_back_whose_connection_was_lost() {
    for leave in ["41", "server", "451-[]", "?"] {
        let mut world = World::new(recovering());
        let client = join(&mut world);
        world.emit(client.socket, "[1]");
        world.turn();
        let offset = offset(&world.texts(client.peer)[0]);
        if leave == "server" {
            world.front.disconnect(client.socket, true);
        } else {
            world.say(client.peer, leave);
        }
        world.turn();
        world.hang_up(client.peer, Hangup::Close);
        world.turn();
        world.front.forget(client.socket);
        let (_, texts) = ask(&mut world, &client.pid, &offset);
        // What is no packet of Socket.IO is answered with a forced close; what is none of Engine.IO is a parse error.
        assert_eq!(is_back(&client, &texts), leave == "451-[]", "{leave}");
    }
}

#[test]
fn what_falls_out_of_the_log_makes_clients_begin_anew() {
    let limits = Limits { max_recovery_bytes: 8_000, ..Limits::default() };
    let mut world = World::new(Config { limits, ..recovering() });
    let client = join(&mut world);
    world.emit(client.socket, "[1]");
    world.turn();
    let offset = offset(&world.texts(client.peer)[0]);
    lose(&mut world, &client);
    for _ in 0..100 {
        world.broadcast(&world.to(None), "[\"some text that takes a little room\"]");
    }
    world.turn();
    let (_, texts) = ask(&mut world, &client.pid, &offset);
    assert!(texts.len() == 1 && !is_back(&client, &texts), "{texts:?}");
}

#[test]
fn a_client_that_missed_more_than_its_queue_holds_begins_anew() {
    let mut world = World::new(Config { send_queue_bytes: 1_000, ..recovering() });
    let client = join(&mut world);
    world.emit(client.socket, "[1]");
    world.turn();
    let offset = offset(&world.texts(client.peer)[0]);
    lose(&mut world, &client);
    for _ in 0..100 {
        world.broadcast(&world.to(None), "[\"some text\"]");
    }
    world.turn();
    let (peer, texts) = ask(&mut world, &client.pid, &offset);
    assert!(!is_back(&client, &texts));
    // It will never be less, so that nothing is kept for it.
    world.hang_up(peer, Hangup::Close);
    world.turn();
    assert!(world.heard().contains(&Heard::Lost(client.sid)));
}

#[test]
fn sessions_make_room_for_later_ones() {
    let limits = Limits { max_recovery_bytes: 8_000, ..Limits::default() };
    let mut world = World::new(Config { limits, ..recovering() });
    let clients: Vec<Client> = (0..40).map(|_| join(&mut world)).collect();
    world.broadcast(&world.to(None), "[1]");
    world.turn();
    let offset = offset(&world.texts(clients[0].peer)[0]);
    let mut lost = Vec::new();
    for client in &clients {
        world.hang_up(client.peer, Hangup::Close);
        world.turn();
        lost.extend(world.heard().into_iter().filter(|it| matches!(it, Heard::Lost(_))));
    }
    assert!(!lost.is_empty() && lost.len() < 40);
    for (index, expected) in [(0, false), (39, true)] {
        let (_, texts) = ask(&mut world, &clients[index].pid, &offset);
        assert_eq!(is_back(&clients[index], &texts), expected);
    }
    assert_eq!(lost[0], Heard::Lost(clients[0].sid.clone()));
}

#[test]
fn what_is_on_its_way_to_the_hub_when_a_client_comes_back_reaches_it_once() {
    let mut world = World::new(recovering());
    let client = join(&mut world);
    world.emit(client.socket, "[1]");
    world.turn();
    let offset = offset(&world.texts(client.peer)[0]);
    lose(&mut world, &client);
    let peer = world.open();
    world.broadcast(&world.to(None), "[2]");
    let wish = format!("40{{\"pid\":\"{}\",\"offset\":\"{offset}\"}}", client.pid);
    world.say(peer, &wish);
    world.broadcast(&world.to(None), "[3]");
    world.turn();
    let texts = world.texts(peer);
    assert_eq!((plain(&texts[0]), plain(&texts[2])), ("42[2]".into(), "42[3]".into()));
    assert!(texts.len() == 3 && is_back(&client, &texts[1..2]));
}
