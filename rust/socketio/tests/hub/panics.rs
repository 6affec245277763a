//! An error of our own costs the session on whose behalf it happened, and nothing else.

use crate::world::{Done, Heard, World, config};

const LINE: &str = "closed a connection after an internal error";

#[test]
fn a88_a_panic_ends_its_session_and_no_other() {
    let mut world = World::new(config());
    world.guard("/admin");
    let ((peer, socket), (other_peer, other)) = (world.join(), world.join());
    world.say(peer, "40/admin,");
    let [Heard::Authorize(admin)] = world.heard()[..] else { panic!("not asked") };
    world.enter(socket, &["room"]);
    world.enter(other, &["room"]);
    world.turn();
    world.hub.handle_panic(peer.session, world.now);
    world.broadcast(&world.to(Some(&["room"])), "[1]");
    world.turn();
    let ended = [
        Heard::Error(LINE.into()),
        Heard::Disconnected(socket, "forced close"),
        Heard::Disconnected(admin, "forced close"),
        Heard::Closed(peer.session),
    ];
    assert_eq!(world.heard(), ended);
    assert_eq!(world.take_done(), [Done::Aborted(peer.connection)]);
    assert!(world.front.socket(admin).is_none());
    assert_eq!(world.texts(other_peer), ["42[1]"]);
    assert_eq!(world.texts(peer), [] as [String; 0]);
    world.say(other_peer, "42[\"x\"]");
    assert_eq!(world.heard(), [Heard::Packet(other, None, "[\"x\"]".into(), 0)]);
    world.say(peer, "42[\"x\"]");
    world.hub.handle_panic(peer.session, world.now);
    assert_eq!(world.heard(), [], "it has ended");
}

#[test]
fn a88_a_panic_ends_a_polling_session_with_all_its_requests() {
    let mut world = World::new(config());
    let (poller, socket) = world.join_polling();
    let (get, post) = (world.get(poller), world.begin_post(poller));
    world.hub.handle_panic(poller.session, world.now);
    world.turn();
    assert_eq!(world.answer(get).as_deref(), Some("200 1"));
    assert_eq!(world.take_done(), [Done::BodyAborted(post)]);
    let ended = [
        Heard::Error(LINE.into()),
        Heard::Disconnected(socket, "forced close"),
        Heard::Closed(poller.session),
    ];
    assert_eq!(world.heard(), ended);
}
