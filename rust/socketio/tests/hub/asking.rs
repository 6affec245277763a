//! Sessions that the language side has to allow.

use engineio::{Request, RequestId};
use socketio::{Config, Verdict};

use crate::world::{Heard, World, config, upgrade_request};

fn world() -> World {
    let engine = engineio::Config { asks: true, ..engineio::Config::default() };
    World::new(Config { engine, ..config() })
}

fn get(query: &str) -> Request {
    Request::new("GET", &format!("/socket.io/?{query}"), "", false, [])
}

#[test]
fn only_what_would_open_a_session_is_asked_about() {
    let mut world = world();
    let poller = world.open_polling();
    world.heard();
    let (_, sid) = world.target(poller).rsplit_once('=').expect("an address");
    let sid = sid.to_owned();
    for (query, method, asks) in [
        ("EIO=4&transport=polling", "GET", true),
        // Whether its protocol is known comes behind.
        ("EIO=3&transport=polling", "GET", true),
        ("EIO=4&transport=polling", "POST", false),
        ("EIO=4&transport=websocket", "GET", false),
        ("EIO=4&transport=other", "GET", false),
        ("EIO=4&transport=polling&sid=unknown", "GET", false),
        (&format!("EIO=4&transport=polling&sid={sid}"), "GET", false),
        (&format!("EIO=4&transport=polling&sid={sid}"), "POST", false),
    ] {
        let request = Request::new(method, &format!("/socket.io/?{query}"), "", false, []);
        assert_eq!(world.hub.must_ask(&request, false), asks, "{method} {query}");
    }
    assert!(world.hub.must_ask(&upgrade_request("websocket", &[]), true));
    let probe = upgrade_request(&format!("websocket&sid={sid}"), &[]);
    assert!(!world.hub.must_ask(&probe, true), "it was asked about once");
    world.front.stop();
    world.turn();
    assert!(!world.hub.must_ask(&get("EIO=4&transport=polling"), false), "nobody would answer");
}

#[test]
fn the_answer_comes_to_whoever_has_asked() {
    let mut world = world();
    let (one, two) = (RequestId(1), RequestId(2));
    world.hub.ask(one, get("EIO=4&transport=polling&n=1"));
    world.hub.ask(two, get("EIO=4&transport=polling&n=2"));
    let asked = |id, n| Heard::Ask(id, format!("/socket.io/?EIO=4&transport=polling&n={n}"));
    assert_eq!(world.heard(), [asked(one, 1), asked(two, 2)]);
    let refused = Verdict::Refused(Some("why".into()));
    world.front.judge(two, refused.clone());
    world.front.judge(one, Verdict::Allowed);
    world.turn();
    assert_eq!(world.verdicts, [(two, refused), (one, Verdict::Allowed)]);
}

#[test]
fn a_refusal_is_told_in_the_form_of_its_transport() {
    let world = world();
    let polling = get("EIO=4&transport=polling");
    let text = |response: engineio::Response| {
        (response.status, String::from_utf8(response.body).expect("text"))
    };
    let usual = (403, r#"{"code":4,"message":"Forbidden"}"#.to_owned());
    assert_eq!(text(world.hub.forbid(&polling, false, None)), usual);
    let own = (403, r#"{"code":4,"message":"not \"you\" \\ \u000a é"}"#.to_owned());
    assert_eq!(text(world.hub.forbid(&polling, false, Some("not \"you\" \\ \n é"))), own);
    let upgrade = upgrade_request("websocket", &[]);
    assert_eq!(text(world.hub.forbid(&upgrade, true, None)), (400, "Forbidden".to_owned()));
    assert_eq!(text(world.hub.forbid(&upgrade, true, Some("why"))), (400, "why".to_owned()));
}
