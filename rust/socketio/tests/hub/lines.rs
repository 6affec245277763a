//! The lines for the log: each close that the server decides, and clients that are in the wrong place.

use std::time::Duration;

use engineio::Request;
use socketio::Config;

use crate::world::{Heard, Peer, World, config};

type Act = fn(&mut World, Peer);

fn lines(world: &mut World) -> Vec<Heard> {
    let mut heard = world.heard();
    heard.retain(|heard| matches!(heard, Heard::Info(_) | Heard::Warning(_) | Heard::Error(_)));
    heard
}

#[test]
fn each_close_that_the_server_decides_has_a_line() {
    let forbidden =
        |what| format!("closed a connection that sent what the protocol forbids: {what}");
    let causes: [(Act, String); 6] = [
        (|world, peer| _ = world.say(peer, "40"), forbidden("a second CONNECT")),
        (|world, peer| _ = world.say(peer, "44{}"), forbidden("a CONNECT_ERROR")),
        (
            |world, peer| _ = world.say(peer, "42/x,[\"a\"]"),
            forbidden("a packet for a namespace that it has not joined"),
        ),
        (
            |world, peer| _ = world.say(peer, "4x"),
            "closed a connection that sent a bad packet: unknown packet type NaN".into(),
        ),
        (
            |world, peer| _ = world.say(peer, "9"),
            "closed a connection that sent no packet of Engine.IO".into(),
        ),
        (
            |world, peer| _ = world.say(peer, "2"),
            "closed a client that sent a ping: version 3 or 4 of socket.io-client is needed".into(),
        ),
    ];
    for (act, line) in causes {
        let mut world = World::new(config());
        let (peer, _) = world.join();
        act(&mut world, peer);
        assert_eq!(lines(&mut world), [Heard::Warning(line)]);
    }
}

#[test]
fn refusals_and_closes_of_pollers_have_a_line() {
    let mut world = World::new(config());
    let poller = world.open_polling();
    world.heard();
    let id = world.begin_post(poller);
    world.hub.handle_body_too_large(poller.session, id, world.now);
    let line = "refused the body of a request that is too large: see max_http_buffer_size";
    assert_eq!(lines(&mut world), [Heard::Warning(line.into())]);
    for method in ["GET", "POST"] {
        let mut world = World::new(config());
        let poller = world.open_polling();
        world.heard();
        for _ in 0..2 {
            if method == "GET" {
                world.get(poller);
            } else {
                let target = world.target(poller).to_owned();
                world.post_to(&target);
            }
        }
        let line = "closed a polling client that sent two requests of a kind at a time: a proxy may have repeated one";
        assert_eq!(lines(&mut world), [Heard::Warning(line.into())]);
    }
}

#[test]
fn a101_accepts_that_fail_have_a_line_a_second() {
    let mut world = World::new(config());
    for _ in 0..25 {
        world.hub.note_no_accept("no descriptors", world.now);
        world.pass(Duration::from_millis(100));
    }
    let line = "can't accept connections: no descriptors";
    let counted = format!("{line} (and 9 times since the last such line)");
    let [counted, again] = [counted.clone(), counted].map(Heard::Error);
    assert_eq!(lines(&mut world), [Heard::Error(line.into()), counted, again]);
}

#[test]
fn closes_by_the_clock_name_the_option() {
    let mut world = World::new(Config { connect_timeout: Duration::from_secs(5), ..config() });
    world.open();
    world.pass(Duration::from_secs(6));
    let line =
        "closed a connection that joined no namespace within 5 s; see the option connect_timeout";
    assert_eq!(lines(&mut world), [Heard::Warning(line.into())]);
    world.join();
    world.pass(Duration::from_secs(46));
    let line = "closed a connection whose client answered no ping within 20 s; see the option ping_timeout";
    assert_eq!(lines(&mut world), [Heard::Info(line.into())]);
}

#[test]
fn an_old_client_is_told_of() {
    let mut world = World::new(config());
    for (query, told) in [("EIO=3&transport=polling", true), ("transport=polling", false)] {
        let target = format!("/socket.io/?{query}");
        let request = Request::new("GET", &target, "127.0.0.1", false, []);
        let id = world.request_id();
        world.hub.handle_request(request, id, world.now);
        let line = "refused a client of Socket.IO 2: version 3 or 4 of socket.io-client is needed";
        let expected: &[Heard] = if told { &[Heard::Warning(line.into())] } else { &[] };
        assert_eq!(lines(&mut world), expected, "{query}");
    }
}

#[test]
fn a_wrong_path_is_told_of_without_its_query() {
    let mut world = World::new(config());
    for (target, told) in [("/chat/?EIO=4&token=secret", true), ("/chat/", false)] {
        let request = Request::new("GET", target, "127.0.0.1", false, []);
        world.hub.note_wrong_path(&request, world.now);
        let line = "a client asks for Socket.IO at \"/chat/\"; Socket.IO is at \"/socket.io/\": see the option path";
        let expected: &[Heard] = if told { &[Heard::Warning(line.into())] } else { &[] };
        assert_eq!(lines(&mut world), expected, "{target}");
    }
}
