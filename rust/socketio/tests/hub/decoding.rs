//! What clients send: packets become events, and those that break the rules close the connection.

use std::time::Duration;

use crate::world::{Done, Heard, World, config};

const ONE: &str = "{\"_placeholder\":true,\"num\":0}";

#[test]
fn events_and_answers_reach_their_socket_in_order() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    for packet in ["42[\"a\",1]", "427[\"b\"]", "42", "42[5]", "430[true]", "43[]", "431"] {
        world.say(peer, packet);
    }
    let packet = |id, data: &str| Heard::Packet(socket, id, data.into(), 0);
    let expected = [
        packet(None, "[\"a\",1]"),
        packet(Some(7), "[\"b\"]"),
        packet(None, ""),
        packet(None, "[5]"),
        Heard::Answer(socket, 0, "[true]".into(), 0),
        Heard::Answer(socket, 1, String::new(), 0),
    ];
    assert_eq!(world.heard(), expected, "an answer without an id is nobody's");
}

#[test]
fn attachments_are_joined_to_their_packet() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    let data = "[\"x\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]";
    world.say(peer, &format!("452-9{data}"));
    world.say_binary(peer, b"one");
    assert_eq!(world.heard(), []);
    world.say(peer, "b dHdv".trim_start_matches(' '));
    assert_eq!(world.heard(), [Heard::Packet(socket, Some(9), data.into(), 2)]);
    world.say(peer, &format!("461-4[{ONE}]"));
    world.say_binary(peer, b"");
    assert_eq!(world.heard(), [Heard::Answer(socket, 4, format!("[{ONE}]"), 1)]);
    world.say(peer, "42[\"y\"]");
    assert_eq!(world.heard(), [Heard::Packet(socket, None, "[\"y\"]".into(), 0)]);
}

#[test]
fn an_unfinished_packet_goes_with_its_connection() {
    let mut world = World::new(config());
    let (peer, socket) = world.join();
    world.say(peer, &format!("451-[\"x\",{ONE}]"));
    world.hang_up(peer, engineio::Hangup::Close);
    let reason = "transport close";
    assert_eq!(world.heard(), [Heard::Disconnected(socket, reason), Heard::Closed(peer.session)]);
}

#[test]
fn a_packet_that_stays_unfinished_is_given_up_when_its_client_shows_that_it_lives() {
    for pauses in [[40, 40], [40, 46]] {
        let mut world = World::new(config());
        let (peer, _) = world.join();
        world.say(peer, &format!("452-[\"x\",{ONE}]"));
        for seconds in pauses {
            for _ in 0..seconds {
                world.pass(Duration::from_secs(1));
                world.say(peer, "3");
            }
            world.say_binary(peer, b"one");
        }
        let heard = world.heard();
        if pauses[1] == 40 {
            assert!(matches!(heard[..], [Heard::Packet(..)]), "{heard:?}");
        } else {
            let line = "closed a connection that sent a bad packet: attachments are missing";
            assert_eq!(heard[0], Heard::Warning(line.into()));
            assert!(matches!(
                heard[1..],
                [Heard::Disconnected(_, "forced close"), Heard::Closed(_)]
            ));
        }
    }
}

#[test]
fn a_bad_packet_closes_the_connection_and_is_logged() {
    for (bad, error) in [
        ("4", "unknown packet type NaN"),
        ("47", "unknown packet type 7"),
        ("42[\"a\"", "invalid payload"),
        ("42[\"disconnect\"]", "invalid payload"),
        ("40[]", "invalid payload"),
        ("450-[\"x\"]", "Illegal attachments"),
        ("4511-[\"x\"]", "too many attachments: see max_attachments"),
        ("451-[\"x\",{\"_placeholder\":true,\"num\":1}]", "illegal attachments"),
        ("429007199254740992[\"x\"]", "ack id exceeds the limit of 9007199254740991"),
    ] {
        let mut world = World::new(config());
        let (peer, socket) = world.join();
        world.say(peer, bad);
        world.say(peer, "42[\"late\"]");
        world.turn();
        let line = format!("closed a connection that sent a bad packet: {error}");
        let expected = [
            Heard::Warning(line),
            Heard::Disconnected(socket, "forced close"),
            Heard::Closed(peer.session),
        ];
        assert_eq!(world.heard(), expected, "{bad}");
        assert_eq!(world.texts(peer), ["close"], "{bad}");
        assert_eq!(world.take_done(), [Done::Closed(peer.connection)], "{bad}");
    }
}

#[test]
fn text_and_bytes_must_come_when_they_are_due() {
    let closed = |world: &mut World, error: &str| {
        let heard = world.heard();
        let line = format!("closed a connection that sent a bad packet: {error}");
        assert_eq!(heard[0], Heard::Warning(line));
        assert!(matches!(heard[1..], [Heard::Disconnected(_, "forced close"), Heard::Closed(_)]));
    };
    let mut world = World::new(config());
    let (peer, _) = world.join();
    world.say(peer, &format!("451-[\"x\",{ONE}]"));
    world.say(peer, "42[\"y\"]");
    closed(&mut world, "got plaintext data when reconstructing a packet");
    let mut world = World::new(config());
    let (peer, _) = world.join();
    world.say_binary(peer, b"stray");
    closed(&mut world, "got binary data when not reconstructing a packet");
    let mut world = World::new(config());
    let (peer, _) = world.join();
    world.say(peer, &format!("451-[\"x\",{ONE}]"));
    world.say_binary(peer, b"due");
    assert_eq!(world.heard().len(), 1);
    world.say_binary(peer, b"one too many");
    closed(&mut world, "got binary data when not reconstructing a packet");
}

#[test]
fn what_breaks_the_protocol_closes_the_connection() {
    for bad in ["42/x,[\"a\"]", "41/x,", "43/x,0[]", "40", "44{\"message\":\"x\"}", "44/x,{}", "44"]
    {
        let mut world = World::new(config());
        world.front.namespace("/x");
        let (peer, socket) = world.join();
        world.say(peer, bad);
        let reason = "forced close";
        let closed = [Heard::Disconnected(socket, reason), Heard::Closed(peer.session)];
        assert_eq!(world.heard_but_lines(), closed, "{bad}");
        world.turn();
        assert_eq!(world.texts(peer), ["close"], "{bad}");
    }
}

#[test]
fn bad_packets_fill_no_log() {
    let mut world = World::new(config());
    let mut lines = 0;
    for _ in 0..100 {
        let peer = world.open();
        world.say(peer, "4x");
        let is_line = |heard: &Heard| matches!(heard, Heard::Warning(_));
        lines += world.heard().iter().filter(|heard| is_line(heard)).count();
    }
    assert_eq!(lines, 1);
}
