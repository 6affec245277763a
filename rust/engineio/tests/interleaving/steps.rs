//! What may happen.

use engineio::Hangup;
use proptest::prelude::*;

/// A number stands for one of the sessions or connections that there have been.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    OpenPolling,
    OpenWebSocket,
    Request(usize, &'static str),
    Packet(usize, &'static str),
    FinishBody(usize),
    TooLarge(usize),
    AbortRequest(usize),
    Probe(usize),
    Text(usize, &'static str),
    Binary(usize),
    Ping(usize),
    Hangup(usize, Hangup),
    Send(usize, usize),
    Broadcast,
    Flush(usize),
    Write(usize, usize),
    Close(usize, bool),
    CloseAll,
    Pause(usize, bool),
    Pass(u64),
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let any = || 0..40_usize;
    let text = || {
        prop::sample::select(vec![
            "", "0", "1", "2", "2probe", "2probe", "3", "3", "4hi", "4hi", "5", "5", "6", "9",
            "bAA==",
        ])
    };
    let method = prop::sample::select(vec!["GET", "GET", "GET", "POST", "POST", "PUT", "OPTIONS"]);
    let hangup = prop::sample::select(vec![Hangup::Close, Hangup::Error]);
    let size = || prop_oneof![0..3_usize, 100..400_usize, 65_530..65_540_usize];
    prop_oneof![
        2 => Just(Step::OpenPolling),
        1 => Just(Step::OpenWebSocket),
        6 => (any(), method).prop_map(|(it, method)| Step::Request(it, method)),
        3 => (any(), text()).prop_map(|(it, text)| Step::Packet(it, text)),
        2 => any().prop_map(Step::FinishBody),
        1 => any().prop_map(Step::TooLarge),
        1 => any().prop_map(Step::AbortRequest),
        3 => any().prop_map(Step::Probe),
        5 => (any(), text()).prop_map(|(it, text)| Step::Text(it, text)),
        1 => any().prop_map(Step::Binary),
        2 => any().prop_map(Step::Ping),
        1 => (any(), hangup).prop_map(|(it, hangup)| Step::Hangup(it, hangup)),
        6 => (any(), size()).prop_map(|(it, size)| Step::Send(it, size)),
        2 => Just(Step::Broadcast),
        6 => size().prop_map(Step::Flush),
        3 => (any(), size()).prop_map(|(it, size)| Step::Write(it, size)),
        1 => (any(), prop::bool::ANY).prop_map(|(it, discard)| Step::Close(it, discard)),
        1 => prop::bool::weighted(0.1).prop_map(|all| if all { Step::CloseAll } else { Step::Flush(0) }),
        1 => (any(), prop::bool::ANY).prop_map(|(it, paused)| Step::Pause(it, paused)),
        3 => prop_oneof![0..250_u64, 9_000..31_000_u64, Just(60_000)].prop_map(Step::Pass),
    ]
}
