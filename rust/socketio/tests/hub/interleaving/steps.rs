//! Steps as they come by chance.

use engineio::Hangup;
use proptest::prelude::*;
use proptest::sample::select;

use super::run::Step;

/// What clients say by WebSocket.
fn text() -> impl Strategy<Value = &'static str> {
    select(vec![
        "40",
        "40",
        "40",
        "40/b,",
        "40/guarded,",
        "40/guarded,",
        "40/unknown,",
        "41",
        "41/b,",
        "42[\"x\"]",
        "42[\"x\"]",
        "42[\"x\"]",
        "42/guarded,[\"x\"]",
        "427[\"x\"]",
        "430[1]",
        "451-[\"x\",{\"_placeholder\":true,\"num\":0}]",
        "3",
        "3",
        "2",
        "2probe",
        "5",
        "5",
        "1",
        "4{}",
        "9",
    ])
}

/// What clients say by polling.
fn posted() -> impl Strategy<Value = &'static str> {
    select(vec![
        "40",
        "40/guarded,",
        "42[\"x\"]",
        "3",
        "1",
        "9",
        "42{}",
        "451-[\"x\"]\u{1e}bAA==",
        "42[\"x\"]\u{1e}42[\"x\"]\u{1e}42[\"x\"]\u{1e}427[\"x\"]",
        "41\u{1e}40\u{1e}42[\"x\"]",
    ])
}

/// Pieces of what clients send by WebSocket: two packets, a ping, an attachment in two pieces, a close, a bad frame.
fn stream() -> impl Strategy<Value = &'static [u8]> {
    select(vec![
        &b"\x81\x82\0\0\0\x0040"[..],
        b"\x81\x87\0\0\0\x0042[\"x\"]\x81\x87\0\0\0\x0042[\"y\"]",
        b"\x89\x81\0\0\0\0p",
        b"\x82\x82\0\0",
        b"\0\0ab",
        b"\x88\x80\0\0\0\0",
        b"\xc1\x80\0\0\0\0",
    ])
}

fn any_index() -> impl Strategy<Value = usize> {
    0..1_000_usize
}

pub(crate) fn client_step() -> impl Strategy<Value = Step<'static>> {
    let any = any_index;
    let hangup = select(vec![Hangup::Close, Hangup::Error]);
    prop_oneof![
        3 => Just(Step::Open),
        3 => Just(Step::OpenPolling),
        12 => (any(), text()).prop_map(|(it, text)| Step::Say(it, text)),
        1 => any().prop_map(|it| Step::SayBinary(it, b"x")),
        1 => (any(), stream()).prop_map(|(it, bytes)| Step::Feed(it, bytes)),
        1 => (any(), hangup).prop_map(|(it, hangup)| Step::HangUp(it, hangup)),
        4 => any().prop_map(Step::Get),
        6 => (any(), posted()).prop_map(|(it, body)| Step::Post(it, body)),
        1 => any().prop_map(Step::BeginPost),
        1 => any().prop_map(Step::TooLarge),
        1 => any().prop_map(Step::AbortRequest),
        2 => any().prop_map(Step::Probe),
        2 => (any(), prop::bool::ANY).prop_map(|(it, blocks)| Step::Block(it, blocks)),
    ]
}

pub(crate) fn server_step() -> impl Strategy<Value = Step<'static>> {
    let any = any_index;
    let room = || select(vec!["a", "b", "c"]);
    let broadcast = (prop::option::of(room()), prop::bool::ANY);
    prop_oneof![
        4 => any().prop_map(Step::Accept),
        1 => any().prop_map(Step::Refuse),
        3 => (any(), room()).prop_map(|(it, room)| Step::Enter(it, room)),
        2 => (any(), room()).prop_map(|(it, room)| Step::Leave(it, room)),
        5 => any().prop_map(Step::Emit),
        2 => any().prop_map(Step::Ask),
        4 => broadcast.prop_map(|(room, volatile)| Step::Broadcast(room, volatile)),
        2 => prop::option::of(room()).prop_map(Step::AskAll),
        1 => (any(), prop::bool::ANY).prop_map(|(it, close)| Step::Disconnect(it, close)),
        3 => any().prop_map(Step::Forget),
        6 => any().prop_map(Step::Start),
        1 => prop_oneof![14 => Just(Step::Turn), 5 => any().prop_map(Step::Panic), 1 => Just(Step::Stop)],
        8 => Just(Step::Turn),
        2 => prop_oneof![0..250_u64, 9_000..31_000_u64].prop_map(Step::Pass),
    ]
}
