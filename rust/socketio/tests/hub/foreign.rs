//! What the operator is told of WebSockets that pages of other origins open.

use engineio::{Cors, Origins};
use socketio::Config;

use crate::world::{Heard, World, config, upgrade_request};

const FOREIGN: (&str, &str) = ("Origin", "https://evil.example");
const COOKIE: (&str, &str) = ("Cookie", "session=1");

fn open(world: &mut World, headers: &[(&str, &str)]) -> (bool, Vec<Heard>) {
    let (_, upgraded) = world.upgrade(upgrade_request("websocket", headers));
    (upgraded.is_ok(), world.heard())
}

#[test]
fn without_cors_the_first_foreign_websocket_with_a_cookie_is_warned_of() {
    let mut world = World::new(config());
    for headers in [&[][..], &[FOREIGN], &[COOKIE], &[COOKIE, ("Origin", "http://self.example")]] {
        assert_eq!(open(&mut world, headers), (true, vec![]), "{headers:?}");
    }
    let (accepted, heard) = open(&mut world, &[FOREIGN, COOKIE]);
    assert!(accepted, "as the reference");
    assert!(matches!(&heard[..], [Heard::Warning(line)] if line.ends_with("see the option cors")));
    assert_eq!(open(&mut world, &[FOREIGN, COOKIE]), (true, vec![]), "once");
}

#[test]
fn with_origins_a_foreign_websocket_is_refused_with_a_line() {
    let origins = Origins::List(vec!["https://a.example".into()]);
    let cors = Some(Cors { origins, ..Cors::default() });
    let engine = engineio::Config { cors, ..engineio::Config::default() };
    let mut world = World::new(Config { engine, ..config() });
    assert_eq!(open(&mut world, &[("Origin", "https://a.example"), COOKIE]), (true, vec![]));
    let (accepted, heard) = open(&mut world, &[FOREIGN]);
    assert!(!accepted);
    let line = "refused a WebSocket of an origin that the option cors does not list";
    assert_eq!(heard, [Heard::Warning(line.into())]);
    assert_eq!(open(&mut world, &[FOREIGN]), (false, vec![]), "at most once a second");
}
