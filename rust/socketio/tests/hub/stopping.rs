//! `io.close()`, and a front that is served again.

use engineio::{Hangup, Request, RequestId};
use socketio::{Outcome, Sent};

use crate::world::{Done, Heard, World, config, event, upgrade_request};

#[test]
fn stopping_ends_every_socket_and_is_told_last() {
    let mut world = World::new(config());
    world.guard("/admin");
    let ((first, one), (second, two), silent) = (world.join(), world.join(), world.open());
    world.say(second, "40/admin,");
    let [Heard::Authorize(admin)] = world.heard()[..] else { panic!("not asked") };
    world.emit(one, "[\"last\"]");
    world.front.stop();
    world.turn();
    let reason = "server shutting down";
    let expected = [
        Heard::Disconnected(one, reason),
        Heard::Disconnected(two, reason),
        Heard::Disconnected(admin, reason),
        Heard::Closed(first.session),
        Heard::Closed(second.session),
        Heard::Closed(silent.session),
        Heard::Stopped,
    ];
    assert_eq!(world.heard(), expected);
    assert_eq!(world.texts(first), ["42[\"last\"]", "close"]);
    assert_eq!(world.texts(second), ["close"]);
    let closed = [first, second, silent].map(|peer| Done::Closed(peer.connection));
    let done = world.take_done();
    assert_eq!(done[..3], closed);
    assert_eq!(done[3..], [Done::Stopped], "nothing follows");
}

#[test]
fn stopping_goes_by_namespaces() {
    let mut world = World::new(config());
    world.front.namespace("/late");
    let mut sockets = Vec::new();
    for _ in 0..2 {
        let peer = world.open();
        for packet in ["40/late,", "40"] {
            world.say(peer, packet);
        }
        sockets.extend(world.heard().into_iter().filter_map(|heard| match heard {
            Heard::Connected(socket) => Some(socket),
            _ => None,
        }));
    }
    world.front.stop();
    world.turn();
    let heard = world.heard();
    let ended: Vec<_> = heard.iter().take(4).collect();
    let expected = [sockets[1], sockets[3], sockets[0], sockets[2]]
        .map(|socket| Heard::Disconnected(socket, "server shutting down"));
    assert_eq!(ended, expected.iter().collect::<Vec<_>>());
}

#[test]
fn polling_clients_are_told_of_a_stop_by_the_requests_that_wait() {
    let mut world = World::new(config());
    let ((polls, one), (rests, two)) = (world.join_polling(), world.join_polling());
    let (sends, _) = world.join_polling();
    let get = world.get(polls);
    let post = world.begin_post(sends);
    world.front.stop();
    world.turn();
    assert_eq!(world.answer(get).as_deref(), Some("200 1"));
    assert_eq!(world.take_done(), [Done::BodyAborted(post), Done::Stopped]);
    let heard = world.heard();
    for (poller, socket) in [(polls, one), (rests, two)] {
        assert!(heard.contains(&Heard::Disconnected(socket, "server shutting down")));
        assert!(heard.contains(&Heard::Closed(poller.session)));
    }
    assert_eq!(heard.last(), Some(&Heard::Stopped));
}

#[test]
fn a_stop_without_clients_and_a_second_one_are_told_once() {
    let mut world = World::new(config());
    world.front.stop();
    world.front.stop();
    world.turn();
    world.front.stop();
    world.turn();
    assert_eq!(world.heard(), [Heard::Stopped]);
    assert_eq!(world.take_done(), [Done::Stopped]);
}

#[test]
fn requests_that_come_after_the_stop_are_refused() {
    let mut world = World::new(config());
    world.front.stop();
    world.turn();
    let target = "/socket.io/?EIO=4&transport=polling";
    let request = Request::new("GET", target, "127.0.0.1", false, []);
    let outcome = world.hub.handle_request(request, RequestId(1), world.now);
    assert!(matches!(outcome, Outcome::Respond(response) if response.status == 503));
    let (_, upgraded) = world.upgrade(upgrade_request("websocket", &[]));
    assert_eq!(upgraded.expect_err("refused").status, 503);
    assert_eq!(world.hub.next_timeout(), None);
}

#[test]
fn a_front_that_is_not_served_drops_what_it_is_given() {
    let mut world = World::new(config());
    let (_, socket) = world.join();
    world.front.stop();
    world.turn();
    let wakes = world.wakes();
    assert_eq!(world.front.send(socket, event("[1]"), false), Ok(Sent::Gone));
    world.broadcast(&world.to(None), "[2]");
    world.front.await_inbox();
    assert_eq!(world.wakes(), wakes);
}

#[test]
fn a_front_may_be_served_again() {
    let mut world = World::new(config());
    let (peer, old) = world.join();
    let conn = world.front.socket(old).expect("alive").conn;
    for _ in 0..3 {
        world.say(peer, "42[\"x\"]");
    }
    world.enter(old, &["room"]);
    world.front.stop();
    world.turn();
    world.front.await_inbox();
    world.serve_again(config());
    let (peer, new) = world.join();
    assert_ne!(new, old);
    // The language side is late with what it had of the first time.
    for _ in 0..3 {
        world.front.started(&conn, 5);
    }
    assert_eq!(world.front.rooms(old).len(), 2);
    world.front.forget(old);
    world.enter(new, &["room"]);
    world.broadcast(&world.to(Some(&["room"])), "[1]");
    world.turn();
    assert_eq!(world.texts(peer), ["42[1]"]);
    assert_eq!(world.heard(), []);
    world.say(peer, "42[\"y\"]");
    let conn = world.front.socket(new).expect("alive").conn;
    world.front.started(&conn, 5);
    world.hang_up(peer, Hangup::Close);
    assert_eq!(world.heard().len(), 3);
}
