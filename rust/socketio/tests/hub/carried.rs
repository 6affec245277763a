//! Sessions whose clients others have: their messages come as commands, and what they are sent goes to their carriers.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use engineio::{Frame, Hangup, Request, Sid, TransportName};
use socketio::{
    CarriedId, Carrier, Config, Content, DisconnectReason, Guest, Message, Outbound, Relay,
    SlowClient, SocketKey,
};
use websocket::Frames;

use crate::world::{Heard, World, config, event};

/// A carrier that takes note of all.
#[derive(Default)]
struct Ferry(Mutex<Log>);

#[derive(Default)]
struct Log {
    /// The messages it was given; volatile ones with a question mark.
    sent: Vec<String>,
    is_full: bool,
    ends: Vec<&'static str>,
    /// What messages weighed that were taken.
    taken: Vec<usize>,
}

impl Ferry {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().expect("no panic")
    }

    fn sent(&self) -> Vec<String> {
        std::mem::take(&mut self.log().sent)
    }
}

impl Carrier for Ferry {
    fn send(&self, frames: &[u8], volatile: bool) -> bool {
        let mut log = self.log();
        if log.is_full {
            return volatile;
        }
        let mark = if volatile { "?" } else { "" };
        log.sent.extend(
            Frames::new(frames)
                .map(|(_, payload)| format!("{}{mark}", String::from_utf8_lossy(payload))),
        );
        true
    }

    fn close(&self, last: &[u8]) {
        self.send(last, false);
        self.log().ends.push("closed");
    }

    fn abort(&self) {
        self.log().ends.push("aborted");
    }

    fn taken(&self, bytes: usize) {
        self.log().taken.push(bytes);
    }
}

fn carry(world: &mut World) -> (Arc<Ferry>, CarriedId) {
    let ferry = Arc::new(Ferry::default());
    let id = world.front.carry(Guest {
        sid: Sid::new(),
        request: Request::new("GET", "/engine.io/?EIO=4&transport=polling", "::1", false, []),
        transport: TransportName::Polling,
        carrier: Arc::clone(&ferry) as _,
    });
    world.turn();
    (ferry, id)
}

fn say(world: &mut World, ferry: &Arc<Ferry>, id: CarriedId, text: &str) {
    let content = Content::Text(text.into());
    let carrier = Arc::clone(ferry) as Arc<dyn Carrier>;
    world.front.receive_carried(id, Message::new(content, text.len(), carrier));
    world.turn();
}

/// One whose socket is in `/`.
fn join(world: &mut World) -> (Arc<Ferry>, CarriedId, SocketKey) {
    let (ferry, id) = carry(world);
    say(world, &ferry, id, "0");
    let [Heard::Connected(socket)] = world.heard()[..] else { panic!("not connected") };
    assert!(ferry.sent()[0].starts_with("40{\"sid\":"));
    (ferry, id, socket)
}

fn packet(socket: SocketKey, json: &str) -> Heard {
    Heard::Packet(socket, None, json.into(), 0)
}

#[test]
fn a_carried_session_is_like_any_other() {
    let mut world = World::new(config());
    let (ferry, id, socket) = join(&mut world);
    let info = world.front.socket(socket).expect("alive");
    assert_eq!(info.conn.carried, Some(id));
    assert_eq!(info.conn.request.remote(), "::1");
    say(&mut world, &ferry, id, "2[\"a\"]");
    let data = "[\"b\",{\"_placeholder\":true,\"num\":0}]";
    say(&mut world, &ferry, id, &format!("51-{data}"));
    let bytes = Content::Binary((*b"one").into());
    world.front.receive_carried(id, Message::new(bytes, 3, Arc::clone(&ferry) as _));
    world.turn();
    let attached = Heard::Packet(socket, None, data.into(), 1);
    assert_eq!(world.heard(), [packet(socket, "[\"a\"]"), attached]);
    assert_eq!(ferry.log().taken, [1, 6, 3 + data.len(), 3]);
    world.emit(socket, "[1]");
    let everyone = world.to(None);
    world.broadcast(&everyone, "[2]");
    world.turn();
    assert_eq!(ferry.sent(), ["42[1]", "42[2]"]);
    world.front.end_carried(id, DisconnectReason::PingTimeout, None);
    world.turn();
    let session = info.conn.session;
    let heard =
        [Heard::Disconnected(socket, "ping timeout"), Heard::Closed(session), Heard::Released(id)];
    assert_eq!(world.heard(), heard);
    // Whatever comes now comes too late.
    say(&mut world, &ferry, id, "2[\"late\"]");
    world.front.end_carried(id, DisconnectReason::PingTimeout, None);
    world.front.retry_carried(id);
    world.turn();
    assert_eq!(world.heard(), []);
    assert_eq!(ferry.log().taken.len(), 5, "its carrier hears of it nevertheless");
    assert!(ferry.log().ends.is_empty() && world.take_done().is_empty());
}

#[test]
fn no_heartbeat_is_its_own() {
    let mut world = World::new(config());
    let (ferry, ..) = join(&mut world);
    world.pass(Duration::from_secs(1_000_000));
    assert!(ferry.sent().is_empty() && world.heard().is_empty());
}

#[test]
fn one_that_joins_nothing_is_closed() {
    let mut world = World::new(config());
    let (ferry, id) = carry(&mut world);
    world.pass(Duration::from_secs(46));
    assert_eq!(ferry.log().ends, ["closed"]);
    assert!(
        matches!(world.heard_but_lines()[..], [Heard::Closed(_), Heard::Released(it)] if it == id)
    );
}

#[test]
fn the_server_ends_it_with_its_last_words() {
    let mut world = World::new(config());
    let (ferry, _, socket) = join(&mut world);
    world.emit(socket, "[\"bye\"]");
    world.front.disconnect(socket, true);
    world.turn();
    assert_eq!(ferry.sent(), ["42[\"bye\"]", "41"]);
    assert_eq!(ferry.log().ends, ["closed"]);
}

#[test]
fn a_bad_packet_ends_it() {
    let mut world = World::new(config());
    let (ferry, id, socket) = join(&mut world);
    say(&mut world, &ferry, id, "nonsense");
    assert_eq!(ferry.log().ends, ["closed"]);
    assert_eq!(world.heard_but_lines()[0], Heard::Disconnected(socket, "forced close"));
}

#[test]
fn what_its_carrier_does_not_take_waits_in_its_order() {
    let mut world = World::new(config());
    let (ferry, id, socket) = join(&mut world);
    ferry.log().is_full = true;
    for n in 0..3 {
        world.emit(socket, &format!("[{n}]"));
        world.turn();
    }
    // Behind others a volatile one is dropped.
    world.front.send(socket, event("[\"volatile\"]"), true).expect("room");
    world.turn();
    assert!(world.front.socket(socket).expect("alive").conn.unsent_bytes() > 0);
    ferry.log().is_full = false;
    world.front.retry_carried(id);
    world.emit(socket, "[3]");
    world.turn();
    assert_eq!(ferry.sent(), ["42[0]", "42[1]", "42[2]", "42[3]"]);
    assert_eq!(world.front.socket(socket).expect("alive").conn.unsent_bytes(), 0);
}

#[test]
fn volatile_packets_are_its_carriers_to_drop() {
    let mut world = World::new(config());
    let (ferry, _, socket) = join(&mut world);
    world.emit(socket, "[1]");
    world.front.send(socket, event("[2]"), true).expect("room");
    let mut everyone = world.to(None);
    everyone.volatile = true;
    world.broadcast(&everyone, "[3]");
    world.emit(socket, "[4]");
    world.turn();
    assert_eq!(ferry.sent(), ["42[1]", "42[2]?", "42[3]?", "42[4]"]);
}

#[test]
fn one_for_whom_too_much_waits_is_slow() {
    for slow_client in [SlowClient::Disconnect, SlowClient::Drop] {
        let mut world = World::new(Config { send_queue_bytes: 1_000, slow_client, ..config() });
        let (ferry, _, socket) = join(&mut world);
        ferry.log().is_full = true;
        for _ in 0..3 {
            world.fill(socket, 600);
        }
        let heard = world.heard_but_lines();
        if slow_client == SlowClient::Disconnect {
            assert_eq!(heard[0], Heard::Disconnected(socket, "slow consumer"));
            assert_eq!(ferry.log().ends, ["aborted"]);
        } else {
            assert_eq!(heard, []);
            assert!(ferry.log().ends.is_empty());
        }
    }
}

#[test]
fn while_it_is_paused_its_messages_wait_and_are_not_counted_as_taken() {
    let mut world = World::new(Config { max_pending_events: 2, ..config() });
    let (ferry, id, socket) = join(&mut world);
    ferry.log().taken.clear();
    for n in 0..5 {
        say(&mut world, &ferry, id, &format!("2[\"{n}\"]"));
    }
    let packets: Vec<_> = (0..5).map(|n| packet(socket, &format!("[\"{n}\"]"))).collect();
    assert_eq!(world.heard(), packets[..2]);
    assert_eq!(ferry.log().taken.len(), 2);
    let conn = world.front.socket(socket).expect("alive").conn;
    world.front.started(&conn, 5);
    world.turn();
    assert_eq!(world.heard(), packets[2..3]);
    assert_eq!(ferry.log().taken.len(), 3);
    // Nothing is lost when its client goes.
    world.front.end_carried(id, DisconnectReason::TransportClose, None);
    world.turn();
    let heard = world.heard();
    assert_eq!(heard[..2], packets[3..]);
    assert_eq!(heard[2], Heard::Disconnected(socket, "transport close"));
    assert_eq!(ferry.log().taken.len(), 5);
}

#[test]
fn it_is_read_on_while_its_answer_is_awaited() {
    let mut world = World::new(Config { max_pending_events: 2, ..config() });
    let (ferry, id, socket) = join(&mut world);
    for n in 0..4 {
        say(&mut world, &ferry, id, &format!("2[\"{n}\"]"));
    }
    assert_eq!(world.heard().len(), 2);
    let conn = world.front.socket(socket).expect("alive").conn;
    conn.ack_awaited();
    let question = Outbound::EventWithAck(socketio::Body::json(b"[\"?\"]"));
    world.front.send(socket, question, false).expect("room");
    world.turn();
    assert_eq!(world.heard().len(), 2);
    say(&mut world, &ferry, id, "30[]");
    assert_eq!(world.heard(), [Heard::Answer(socket, 0, "[]".into(), 0)]);
}

#[test]
fn the_end_of_the_hub_is_theirs_too() {
    let mut world = World::new(config());
    let (ferry, id, socket) = join(&mut world);
    ferry.log().taken.clear();
    world.emit(socket, "[\"bye\"]");
    world.front.stop();
    world.turn();
    assert_eq!(ferry.sent(), ["42[\"bye\"]"]);
    assert_eq!(ferry.log().ends, ["closed"]);
    let heard = world.heard();
    assert_eq!(heard[0], Heard::Disconnected(socket, "server shutting down"));
    assert_eq!(heard[2..], [Heard::Released(id), Heard::Stopped]);
    // Nobody takes commands any more; carriers hear of messages.
    say(&mut world, &ferry, id, "2[\"late\"]");
    assert_eq!(ferry.log().taken.len(), 1);
}

#[test]
fn a_hub_that_stops_begins_none() {
    let mut world = World::new(config());
    world.join();
    world.front.stop();
    let (ferry, id) = carry(&mut world);
    assert_eq!(ferry.log().ends, ["closed"]);
    assert!(world.heard().contains(&Heard::Released(id)));
}

/// An engine alone, one of its clients, and what would carry another hub's session.
fn relay() -> (World, crate::world::Peer, Relay) {
    let mut world = World::new(Config { raw: true, send_queue_bytes: 4_000, ..config() });
    let peer = world.open();
    let [Heard::Connected(socket)] = world.heard()[..] else { panic!("not connected") };
    let conn = world.front.socket(socket).expect("alive").conn;
    let relay = Relay { front: Arc::clone(&world.front), conn, mark: 1_000 };
    (world, peer, relay)
}

fn text(text: &str) -> Vec<u8> {
    let mut frames = Vec::new();
    websocket::write_frame(&mut frames, websocket::Opcode::Text, format!("4{text}").as_bytes());
    frames
}

#[test]
fn a_relay_sends_and_closes() {
    let (mut world, peer, relay) = relay();
    assert!(relay.send(&text("one"), false) && relay.send(&text("two"), true));
    relay.close(&text("last"));
    world.turn();
    assert_eq!(world.texts(peer), ["4one", "4two", "4last", "close"]);
    assert!(matches!(world.heard()[0], Heard::Disconnected(_, "forced close")));
    // Nobody minds what comes too late.
    assert!(relay.send(&text("late"), false));
    relay.abort();
    world.turn();
    assert_eq!(world.heard(), []);
}

#[test]
fn a_relay_takes_no_more_than_its_mark_and_the_engine_tells_when_it_may() {
    let (mut world, peer, relay) = relay();
    world.block(peer);
    assert!(relay.send(&text(&"x".repeat(2_000)), false));
    assert!(relay.send(&text("volatile"), true), "it is dropped");
    assert!(!relay.send(&text("more"), false));
    world.turn();
    assert!(!relay.send(&text("more"), false));
    assert_eq!(world.heard(), []);
    world.unblock(peer);
    world.turn();
    assert_eq!(world.heard(), [Heard::Drained(peer.session)]);
    assert!(relay.send(&text("more"), false));
    world.turn();
    assert_eq!(world.texts(peer).last().map(String::as_str), Some("4more"));
}

#[test]
fn a_relay_waits_for_a_full_inbox() {
    let (mut world, peer, relay) = relay();
    let limit = config().limits.soft_inbox_bytes;
    let other = world.open();
    let [Heard::Connected(socket)] = world.heard()[..] else { panic!("not connected") };
    let conn = world.front.socket(socket).expect("alive").conn;
    let much = "x".repeat(limit);
    world.front.send_message(&conn, Frame::Text(&much)).expect("room");
    assert!(!relay.send(&text("one"), false));
    world.turn();
    assert!(world.heard_but_lines().contains(&Heard::InboxDrained));
    assert!(relay.send(&text("one"), false));
    world.turn();
    assert_eq!(world.texts(peer), ["4one"]);
    world.hang_up(other, Hangup::Close);
}

#[test]
fn what_a_relay_has_taken_is_read_on() {
    let (mut world, peer, relay) = relay();
    for _ in 0..256 {
        world.say(peer, "4x");
    }
    assert_eq!(relay.conn.pending(), (256, 256));
    for _ in 0..256 {
        relay.taken(1);
    }
    assert_eq!(relay.conn.pending(), (0, 0));
    world.turn();
    assert!(!world.take_done().is_empty(), "it goes on");
}
