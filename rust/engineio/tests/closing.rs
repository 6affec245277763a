//! Heartbeats that are missed, and the server's own closes.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use std::time::Duration;

use common::{Driver, body};
use engineio::{CloseReason, Config, Event, INTERNAL_ERROR, Outcome, Output, Time};

const PING: &[u8] = b"\x81\x012";

#[test]
fn a_session_is_pinged_and_closed_when_no_pong_comes() {
    let mut driver = Driver::new();
    let (session, connection) = driver.open_websocket();
    driver.pass(24_999);
    assert!(driver.flush().is_empty());
    driver.pass(1);
    assert_eq!(driver.flush(), [(connection, PING.to_vec())]);
    driver.pass(19_999);
    assert!(driver.events().is_empty());
    driver.pass(1);
    driver.assert_close(connection, b"\x88\x00");
    driver.assert_closed(session, CloseReason::PingTimeout);
}

#[test]
fn a_session_that_answers_lives() {
    let mut driver = Driver::new();
    let (session, connection) = driver.open_websocket();
    for _ in 0..10 {
        driver.pass(25_000);
        assert_eq!(driver.flush(), [(connection, PING.to_vec())]);
        driver.text(session, connection, "3");
    }
    assert!(driver.events().is_empty());
}

#[test]
fn heartbeats_shorter_than_their_timeout_stay_on_time() {
    let config = Config {
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_secs(5),
        ..Config::default()
    };
    let mut driver = Driver::with(config);
    let (session, connection) = driver.open_websocket();
    for _ in 0..5 {
        driver.pass(300);
        assert_eq!(driver.flush(), [(connection, PING.to_vec())]);
        driver.text(session, connection, "3");
    }
}

#[test]
fn a_polling_session_is_pinged_through_its_get() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (id, _) = driver.request("GET", &query, &[]);
    driver.pass(25_000);
    driver.flush();
    driver.assert_answered(id, "2");
    driver.post(&query, "3");
    let (id, _) = driver.request("GET", &query, &[]);
    driver.pass(25_000);
    driver.flush();
    driver.assert_answered(id, "2");
    let (id, _) = driver.request("GET", &query, &[]);
    driver.pass(20_000);
    driver.assert_answered(id, "1");
    driver.assert_closed(session, CloseReason::PingTimeout);
}

#[test]
fn a_ping_outstanding_at_an_upgrade_is_still_waited_for() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    driver.pass(40_000);
    let (connection, _) = driver.upgrade(&query.replace("polling", "websocket"), &[]);
    driver.text(session, connection, "5");
    assert_eq!(driver.events(), [Event::Upgraded { session }]);
    assert_eq!(driver.flush(), [(connection, PING.to_vec())]);
    driver.pass(19_900);
    assert!(driver.events().is_empty());
    driver.pass(100);
    driver.assert_closed(session, CloseReason::PingTimeout);
}

#[test]
fn a_paused_session_is_not_closed_for_a_missing_pong() {
    let mut driver = Driver::new();
    let (session, _) = driver.open_websocket();
    driver.pass(26_000);
    driver.sessions.set_paused(session, true, driver.now);
    driver.pass(600_000);
    assert!(driver.events().is_empty());
    driver.sessions.set_paused(session, false, driver.now);
    driver.pass(19_900);
    assert!(driver.events().is_empty());
    driver.pass(200);
    driver.assert_closed(session, CloseReason::PingTimeout);
}

#[test]
fn a_clock_that_jumps_far_loses_no_deadline() {
    let mut driver = Driver::new();
    let (session, connection) = driver.open_websocket();
    driver.now = Time(10_000_000);
    driver.sessions.handle_timeout(driver.now);
    assert_eq!(driver.flush(), [(connection, PING.to_vec())]);
    driver.pass(20_000);
    driver.assert_closed(session, CloseReason::PingTimeout);
    driver.pass(60_000);
    assert_eq!(driver.sessions.next_timeout(), None);
}

#[test]
fn a_pong_that_a_stopped_process_could_not_read_gets_its_time_again_once() {
    let mut driver = Driver::new();
    let (session, _) = driver.open_websocket();
    driver.pass(25_000);
    for late in [60_000, 90_000] {
        assert!(driver.events().is_empty());
        driver.now = Time(late);
        driver.sessions.handle_timeout(driver.now);
    }
    driver.assert_closed(session, CloseReason::PingTimeout);
}

#[test]
fn an_abort_sends_nothing_more() {
    let mut driver = Driver::new();
    let (session, connection) = driver.open_websocket();
    driver.send(session, "unsent");
    driver.sessions.abort(session, CloseReason::ForcedClose, None);
    let outputs = driver.outputs();
    assert!(matches!(outputs[..], [Output::Abort { connection: it }] if it == connection));
    driver.assert_closed(session, CloseReason::ForcedClose);
    let (session, query) = driver.open_session();
    let (id, _) = driver.request("GET", &query, &[]);
    driver.send(session, "unsent");
    driver.sessions.abort(session, CloseReason::ForcedClose, None);
    driver.assert_answered(id, "1");
    driver.assert_closed(session, CloseReason::ForcedClose);
}

#[test]
fn a_panic_in_a_heartbeat_costs_one_session() {
    let mut driver = Driver::new();
    let (broken, connection) = driver.open_websocket();
    let (other, other_connection) = driver.open_websocket();
    // So much is said to be queued that a ping's bytes can't be counted any more.
    driver.sessions.enqueue(broken, 0..u32::MAX);
    driver.pass(25_000);
    let outputs = driver.outputs();
    assert!(matches!(outputs[..], [Output::Abort { connection: it }] if it == connection));
    let events = driver.events();
    let [Event::Closed { session, reason: CloseReason::ForcedClose, description }] = events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!((session, description), (broken, Some(INTERNAL_ERROR)));
    assert_eq!(driver.flush(), [(other_connection, PING.to_vec())]);
    driver.pass(20_000);
    driver.assert_closed(other, CloseReason::PingTimeout);
}

#[test]
fn a_waiting_get_is_told_of_a_close_at_once() {
    for discard in [false, true] {
        let mut driver = Driver::new();
        let (session, query) = driver.open_session();
        let (id, _) = driver.request("GET", &query, &[]);
        driver.sessions.close(session, CloseReason::ForcedClose, discard, driver.now);
        driver.assert_answered(id, "1");
        driver.assert_closed(session, CloseReason::ForcedClose);
    }
}

#[test]
fn without_a_get_a_close_waits_for_the_next_one() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    driver.send(session, "last");
    driver.flush();
    driver.sessions.close(session, CloseReason::ForcedClose, false, driver.now);
    assert_eq!(driver.send(session, "too late"), 0);
    assert_eq!(driver.post(&query, "4ignored").1, ["Nothing"]);
    driver.pass(29_000);
    assert_eq!(body(driver.request("GET", &query, &[]).1), "4last");
    assert!(driver.events().is_empty());
    assert_eq!(body(driver.request("GET", &query, &[]).1), "6\x1e1");
    driver.assert_closed(session, CloseReason::ForcedClose);
}

#[test]
fn packets_of_the_same_batch_take_the_get_and_the_close_waits() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (id, _) = driver.request("GET", &query, &[]);
    driver.send(session, "last");
    driver.sessions.close(session, CloseReason::ForcedClose, false, driver.now);
    driver.assert_answered(id, "4last");
    assert!(driver.events().is_empty());
    assert_eq!(body(driver.request("GET", &query, &[]).1), "6\x1e1");
    driver.assert_closed(session, CloseReason::ForcedClose);
}

#[test]
fn a_close_waits_30_seconds_for_a_get() {
    let config = Config { ping_interval: Duration::from_secs(60), ..Config::default() };
    let mut driver = Driver::with(config);
    let (session, _) = driver.open_session();
    driver.sessions.close(session, CloseReason::ForcedClose, false, driver.now);
    driver.sessions.close(session, CloseReason::TransportError, false, driver.now);
    driver.pass(29_900);
    assert!(driver.events().is_empty());
    driver.pass(100);
    driver.assert_closed(session, CloseReason::ForcedClose);
}

#[test]
fn a_client_that_closes_meanwhile_is_believed() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    driver.sessions.close(session, CloseReason::ForcedClose, false, driver.now);
    driver.post(&query, "1");
    driver.assert_closed(session, CloseReason::TransportClose);
}

#[test]
fn a_close_gives_up_a_body_that_is_being_read_and_ends_by_that() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (id, outcome) = driver.request("POST", &query, &[]);
    assert!(matches!(outcome, Outcome::Body { .. }));
    driver.sessions.close(session, CloseReason::ForcedClose, false, driver.now);
    let outputs = driver.outputs();
    assert!(matches!(outputs[..], [Output::AbortBody { request }] if request == id));
    driver.assert_closed(session, CloseReason::TransportError);
}

#[test]
fn a_close_leaves_a_body_whose_packets_are_taken_to_its_end() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (id, _) = driver.request("POST", &query, &[]);
    driver.sessions.receive_packet(session, "4a", driver.now);
    driver.sessions.close(session, CloseReason::ForcedClose, false, driver.now);
    assert!(driver.outputs().is_empty());
    assert_eq!(driver.sessions.finish_body(session, id).body, b"ok");
    assert_eq!(driver.post(&query, "4ignored").1, ["Nothing"]);
}

#[test]
fn no_post_overtakes_one_that_a_close_has_found() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (id, _) = driver.request("POST", &query, &[]);
    driver.sessions.receive_packet(session, "4a", driver.now);
    driver.sessions.close(session, CloseReason::ForcedClose, false, driver.now);
    driver.request("POST", &query, &[]);
    driver.assert_closed(session, CloseReason::TransportError);
    assert_eq!(driver.sessions.finish_body(session, id).body, b"ok");
}

#[test]
fn close_all_ends_every_session_and_sends_what_was_queued() {
    let mut driver = Driver::new();
    let (polling, _) = driver.open_session();
    let (websocket, connection) = driver.open_websocket();
    driver.send(websocket, "a");
    driver.send(polling, "b");
    driver.sessions.close_all(driver.now);
    driver.assert_close(connection, b"\x81\x024a\x88\x00");
    let events = driver.events();
    assert_eq!(events.len(), 2);
    let forced =
        |event: &Event| matches!(event, Event::Closed { reason: CloseReason::ForcedClose, .. });
    assert!(events.iter().all(forced));
    assert!(driver.sessions.is_empty());
}

#[test]
fn an_offender_that_does_not_read_costs_no_copy_of_what_waits_for_it() {
    let mut driver = Driver::new();
    for is_blocked in [false, true] {
        for mistake in ["9", "2", "expelled"] {
            let (session, connection) = driver.open_websocket();
            driver.send(session, "waits");
            if is_blocked {
                driver.flush_some(0);
            }
            if mistake == "expelled" {
                driver.sessions.expel(session, CloseReason::ForcedClose, driver.now);
            } else {
                driver.text(session, connection, mistake);
            }
            if is_blocked {
                let outputs = driver.outputs();
                assert!(
                    matches!(outputs[..], [Output::Abort { connection: it }] if it == connection)
                );
            } else {
                driver.assert_close(connection, b"\x81\x064waits\x88\x00");
            }
            assert_eq!(driver.events().len(), 1);
            driver.flush();
        }
    }
}

#[test]
fn close_all_copies_no_more_than_64_mib_of_what_full_connections_share() {
    let mut driver = Driver::new();
    let all: Vec<_> = (0..10).map(|_| driver.open_websocket()).collect();
    let bytes = driver.send(all[0].0, &"x".repeat(10 << 20));
    let range = 0..u32::try_from(bytes).unwrap();
    for (session, _) in &all[1..] {
        driver.sessions.enqueue(*session, range.clone());
    }
    driver.flush_some(0);
    driver.sessions.close_all(driver.now);
    let outputs = driver.outputs();
    let copied = outputs.iter().map(|output| match output {
        Output::Close { last, .. } => last.len(),
        _ => 0,
    });
    assert_eq!(copied.clone().sum::<usize>(), 6 * (bytes + 2));
    assert_eq!(copied.filter(|bytes| *bytes == 0).count(), 4);
}
