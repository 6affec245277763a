//! The upgrade from polling to WebSocket.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use common::{Driver, body};
use engineio::{CloseReason, Event, Hangup, Outcome, Output, Received, TransportName, Upgrade};

#[test]
fn a_probe_is_answered_and_a_waiting_get_freed_every_100_ms() {
    let mut driver = Driver::new();
    let (session, query, connection) = driver.open_probe();
    let (first, _) = driver.request("GET", &query, &[]);
    driver.pass(500);
    assert!(driver.outputs().is_empty());
    assert_eq!(driver.text(session, connection, "2probe"), Received::Nothing);
    let outputs = driver.outputs();
    let [Output::Write { connection: written, bytes }] = &outputs[..] else {
        panic!("{outputs:?}")
    };
    assert_eq!((*written, &bytes[..]), (connection, &b"\x81\x063probe"[..]));
    driver.pass(99);
    assert!(driver.outputs().is_empty());
    driver.pass(1);
    driver.assert_answered(first, "6");
    let (second, _) = driver.request("GET", &query, &[]);
    driver.pass(100);
    driver.assert_answered(second, "6");
    assert!(driver.events().is_empty());
}

#[test]
fn packets_queued_during_an_upgrade_go_by_polling_until_it_is_complete() {
    let mut driver = Driver::new();
    let (session, query, connection) = driver.open_probe();
    driver.text(session, connection, "2probe");
    driver.outputs();
    driver.send(session, "polled");
    assert!(driver.flush().is_empty());
    assert_eq!(body(driver.request("GET", &query, &[]).1), "4polled");
    driver.send(session, "kept");
    assert!(driver.flush().is_empty());
    assert_eq!(driver.text(session, connection, "5"), Received::Nothing);
    assert_eq!(driver.events(), [Event::Upgraded { session }]);
    assert_eq!(driver.sessions.transport(session), Some(TransportName::WebSocket));
    driver.send(session, "new");
    assert_eq!(driver.flush(), [(connection, b"\x81\x054kept\x81\x044new".to_vec())]);
    assert_eq!(driver.text(session, connection, "4hi"), Received::Text("hi"));
    let mismatch = body(driver.request("GET", &query, &[]).1);
    assert_eq!(mismatch, r#"{"code":3,"message":"Bad request"}"#);
    driver.pass(1000);
    assert!(driver.outputs().is_empty());
}

#[test]
fn an_upgrade_needs_no_probe_and_ends_the_requests_of_polling() {
    let mut driver = Driver::new();
    let (session, query, connection) = driver.open_probe();
    let (get, _) = driver.request("GET", &query, &[]);
    let (post, _) = driver.request("POST", &query, &[]);
    driver.text(session, connection, "5");
    let outputs = driver.outputs();
    let [Output::Respond { request, response }, Output::AbortBody { request: aborted }] =
        &outputs[..]
    else {
        panic!("{outputs:?}")
    };
    assert_eq!((*request, &response.body[..], *aborted), (get, &b"1"[..], post));
    assert_eq!(driver.events(), [Event::Upgraded { session }]);
    // Late news of the old transport means nothing.
    driver.sessions.request_aborted(session, get, driver.now);
    driver.sessions.request_aborted(session, post, driver.now);
    assert!(driver.events().is_empty());
}

#[test]
fn a_post_whose_packets_are_taken_is_answered_after_the_upgrade() {
    let mut driver = Driver::new();
    let (session, query, connection) = driver.open_probe();
    let (post, _) = driver.request("POST", &query, &[]);
    driver.sessions.receive_packet(session, "4a", driver.now);
    driver.text(session, connection, "5");
    assert!(driver.outputs().is_empty());
    let received = driver.sessions.receive_packet(session, "4b", driver.now);
    assert_eq!(received, Received::Text("b"));
    assert_eq!(driver.sessions.finish_body(session, post).body, b"ok");
}

#[test]
fn anything_else_abandons_the_probe_and_the_session_may_try_again() {
    for text in ["", "2", "4early", "1", "9"] {
        let mut driver = Driver::new();
        let (session, query, connection) = driver.open_probe();
        assert_eq!(driver.text(session, connection, text), Received::Nothing);
        driver.assert_close(connection, b"\x88\x00");
        assert_eq!(driver.text(session, connection, "5"), Received::Nothing);
        assert_eq!(driver.sessions.transport(session), Some(TransportName::Polling));
        assert!(driver.events().is_empty());
        let (_, again) = driver.upgrade(&query.replace("polling", "websocket"), &[]);
        assert!(matches!(again, Ok((Upgrade::Probing(_), _))));
    }
}

#[test]
fn a_probe_that_hangs_up_leaves_the_session() {
    let mut driver = Driver::new();
    let (session, query, connection) = driver.open_probe();
    driver.sessions.connection_closed(session, connection, Hangup::Error, driver.now);
    assert!(driver.events().is_empty() && driver.outputs().is_empty());
    let (_, again) = driver.upgrade(&query.replace("polling", "websocket"), &[]);
    assert!(matches!(again, Ok((Upgrade::Probing(_), _))));
}

#[test]
fn a_second_probe_and_one_after_the_upgrade_are_closed_at_once() {
    let mut driver = Driver::new();
    let (session, query, connection) = driver.open_probe();
    let query = query.replace("polling", "websocket");
    let close_at_once = |driver: &mut Driver| {
        let (other, upgrade) = driver.upgrade(&query, &[]);
        assert!(matches!(upgrade, Ok((Upgrade::CloseAtOnce, _))));
        assert_eq!(driver.text(session, other, "5"), Received::Nothing);
    };
    close_at_once(&mut driver);
    assert_eq!(driver.text(session, connection, "5"), Received::Nothing);
    assert_eq!(driver.events(), [Event::Upgraded { session }]);
    close_at_once(&mut driver);
    assert_eq!(driver.text(session, connection, "4a"), Received::Text("a"));
}

#[test]
fn an_upgrade_that_is_not_completed_in_time_is_given_up() {
    let mut driver = Driver::new();
    let (session, query, connection) = driver.open_probe();
    driver.text(session, connection, "2probe");
    driver.outputs();
    driver.pass(9_900);
    assert!(driver.outputs().is_empty());
    driver.pass(100);
    driver.assert_close(connection, b"\x88\x00");
    assert_eq!(driver.text(session, connection, "5"), Received::Nothing);
    let (_, outcome) = driver.request("GET", &query, &[]);
    assert!(matches!(outcome, Outcome::Parked { .. }));
    driver.pass(1_000);
    assert!(driver.outputs().is_empty(), "no noop without a probe");
}

#[test]
fn a_session_that_closes_closes_its_probe() {
    let mut driver = Driver::new();
    let (session, _, connection) = driver.open_probe();
    driver.sessions.close(session, CloseReason::ForcedClose, true, driver.now);
    driver.assert_close(connection, b"\x88\x00");
    driver.assert_closed(session, CloseReason::ForcedClose);
}

#[test]
fn a_close_that_waits_is_told_by_the_upgrade() {
    let mut driver = Driver::new();
    let (session, _, connection) = driver.open_probe();
    driver.send(session, "last");
    driver.flush();
    driver.sessions.close(session, CloseReason::ForcedClose, false, driver.now);
    assert!(driver.events().is_empty());
    assert_eq!(driver.text(session, connection, "5"), Received::Closed);
    driver.assert_close(connection, b"\x81\x054last\x88\x00");
    let events = driver.events();
    assert!(matches!(events[..], [Event::Upgraded { .. }, Event::Closed { .. }]), "{events:?}");
}

#[test]
fn pings_of_the_probing_websocket_are_answered_there() {
    let mut driver = Driver::new();
    let (session, _, connection) = driver.open_probe();
    driver.sessions.receive_ping(session, connection, b"x");
    let outputs = driver.outputs();
    let [Output::Write { connection: written, bytes }] = &outputs[..] else {
        panic!("{outputs:?}")
    };
    assert_eq!((*written, &bytes[..]), (connection, &b"\x8a\x01x"[..]));
}
