//! The polling transport (handshake, payloads, overlap, aborts, orderly close).

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod common;

use common::{Driver, body, response};
use engineio::{CloseReason, Config, Cors, Outcome, Output, packet};

#[test]
fn a_handshake_is_answered_with_the_open_packet_alone() {
    let mut driver = Driver::new();
    let (_, outcome) = driver.request("GET", "transport=polling", &[]);
    let Outcome::Opened { session, response } = outcome else { panic!("{outcome:?}") };
    let sid = driver.sessions.sid(session).unwrap();
    let expected = format!(
        r#"0{{"sid":"{sid}","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}}"#
    );
    assert_eq!(String::from_utf8(response.body.clone()).unwrap(), expected);
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("text/plain; charset=UTF-8"));
    assert_eq!(response.header("content-length"), Some(&*expected.len().to_string()));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(driver.sessions.len(), 1);
}

#[test]
fn requests_that_fail_a_check_are_answered_with_its_code() {
    let mut driver = Driver::new();
    let (_, query) = driver.open_session();
    for (method, query, status, expected) in [
        ("GET", "transport=x", 400, r#"{"code":0,"message":"Transport unknown"}"#),
        ("GET", "transport=polling&sid=x", 400, r#"{"code":1,"message":"Session ID unknown"}"#),
        ("OPTIONS", "transport=polling", 400, r#"{"code":2,"message":"Bad handshake method"}"#),
        ("GET", "transport=websocket", 400, r#"{"code":3,"message":"Bad request"}"#),
        (
            "GET",
            "transport=polling&EIO=3",
            400,
            r#"{"code":5,"message":"Unsupported protocol version"}"#,
        ),
        ("PUT", &query, 500, ""),
        ("HEAD", &query, 500, ""),
    ] {
        let response = response(driver.request(method, query, &[]).1);
        assert_eq!(response.status, status, "{method} {query}");
        assert_eq!(String::from_utf8(response.body).unwrap(), expected);
    }
    assert_eq!(driver.sessions.len(), 1);
    assert!(driver.events().is_empty());
}

#[test]
fn a_get_waits_for_packets_and_takes_all_of_a_batch() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    assert!(!driver.sessions.writable(session));
    let (id, outcome) = driver.request("GET", &query, &[]);
    assert!(matches!(outcome, Outcome::Parked { .. }));
    assert!(driver.sessions.writable(session));
    driver.send(session, "é");
    let start = u32::try_from(driver.sessions.arena().len()).unwrap();
    packet::write_binary(driver.sessions.arena(), &[1, 2, 3, 4]);
    let end = u32::try_from(driver.sessions.arena().len()).unwrap();
    driver.sessions.enqueue(session, start..end);
    assert!(driver.outputs().is_empty());
    driver.flush();
    driver.assert_answered(id, "4é\x1ebAQIDBA==");
    assert!(!driver.sessions.writable(session));
    assert_eq!(driver.sessions.queued_bytes(session), 0);
}

#[test]
fn what_no_get_waited_for_goes_with_the_next_one() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    driver.send(session, "a");
    driver.flush();
    assert_eq!(driver.sessions.backlog_bytes(session), 4);
    driver.send(session, "b");
    assert_eq!(body(driver.request("GET", &query, &[]).1), "4a\x1e4b");
    assert!(driver.flush().is_empty());
    driver.send(session, "c");
    driver.flush();
    assert!(driver.sessions.touched().is_empty());
    driver.request("GET", &query, &[]);
    assert_eq!(driver.sessions.touched(), [session], "its queue has changed");
}

#[test]
fn the_body_of_a_poll_keeps_to_the_limit() {
    let mut driver = Driver::with(Config { max_http_buffer_size: 10, ..Config::default() });
    let (session, query) = driver.open_session();
    for data in ["1234", "5678", "longer than ten", "9"] {
        driver.send(session, data);
    }
    driver.flush();
    for expected in ["41234", "45678", "4longer than ten", "49"] {
        assert_eq!(body(driver.request("GET", &query, &[]).1), expected);
    }
    assert!(matches!(driver.request("GET", &query, &[]).1, Outcome::Parked { .. }));
}

#[test]
fn the_packets_of_a_post_are_taken_in_order() {
    let mut driver = Driver::new();
    let (_, query) = driver.open_session();
    let (response, received) = driver.post(&query, "4a\x1ebAQI=\x1e4\x1e3\x1e0\x1e5\x1e6");
    assert_eq!(
        received,
        [
            r#"Text("a")"#,
            "Binary([1, 2])",
            r#"Text("")"#,
            "Nothing",
            "Nothing",
            "Nothing",
            "Nothing"
        ]
    );
    assert_eq!((response.status, &response.body[..]), (200, &b"ok"[..]));
    assert_eq!(response.header("content-type"), Some("text/html"));
    assert_eq!(response.header("cache-control"), Some("no-store"));
    assert_eq!(driver.sessions.len(), 1);
}

#[test]
fn packets_that_end_the_session_are_answered_ok() {
    for (packets, reason, answer) in [
        ("4a\x1e9\x1e4b", CloseReason::ParseError, "1"),
        ("4a\x1e\x1e4b", CloseReason::ParseError, "1"),
        ("4a\x1e2\x1e4b", CloseReason::TransportError, "1"),
        ("4a\x1e1\x1e4b", CloseReason::TransportClose, "6"),
    ] {
        let mut driver = Driver::new();
        let (session, query) = driver.open_session();
        let (id, _) = driver.request("GET", &query, &[]);
        let (response, received) = driver.post(&query, packets);
        assert_eq!(received, [r#"Text("a")"#, "Closed"], "{packets:?}");
        assert_eq!((response.status, &response.body[..]), (200, &b"ok"[..]));
        driver.assert_answered(id, answer);
        driver.assert_closed(session, reason);
        assert!(driver.sessions.is_empty());
        let again = body(driver.request("GET", &query, &[]).1);
        assert_eq!(again, r#"{"code":1,"message":"Session ID unknown"}"#);
    }
}

#[test]
fn an_empty_post_is_an_invalid_packet() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    assert_eq!(driver.post(&query, "").0.body, b"ok");
    driver.assert_closed(session, CloseReason::ParseError);
}

#[test]
fn a_post_that_is_too_large_leaves_the_session_open() {
    let mut driver = Driver::new();
    let (_, query) = driver.open_session();
    let (id, outcome) = driver.request("POST", &query, &[]);
    let Outcome::Body { session, limit } = outcome else { panic!("{outcome:?}") };
    assert_eq!(limit, 1_000_000);
    let response = driver.sessions.body_too_large(session, id);
    assert_eq!((response.status, response.headers.len()), (413, 0));
    assert_eq!(driver.post(&query, "4a").0.body, b"ok");
}

#[test]
fn a_second_get_ends_the_session() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (id, _) = driver.request("GET", &query, &[]);
    let second = response(driver.request("GET", &query, &[]).1);
    assert_eq!((second.status, second.body.len()), (400, 0));
    driver.assert_answered(id, "1");
    driver.assert_closed(session, CloseReason::TransportError);
}

#[test]
fn an_answer_that_is_lost_ends_a_session_that_polls() {
    let mut driver = Driver::new();
    let (session, _) = driver.open_session();
    driver.sessions.answer_lost(session);
    driver.assert_closed(session, CloseReason::TransportError);
    driver.sessions.answer_lost(session);
    assert!(driver.events().is_empty());
}

#[test]
fn a_second_post_ends_the_session() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (id, _) = driver.request("POST", &query, &[]);
    assert_eq!(response(driver.request("POST", &query, &[]).1).status, 400);
    let outputs = driver.outputs();
    assert!(matches!(outputs[..], [Output::AbortBody { request }] if request == id));
    driver.assert_closed(session, CloseReason::TransportError);
}

#[test]
fn binary_content_is_refused_and_ends_the_session() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (id, _) = driver.request("GET", &query, &[]);
    let binary = [("Content-Type", "application/octet-stream")];
    assert_eq!(response(driver.request("POST", &query, &binary).1).status, 400);
    driver.assert_answered(id, "1");
    driver.assert_closed(session, CloseReason::TransportError);
    let (_, query) = driver.open_session();
    let other = [("Content-Type", "application/octet-stream; charset=utf-8")];
    assert!(matches!(driver.request("POST", &query, &other).1, Outcome::Body { .. }));
}

#[test]
fn a_peer_that_leaves_during_a_request_ends_the_session() {
    for method in ["GET", "POST"] {
        let mut driver = Driver::new();
        let (session, query) = driver.open_session();
        let (id, _) = driver.request(method, &query, &[]);
        driver.sessions.request_aborted(session, id, driver.now);
        driver.assert_closed(session, CloseReason::TransportError);
        assert!(driver.outputs().is_empty());
    }
}

#[test]
fn a_peer_that_leaves_while_its_packets_are_taken_does_not_end_the_session() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (id, _) = driver.request("POST", &query, &[]);
    driver.sessions.receive_packet(session, "4a", driver.now);
    driver.sessions.request_aborted(session, id, driver.now);
    assert!(driver.events().is_empty());
    driver.sessions.finish_body(session, id);
    assert_eq!(driver.post(&query, "4b").0.body, b"ok");
}

#[test]
fn a_paused_peer_that_leaves_while_its_packets_are_taken_has_the_time_of_a_pong() {
    for resumes in [true, false] {
        let mut driver = Driver::new();
        let (session, query) = driver.open_session();
        let (id, _) = driver.request("POST", &query, &[]);
        driver.sessions.receive_packet(session, "4a", driver.now);
        driver.sessions.set_paused(session, true, driver.now);
        driver.sessions.request_aborted(session, id, driver.now);
        driver.pass(19_900);
        assert!(driver.events().is_empty());
        if resumes {
            driver.sessions.set_paused(session, false, driver.now);
            driver.sessions.finish_body(session, id);
            assert_eq!(driver.post(&query, "3").0.body, b"ok");
        }
        driver.pass(200);
        if resumes {
            assert!(driver.events().is_empty());
        } else {
            driver.assert_closed(session, CloseReason::PingTimeout);
        }
    }
}

#[test]
fn no_post_overtakes_one_that_was_aborted_while_its_packets_are_taken() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (id, _) = driver.request("POST", &query, &[]);
    driver.sessions.receive_packet(session, "4a", driver.now);
    driver.sessions.request_aborted(session, id, driver.now);
    assert_eq!(response(driver.request("POST", &query, &[]).1).status, 400);
    driver.assert_closed(session, CloseReason::TransportError);
}

#[test]
fn a_request_that_is_aborted_after_its_answer_means_nothing() {
    let mut driver = Driver::new();
    let (session, query) = driver.open_session();
    let (get, _) = driver.request("GET", &query, &[]);
    driver.send(session, "a");
    driver.flush();
    driver.assert_answered(get, "4a");
    let (post, _) = driver.request("POST", &query, &[]);
    driver.sessions.body_too_large(session, post);
    for id in [get, post] {
        driver.sessions.request_aborted(session, id, driver.now);
    }
    assert!(driver.events().is_empty());
    // Of the requests that are under way only the one that is meant counts.
    driver.request("GET", &query, &[]);
    driver.sessions.request_aborted(session, get, driver.now);
    assert!(driver.events().is_empty());
}

#[test]
fn cors_headers_go_with_every_answer() {
    let cors = Some(Cors::default());
    let mut driver = Driver::with(Config { cors, ..Config::default() });
    let preflight = response(driver.request("OPTIONS", "transport=x&sid=x", &[]).1);
    assert_eq!(preflight.status, 204);
    let origin = |response: engineio::Response| {
        assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    };
    origin(response(driver.request("GET", "transport=x", &[]).1));
    let (session, query) = driver.open_session();
    driver.request("GET", &query, &[]);
    driver.send(session, "a");
    driver.flush();
    match driver.outputs().pop() {
        Some(Output::Respond { response, .. }) => origin(response),
        other => panic!("{other:?}"),
    }
    origin(driver.post(&query, "4a").0);
    // The session ends by this one, and its headers are there still.
    origin(driver.post(&query, "9").0);
}
