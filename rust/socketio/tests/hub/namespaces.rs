//! How clients join namespaces, and what becomes of those that don't.

use std::time::Duration;

use socketio::{Config, Flow, SocketKey};

use crate::world::{Done, Heard, Peer, World, config};

/// A client that asks for `/`, whose middlewares run.
fn ask(world: &mut World) -> (Peer, SocketKey) {
    let peer = world.open();
    world.say(peer, "40");
    match world.heard()[..] {
        [Heard::Authorize(socket)] => (peer, socket),
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_is_told_its_id_before_anything_else() {
    let mut world = World::new(config());
    let peer = world.open();
    world.say(peer, "40{\"token\":1}");
    let [Heard::Connected(socket)] = world.heard()[..] else { panic!("not connected") };
    world.emit(socket, "[\"a\"]");
    world.turn();
    let info = world.front.socket(socket).expect("alive");
    assert_eq!(world.texts(peer), [format!("40{{\"sid\":\"{}\"}}", info.id), "42[\"a\"]".into()]);
    assert_eq!(info.auth.as_deref(), Some("{\"token\":1}"));
    assert_eq!(world.front.rooms(socket), [info.id.to_string()]);
    assert_ne!(info.id, info.conn.sid, "the engine's id is a secret");
}

#[test]
fn each_namespace_has_a_socket_of_its_own() {
    let mut world = World::new(config());
    world.front.namespace("/admin");
    let (peer, main) = world.join();
    world.say(peer, "40/admin,{\"token\":2}");
    let admin = world.joined(peer);
    assert_ne!(world.id(main), world.id(admin));
    assert_eq!(world.front.socket(main).expect("alive").auth, None);
    assert_eq!(world.front.socket(admin).expect("alive").auth.as_deref(), Some("{\"token\":2}"));
    world.say(peer, "42/admin,[\"x\"]");
    assert_eq!(world.heard(), [Heard::Packet(admin, None, "[\"x\"]".into(), 0)]);
    world.emit(admin, "[\"y\"]");
    world.turn();
    assert_eq!(world.texts(peer), ["42/admin,[\"y\"]"]);
}

#[test]
fn an_unknown_namespace_is_refused_and_the_connection_stays() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    let long = "x".repeat(256);
    world.front.namespace(&format!("/{long}"));
    for name in ["/nope", "/nope?token=1", "/Nope", &format!("/{long}")] {
        world.say(peer, &format!("40{name},"));
        world.turn();
        let refused = format!("44{name},{{\"message\":\"Invalid namespace\"}}");
        assert_eq!(world.texts(peer), [refused]);
    }
    world.say(peer, "42[\"still here\"]");
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"still here\"]".into(), 0)]);
}

#[test]
fn a_client_that_asks_for_more_than_100_unknown_namespaces_is_closed() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    for number in 0..100 {
        world.say(peer, &format!("40/{number},"));
    }
    assert_eq!(world.heard(), []);
    world.say(peer, "40/100,");
    let closed = [Heard::Disconnected(socket, "forced close"), Heard::Closed(peer.session)];
    assert_eq!(world.heard_but_lines(), closed);
}

#[test]
fn a_client_joins_at_most_100_namespaces() {
    let mut world = World::new(config());
    let (peer, _) = world.join();
    for number in 1..=100 {
        world.front.namespace(&format!("/{number}"));
        world.say(peer, &format!("40/{number},"));
    }
    let heard = world.heard();
    let count = |is: fn(&Heard) -> bool| heard.iter().filter(|heard| is(heard)).count();
    assert_eq!(count(|heard| matches!(heard, Heard::Connected(_))), 99);
    assert_eq!(count(|heard| matches!(heard, Heard::Disconnected(_, "forced close"))), 100);
    assert_eq!(heard.last(), Some(&Heard::Closed(peer.session)));
}

#[test]
fn a_guarded_namespace_waits_for_the_verdict() {
    let mut world = World::new(config());
    world.guard("/");
    let ((refused, first), (accepted, second)) = (ask(&mut world), ask(&mut world));
    world.enter(second, &["lobby"]);
    world.broadcast(&world.to(None), "[\"early\"]");
    world.broadcast(&world.to(Some(&["lobby"])), "[\"early\"]");
    world.front.refuse(first, b"{\"message\":\"no\",\"data\":{\"code\":1}}");
    world.front.accept(second);
    world.broadcast(&world.to(Some(&["lobby"])), "[\"late\"]");
    world.turn();
    assert_eq!(world.texts(refused), ["44{\"message\":\"no\",\"data\":{\"code\":1}}"]);
    let connected = format!("40{{\"sid\":\"{}\"}}", world.id(second));
    assert_eq!(world.texts(accepted), [connected, "42[\"late\"]".into()]);
    assert_eq!(world.heard(), [Heard::Connected(second)]);
    assert!(world.front.socket(first).is_none());
}

#[test]
fn a_refused_client_may_ask_again() {
    let mut world = World::new(config());
    world.guard("/");
    let (peer, socket) = ask(&mut world);
    world.front.refuse(socket, b"{\"message\":\"no\"}");
    world.turn();
    world.say(peer, "40{\"token\":2}");
    let [Heard::Authorize(again)] = world.heard()[..] else { panic!("not asked") };
    assert_ne!(again, socket);
    world.front.accept(again);
    world.turn();
    assert_eq!(world.heard(), [Heard::Connected(again)]);
}

#[test]
fn what_a_middleware_emits_goes_out_at_once() {
    let mut world = World::new(config());
    world.guard("/");
    let (peer, socket) = ask(&mut world);
    world.emit(socket, "[\"early\"]");
    world.front.accept(socket);
    world.turn();
    let texts = world.texts(peer);
    assert_eq!(texts[0], "42[\"early\"]");
    assert!(texts[1].starts_with("40{"));
}

#[test]
fn a_session_without_a_namespace_is_closed_in_time() {
    let mut world = World::new(Config { connect_timeout: Duration::from_secs(5), ..config() });
    world.guard("/");
    world.front.namespace("/open");
    let (left, silent, (waiting, asking)) = (world.open(), world.open(), ask(&mut world));
    world.say(left, "40/open,");
    world.say(left, "41/open,");
    world.heard();
    world.pass(Duration::from_millis(4_900));
    assert_eq!(world.heard(), []);
    world.pass(Duration::from_millis(200));
    let closed = [
        Heard::Closed(silent.session),
        Heard::Disconnected(asking, "forced close"),
        Heard::Closed(waiting.session),
    ];
    assert_eq!(world.heard_but_lines(), closed, "the one that had joined once stays");
    assert_eq!(world.texts(silent), ["close"]);
    let done = [Done::Closed(silent.connection), Done::Closed(waiting.connection)];
    assert_eq!(world.take_done(), done);
    assert_eq!(world.say(silent, "40/open,"), Flow::Continue);
    assert_eq!(world.heard(), []);
}

#[test]
fn clients_that_come_and_go_leave_no_timeouts_behind() {
    let mut world = World::new(Config { connect_timeout: Duration::from_secs(5), ..config() });
    let silent = world.open();
    for _ in 0..100 {
        let peer = world.open();
        world.hang_up(peer, engineio::Hangup::Close);
        world.heard();
        let (peer, _) = world.join();
        world.hang_up(peer, engineio::Hangup::Close);
        world.heard();
    }
    world.pass(Duration::from_secs(5));
    assert_eq!(world.heard_but_lines(), [Heard::Closed(silent.session)], "it was not forgotten");
    world.pass(Duration::from_secs(60));
    assert_eq!(world.hub.next_timeout(), None);
}
