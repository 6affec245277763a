//! What can't be seen or brought about from outside.

use std::sync::Arc;

use engineio::{
    ConnectionId, Frame, Hangup, Key, Output as EngineOutput, Request, SessionKey, Time,
};

use crate::event::{Event, Level, Wake};
use crate::exchange::{Config, Output};
use crate::front::{Front, Targets};
use crate::hub::Hub;
use crate::limits::Limits;
use crate::packet::Body;

struct Deaf;

impl Wake for Deaf {
    fn wake(&self) {}
}

fn hub() -> Hub {
    let front = Arc::new(Front::new(Arc::new(Deaf), Limits::default()));
    front.namespace("/");
    let config =
        Config { send_queue_bytes: usize::MAX, max_pending_events: 10, ..Config::default() };
    Hub::new(config, front)
}

/// A WebSocket client on the connection of this index.
fn open(hub: &mut Hub, index: u32) -> (SessionKey, ConnectionId) {
    let headers: [(&str, &[u8]); 3] = [
        ("Upgrade", b"websocket"),
        ("Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", b"13"),
    ];
    let request = Request::new("GET", "/socket.io/?EIO=4&transport=websocket", "", false, headers);
    let connection = ConnectionId(Key { index, generation: 0 });
    let accepted = hub.handle_upgrade(request, connection, Time(0));
    (accepted.ok().and_then(|(session, _)| session).unwrap(), connection)
}

/// One whose socket is in `/`.
fn join(hub: &mut Hub, index: u32) -> SessionKey {
    let (session, connection) = open(hub, index);
    hub.handle_frame(session, connection, Frame::Text("40"), Time(0));
    session
}

#[test]
fn a_panic_in_a_fan_out_costs_one_receiver_and_the_others_get_the_packet() {
    let mut hub = hub();
    let sessions: Vec<SessionKey> = (0..5).map(|index| join(&mut hub, index)).collect();
    // So much is said to be queued for it that more can't be counted.
    let queued = u32::try_from(hub.sessions.queued_bytes(sessions[2])).unwrap();
    hub.sessions.enqueue(sessions[2], 0..u32::MAX - queued);
    hub.take_events().events.clear();
    let before: Vec<usize> = sessions.iter().map(|it| hub.sessions.queued_bytes(*it)).collect();
    let namespace = hub.front.namespace("/");
    let (rooms, except, sender) = (None, Vec::new(), None);
    let targets = Targets { namespace, rooms, except, sender, volatile: false };
    hub.front.broadcast(&targets, Body::json(b"[1]")).unwrap();
    assert!(hub.handle_commands(Time(0)));
    for (index, &session) in sessions.iter().enumerate() {
        let expected = if index == 2 { 0 } else { before[index] + 7 };
        assert_eq!(hub.sessions.queued_bytes(session), expected, "{index}");
    }
    let events = &hub.take_events().events;
    let [Event::Log(log), Event::Disconnected { .. }, Event::Closed { session }] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert!(log.level == Level::Error && *session == sessions[2]);
    let output = hub.poll_output();
    let Some(Output::Engine(EngineOutput::Abort { connection })) = output else {
        panic!("{output:?}")
    };
    assert_eq!(connection.0.index, 2);
}

#[test]
fn clients_that_come_and_go_leave_no_deadlines_behind() {
    let mut hub = hub();
    for index in 0..1_000 {
        let (session, connection) = open(&mut hub, index);
        if index > 0 {
            hub.handle_hangup(session, connection, Hangup::Close, Time(0));
        }
    }
    assert!(hub.connects.len() <= 4, "{} for one session", hub.connects.len());
}

#[test]
fn ended_clients_leave_nothing_behind() {
    let mut hub = hub();
    let (session, connection) = open(&mut hub, 0);
    hub.handle_frame(session, connection, Frame::Text("40"), Time(0));
    let [Event::Connected { socket, .. }] = hub.take_events().events[..] else {
        panic!("no socket")
    };
    hub.front.join(socket, &["room".to_owned()]);
    hub.handle_commands(Time(0));
    hub.handle_frame(session, connection, Frame::Text("451-[\"x\"]"), Time(0));
    hub.handle_hangup(session, connection, Hangup::Close, Time(0));
    assert!(hub.clients.get_mut(session).is_none());
    assert_eq!(hub.rooms.session(socket), None);
    assert!(hub.sessions.is_empty());
}
