//! Polling clients: POSTs whose events have to wait, requests that end early, upgrades.

use socketio::{Config, Flow};

use crate::world::{Done, Heard, World, config};

const EVENT_BYTES: usize = 5;

fn start(world: &mut World, socket: socketio::SocketKey) {
    let conn = world.front.socket(socket).expect("alive").conn;
    world.front.started(&conn, EVENT_BYTES);
    world.turn();
}

#[test]
fn a_post_is_answered_when_its_events_have_room() {
    let mut world = World::new(Config { max_pending_events: 2, ..config() });
    let (poller, socket) = world.join_polling();
    let post = world.post(poller, "42[\"a\"]\u{1e}42[\"b\"]\u{1e}42[\"c\"]");
    assert_eq!(world.heard().len(), 2);
    assert_eq!(world.answer(post), None, "the third event waits, and the client with it");
    start(&mut world, socket);
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"c\"]".into(), 0)]);
    assert_eq!(world.answer(post), None, "two wait again");
    start(&mut world, socket);
    assert_eq!(world.answer(post).as_deref(), Some("200 ok"));
}

#[test]
fn a_post_that_waits_is_answered_when_its_session_ends() {
    let mut world = World::new(Config { max_pending_events: 1, ..config() });
    let (poller, socket) = world.join_polling();
    let get = world.get(poller);
    let post = world.post(poller, "42[\"a\"]\u{1e}42[\"b\"]");
    world.front.disconnect(socket, true);
    world.turn();
    assert_eq!(world.answer(get).as_deref(), Some("200 41"));
    let get = world.get(poller);
    assert_eq!(world.answer(get).as_deref(), Some("200 6\u{1e}1"));
    assert_eq!(world.answer(post).as_deref(), Some("200 ok"));
    let heard = world.heard();
    assert_eq!(
        heard[1..],
        [Heard::Disconnected(socket, "server namespace disconnect"), Heard::Closed(poller.session)]
    );
}

#[test]
fn a_breach_of_the_protocol_ends_the_sockets_before_a_close_that_has_to_wait() {
    for (waits, reason) in [(false, "forced server close"), (true, "forced close")] {
        let mut world = World::new(config());
        let (poller, socket) = world.join_polling();
        if waits {
            world.get(poller);
        }
        world.post(poller, "40");
        let heard = world.heard_but_lines();
        assert_eq!(heard.first(), Some(&Heard::Disconnected(socket, reason)));
    }
}

#[test]
fn a_post_that_waits_is_read_to_its_end_though_its_client_gave_it_up() {
    let mut world = World::new(Config { max_pending_events: 2, ..config() });
    let (poller, socket) = world.join_polling();
    let post = world.post(poller, "42[\"a\"]\u{1e}42[\"b\"]\u{1e}42[\"c\"]");
    world.heard();
    world.hub.handle_request_aborted(poller.session, post, world.now);
    assert_eq!(world.heard(), []);
    start(&mut world, socket);
    start(&mut world, socket);
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"c\"]".into(), 0)]);
    let next = world.post(poller, "3");
    assert_eq!(world.answer(next).as_deref(), Some("200 ok"));
}

#[test]
fn no_post_overtakes_one_that_waits() {
    let mut world = World::new(Config { max_pending_events: 1, ..config() });
    let (poller, socket) = world.join_polling();
    let post = world.post(poller, "42[\"a\"]\u{1e}42[\"b\"]");
    world.hub.handle_request_aborted(poller.session, post, world.now);
    world.heard();
    let next = world.begin_post(poller);
    assert_eq!(world.answer(next).as_deref(), Some("400"));
    let ended = Heard::Disconnected(socket, "transport error");
    assert_eq!(world.heard_but_lines(), [ended, Heard::Closed(poller.session)]);
}

#[test]
fn requests_that_end_early_end_the_session() {
    for is_post in [false, true] {
        let mut world = World::new(config());
        let (poller, socket) = world.join_polling();
        let id = if is_post { world.begin_post(poller) } else { world.get(poller) };
        world.hub.handle_request_aborted(poller.session, id, world.now);
        world.hub.handle_request_aborted(poller.session, id, world.now);
        let ended = Heard::Disconnected(socket, "transport error");
        assert_eq!(world.heard(), [ended, Heard::Closed(poller.session)]);
        world.turn();
        assert_eq!(world.answer(id), None);
    }
}

#[test]
fn a05_a_post_of_very_many_packets_leaves_others_their_turn() {
    let mut world = World::new(config());
    let (poller, socket) = world.join_polling();
    let (peer, other) = world.join();
    let post = world.begin_post(poller);
    let body = format!("{}42[\"last\"]", "3\u{1e}".repeat(1_000));
    world.hub.handle_body(poller.session, post, body.as_bytes(), world.now);
    world.say(peer, "42[\"x\"]");
    assert_eq!(world.heard(), [Heard::Packet(other, None, "[\"x\"]".into(), 0)]);
    world.turn();
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"last\"]".into(), 0)]);
    assert_eq!(world.answer(post).as_deref(), Some("200 ok"));
}

#[test]
fn the_rest_of_a_long_post_goes_with_its_session() {
    let mut world = World::new(config());
    let (poller, socket) = world.join_polling();
    let post = world.begin_post(poller);
    let body = format!("{}42[\"last\"]", "3\u{1e}".repeat(100));
    world.hub.handle_body(poller.session, post, body.as_bytes(), world.now);
    world.front.disconnect(socket, true);
    let get = world.get(poller);
    assert_eq!(world.answer(get).as_deref(), Some("200 41"));
    world.get(poller);
    assert_eq!(world.answer(post).as_deref(), Some("200 ok"));
    let ended = Heard::Disconnected(socket, "server namespace disconnect");
    assert_eq!(world.heard().last_chunk(), Some(&[ended, Heard::Closed(poller.session)]));
}

#[test]
fn a_probe_is_fed_while_its_client_is_paused() {
    let mut world = World::new(Config { max_pending_events: 1, ..config() });
    let (poller, socket) = world.join_polling();
    let post = world.post(poller, "42[\"a\"]\u{1e}42[\"b\"]");
    let probe = world.probe(poller);
    assert_eq!(world.say(probe, "2probe"), Flow::Continue, "nobody would resume it");
    world.turn();
    assert_eq!(world.texts(probe), ["3probe"]);
    assert_eq!(world.say(probe, "5"), Flow::Pause, "it carries the session now");
    world.turn();
    world.heard();
    start(&mut world, socket);
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"b\"]".into(), 0)]);
    start(&mut world, socket);
    let resumed = Done::Resumed(probe.connection);
    assert_eq!(world.take_done().last(), Some(&resumed));
    assert_eq!(world.answer(post).as_deref(), Some("200 ok"));
    world.say(probe, "42[\"c\"]");
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"c\"]".into(), 0)]);
}

#[test]
fn what_was_posted_precedes_what_comes_by_the_new_transport() {
    let mut world = World::new(config());
    let (poller, socket) = world.join_polling();
    let post = world.begin_post(poller);
    let body = format!("{}42[\"polled\"]", "3\u{1e}".repeat(100));
    world.hub.handle_body(poller.session, post, body.as_bytes(), world.now);
    let probe = world.probe(poller);
    world.say(probe, "5");
    world.say(probe, "42[\"new\"]");
    world.turn();
    let packet = |data: &str| Heard::Packet(socket, None, data.into(), 0);
    let expected = [Heard::Upgraded(poller.session), packet("[\"polled\"]"), packet("[\"new\"]")];
    assert_eq!(world.heard(), expected);
    assert_eq!(world.answer(post).as_deref(), Some("200 ok"));
}

#[test]
fn an_upgrade_takes_along_what_is_queued() {
    let mut world = World::new(config());
    let (poller, socket) = world.join_polling();
    let get = world.get(poller);
    let probe = world.probe(poller);
    world.say(probe, "2probe");
    world.pass(std::time::Duration::from_millis(100));
    assert_eq!(world.answer(get).as_deref(), Some("200 6"));
    world.emit(socket, "[1]");
    world.turn();
    world.say(probe, "5");
    world.emit(socket, "[2]");
    world.turn();
    assert_eq!(world.texts(probe), ["3probe", "42[1]", "42[2]"]);
    assert_eq!(world.heard(), [Heard::Upgraded(poller.session)]);
    let conn = world.front.socket(socket).expect("alive").conn;
    assert_eq!(conn.transport(), engineio::TransportName::WebSocket);
    world.hang_up(probe, engineio::Hangup::Close);
    assert_eq!(world.heard()[0], Heard::Disconnected(socket, "transport close"));
}

#[test]
fn a_bad_packet_among_others_ends_the_session_and_the_post_is_answered() {
    let mut world = World::new(config());
    let (poller, socket) = world.join_polling();
    let get = world.get(poller);
    let post = world.post(poller, "42[\"a\"]\u{1e}42{}\u{1e}42[\"b\"]");
    assert_eq!(world.answer(post).as_deref(), Some("200 ok"));
    assert_eq!(world.answer(get).as_deref(), Some("200 1"));
    let line = "closed a connection that sent a bad packet: invalid payload";
    let expected = [
        Heard::Packet(socket, None, "[\"a\"]".into(), 0),
        Heard::Warning(line.into()),
        Heard::Disconnected(socket, "forced close"),
        Heard::Closed(poller.session),
    ];
    assert_eq!(world.heard(), expected);
}

#[test]
fn bytes_that_are_no_text_become_the_replacement_character() {
    let mut world = World::new(config());
    let (poller, socket) = world.join_polling();
    let post = world.begin_post(poller);
    world.hub.handle_body(poller.session, post, b"42[\"\xff\"]", world.now);
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"\u{fffd}\"]".into(), 0)]);
}
