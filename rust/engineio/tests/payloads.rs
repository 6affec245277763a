//! Any body of a POST is messages, or ends its session; a WebSocket reads the same packets as the same messages, and what
//! is sent back by polling reads as what came.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use common::{Driver, body};
use engineio::{Frame, Outcome, Received, SessionKey, packet, payload};

#[derive(Debug, PartialEq, Eq)]
enum Message {
    Text(String),
    Binary(Vec<u8>),
}

/// Also for `fuzz/`.
pub(crate) fn assert_reads_alike(text: &str) {
    let posted = read_post(text);
    assert_eq!(read_frames(text), posted);
    let messages = posted.0;
    if messages.is_empty() {
        return;
    }
    let packets = poll(&messages);
    assert_eq!(packets.len(), messages.len());
    assert_eq!(read_post(&packets.join("\x1e")), (messages, false));
}

/// The messages of a body, and whether it ended the session.
fn read_post(text: &str) -> (Vec<Message>, bool) {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (id, outcome) = driver.request("POST", &query, &[]);
    assert!(matches!(outcome, Outcome::Body { .. }));
    let mut messages = Vec::new();
    for packet in payload::packets(text) {
        if !take(&mut messages, driver.sessions.receive_packet(session, packet, driver.now)) {
            break;
        }
    }
    driver.sessions.finish_body(session, id);
    let is_closed = driver.sessions.sid(session).is_none();
    assert_eq!(driver.events().len(), usize::from(is_closed), "one end at most");
    (messages, is_closed)
}

/// The same by a WebSocket.
fn read_frames(text: &str) -> (Vec<Message>, bool) {
    let mut driver = Driver::new();
    let (session, connection) = driver.open_websocket();
    let mut messages = Vec::new();
    for packet in payload::packets(text) {
        if packet.starts_with('1') {
            // Only by polling is this packet an end.
            let received = driver.text(session, connection, packet);
            assert_eq!(received, Received::Nothing);
            return (messages, true);
        }
        let now = driver.now;
        let frame = Frame::Text(packet);
        let received = driver.sessions.receive_frame(session, connection, frame, now);
        if !take(&mut messages, received) {
            break;
        }
    }
    let is_closed = driver.sessions.sid(session).is_none();
    (messages, is_closed)
}

/// Keeps what is a message; false at the session's end.
fn take(messages: &mut Vec<Message>, received: Received<'_>) -> bool {
    match received {
        Received::Nothing => {}
        Received::Text(text) => messages.push(Message::Text(text.to_owned())),
        Received::Binary(bytes) => messages.push(Message::Binary(bytes.into_owned())),
        Received::Closed => return false,
    }
    true
}

/// The packets of the polls that bring these messages.
fn poll(messages: &[Message]) -> Vec<String> {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    for message in messages {
        send(&mut driver, session, message);
    }
    driver.flush();
    let mut packets = Vec::new();
    while packets.len() < messages.len() {
        let polled = body(driver.request("GET", &query, &[]).1);
        packets.extend(payload::packets(&polled).map(str::to_owned));
    }
    packets
}

fn send(driver: &mut Driver, session: SessionKey, message: &Message) {
    let arena = driver.sessions.arena();
    let position = |arena: &Vec<u8>| u32::try_from(arena.len()).expect("small inputs");
    let start = position(arena);
    match message {
        Message::Text(text) => packet::write_text(arena, packet::MESSAGE, text),
        Message::Binary(bytes) => packet::write_binary(arena, bytes),
    }
    let end = position(arena);
    driver.sessions.enqueue(session, start..end);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::assert_reads_alike;

    fn packet() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "4\\PC{0,20}",
            4 => "b[A-Za-z0-9+/=_ -]{0,20}",
            2 => "[0-7]probe|[0-9b]?",
            1 => "\\PC{0,5}",
        ]
    }

    proptest! {
        #[test]
        fn any_body_reads_the_same_by_both_transports_and_when_it_is_sent_back(
            packets in prop::collection::vec(packet(), 0..8)
        ) {
            assert_reads_alike(&packets.join("\x1e"));
        }
    }
}
