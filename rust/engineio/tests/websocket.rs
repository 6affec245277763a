//! The WebSocket transport, and the writes of a batch.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use common::Driver;
use engineio::{
    CloseReason, Config, Cors, Frame, Hangup, Origins, Output, Received, TransportName, Upgrade,
};

#[test]
fn a_handshake_is_followed_by_the_open_packet() {
    let mut driver = Driver::new();
    let (connection, upgrade) = driver.upgrade("transport=websocket", &[]);
    let Ok((Upgrade::Opened(session), response)) = upgrade else { panic!("{upgrade:?}") };
    assert_eq!(response.status, 101);
    let accept = response.header("sec-websocket-accept");
    assert_eq!(accept, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    let sid = driver.sessions.sid(session).unwrap();
    let written = driver.flush();
    let expected = format!(
        r#"0{{"sid":"{sid}","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}}"#
    );
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].0, connection);
    assert_eq!(String::from_utf8_lossy(&written[0].1[2..]), expected);
    assert_eq!(driver.sessions.transport(session), Some(TransportName::WebSocket));
}

#[test]
fn refusals_are_400_in_plain_text() {
    let cors = Cors { origins: Origins::One("https://a.example".into()), ..Cors::default() };
    let mut driver = Driver::with(Config { cors: Some(cors), ..Config::default() });
    for (query, headers, message) in [
        ("transport=x", &[][..], "Transport unknown"),
        ("transport=websocket&sid=x", &[], "Session ID unknown"),
        ("transport=websocket", &[("Origin", "https://evil.example")], "Forbidden"),
        ("transport=websocket&EIO=3", &[], "Unsupported protocol version"),
    ] {
        let (_, upgrade) = driver.upgrade(query, headers);
        let response = upgrade.unwrap_err();
        assert_eq!(response.status, 400);
        assert_eq!(String::from_utf8(response.body.clone()).unwrap(), message);
        assert_eq!(response.header("connection"), Some("close"));
        assert_eq!(response.header("content-type"), Some("text/html"));
        assert_eq!(response.header("content-length"), Some(&*message.len().to_string()));
    }
    assert!(driver.sessions.is_empty());
    let (_, same_host) =
        driver.upgrade("transport=websocket", &[("Origin", "https://self.example")]);
    let (_, response) = same_host.unwrap();
    assert_eq!(response.header("access-control-allow-origin"), Some("https://a.example"));
}

#[test]
fn an_upgrade_that_names_polling_is_closed_at_once() {
    let mut driver = Driver::new();
    let (_, query) = driver.open_session();
    for query in ["transport=polling", &query] {
        let (_, upgrade) = driver.upgrade(query, &[]);
        assert!(matches!(upgrade, Ok((Upgrade::CloseAtOnce, _))));
    }
    assert_eq!(driver.sessions.len(), 1);
}

#[test]
fn frames_are_packets() {
    let mut driver = Driver::new();
    let (session, connection) = driver.open_websocket();
    for (text, received) in [
        ("4hello", Received::Text("hello")),
        ("4", Received::Text("")),
        ("bAQI=", Received::Binary(vec![1, 2].into())),
        ("3", Received::Nothing),
        ("1", Received::Nothing),
        ("5", Received::Nothing),
        ("6", Received::Nothing),
        ("0", Received::Nothing),
    ] {
        assert_eq!(driver.text(session, connection, text), received, "{text}");
    }
    let binary = Frame::Binary(b"4a");
    let received = driver.sessions.receive_frame(session, connection, binary, driver.now);
    assert_eq!(received, Received::Binary(b"4a"[..].into()));
    assert!(driver.events().is_empty() && driver.outputs().is_empty());
}

#[test]
fn frames_that_are_no_packets_close_with_a_close_frame() {
    for (text, reason) in [
        ("", CloseReason::ParseError),
        ("9", CloseReason::ParseError),
        ("2", CloseReason::TransportError),
        ("2probe", CloseReason::TransportError),
    ] {
        let mut driver = Driver::new();
        let (session, connection) = driver.open_websocket();
        driver.send(session, "last");
        assert_eq!(driver.text(session, connection, text), Received::Closed);
        driver.assert_close(connection, b"\x81\x054last\x88\x00");
        driver.assert_closed(session, reason);
        assert_eq!(driver.text(session, connection, "4"), Received::Closed);
        assert!(driver.flush().is_empty());
    }
}

#[test]
fn the_end_of_the_connection_is_the_end_of_the_session() {
    for (hangup, reason) in
        [(Hangup::Close, CloseReason::TransportClose), (Hangup::Error, CloseReason::TransportError)]
    {
        let mut driver = Driver::new();
        let (session, connection) = driver.open_websocket();
        driver.sessions.connection_closed(session, connection, hangup, driver.now);
        driver.assert_closed(session, reason);
        assert!(driver.outputs().is_empty());
        driver.sessions.connection_closed(session, connection, hangup, driver.now);
        assert!(driver.events().is_empty());
    }
}

#[test]
fn one_packet_serves_many_sessions_and_a_blocked_one_keeps_it() {
    let mut driver = Driver::new();
    let all: Vec<_> = (0..3).map(|_| driver.open_websocket()).collect();
    let data = "x".repeat(400);
    let length = driver.send(all[0].0, &data);
    assert_eq!(length, 405);
    for (session, _) in &all[1..] {
        assert_eq!(driver.sessions.enqueue(*session, 0..405), 405);
    }
    for (session, _) in &all {
        assert!(driver.sessions.writable(*session));
    }
    let written = driver.flush_some(100);
    assert_eq!(
        written.iter().map(|(connection, _)| *connection).collect::<Vec<_>>(),
        [all[0].1, all[1].1, all[2].1]
    );
    for (index, (session, _)) in all.iter().enumerate() {
        assert_eq!(driver.sessions.backlog_bytes(*session), 305);
        assert!(!driver.sessions.writable(*session));
        let mut whole = written[index].1.clone();
        whole.extend(driver.write(*session, usize::MAX));
        assert_eq!(whole[4..], *format!("4{data}").as_bytes());
        assert!(driver.sessions.writable(*session));
    }
}

#[test]
fn a_session_takes_no_volatile_packet_after_a_write_that_left_some() {
    let mut driver = Driver::new();
    let (session, connection) = driver.open_websocket();
    driver.send(session, "a");
    assert!(driver.sessions.writable(session));
    assert_eq!(driver.sessions.poll_write(), Some((session, connection)));
    driver.write(session, 0);
    assert!(!driver.sessions.writable(session));
    driver.write(session, usize::MAX);
    driver.send(session, "b");
    assert!(driver.sessions.writable(session), "all was written, and this is not tried yet");
}

#[test]
fn a_session_is_written_again_when_more_comes_in_the_same_batch() {
    let mut driver = Driver::new();
    let (session, connection) = driver.open_websocket();
    driver.send(session, "a");
    assert_eq!(driver.sessions.poll_write(), Some((session, connection)));
    driver.write(session, usize::MAX);
    assert_eq!(driver.sessions.poll_write(), None);
    assert_eq!(driver.send(session, "b"), 4);
    assert_eq!(driver.flush(), [(connection, b"\x81\x024b".to_vec())]);
}

#[test]
fn nothing_is_queued_for_a_session_that_is_gone() {
    let mut driver = Driver::new();
    let (session, connection) = driver.open_websocket();
    driver.sessions.connection_closed(session, connection, Hangup::Close, driver.now);
    assert_eq!(driver.send(session, "a"), 0);
    assert!(driver.flush().is_empty());
    assert!(driver.sessions.arena().is_empty());
}

#[test]
fn the_arena_is_bounded_between_batches() {
    let mut driver = Driver::new();
    let (session, _) = driver.open_websocket();
    driver.send(session, &"x".repeat(8 << 20));
    driver.flush();
    assert!(driver.sessions.arena().capacity() <= 1 << 20);
}

#[test]
fn pings_are_answered_once_while_the_peer_does_not_read() {
    let mut driver = Driver::new();
    let (session, connection) = driver.open_websocket();
    for data in [b"a", b"b"] {
        driver.sessions.receive_ping(session, connection, data);
    }
    assert_eq!(driver.flush_some(1)[0].1, b"\x8a");
    driver.sessions.receive_ping(session, connection, b"c");
    assert!(driver.flush_some(0).is_empty());
    assert_eq!(driver.write(session, usize::MAX), b"\x01a\x8a\x01b");
    driver.sessions.receive_ping(session, connection, b"d");
    assert_eq!(driver.flush()[0].1, b"\x8a\x01d");
}

#[test]
fn a_close_sends_what_is_unsent_and_a_discarding_one_does_not() {
    let mut driver = Driver::new();
    for (blocked, discard) in [(false, false), (true, false), (false, true), (true, true)] {
        let (session, connection) = driver.open_websocket();
        if blocked {
            driver.send(session, "a");
            driver.flush_some(1);
        }
        driver.send(session, "b");
        driver.sessions.close(session, CloseReason::ForcedClose, discard, driver.now);
        match (blocked, discard) {
            (false, false) => driver.assert_close(connection, b"\x81\x024b\x88\x00"),
            (true, false) => driver.assert_close(connection, b"\x024a\x81\x024b\x88\x00"),
            (false, true) => driver.assert_close(connection, b"\x88\x00"),
            (true, true) => {
                let outputs = driver.outputs();
                assert!(
                    matches!(outputs[..], [Output::Abort { connection: it }] if it == connection)
                );
            }
        }
        driver.assert_closed(session, CloseReason::ForcedClose);
        driver.flush();
    }
}
