//! A whole hub: clients' requests, bytes and packets, the server's commands, and time, in any order.
//!
//! A line of the input is a step: a letter, a character that picks a client, socket or request (`0` is the latest), and
//! what is said.

#![no_main]

#[allow(dead_code, unused_imports, clippy::pedantic, reason = "the tests use more of it")]
#[path = "../../rust/socketio/tests/hub/world/mod.rs"]
mod world;

#[allow(clippy::pedantic, reason = "the tests' own")]
#[path = "../../rust/socketio/tests/hub/interleaving/run.rs"]
mod run;

use engineio::Hangup;
use libfuzzer_sys::fuzz_target;

use run::{Run, Step};

/// More only take longer.
const MAX_STEPS: usize = 300;

fuzz_target!(|data: &[u8]| {
    let mut run = Run::new();
    for step in data.split(|byte| *byte == b'\n').filter_map(parse).take(MAX_STEPS) {
        run.step(&step);
    }
    run.finish();
});

fn parse(line: &[u8]) -> Option<Step<'_>> {
    let (&kind, rest) = line.split_first()?;
    let (index, said) = rest
        .split_first()
        .map_or((0, rest), |(&picked, said)| (usize::from(picked.wrapping_sub(b'0')), said));
    let text = || str::from_utf8(said).ok();
    Some(match kind {
        b'o' => Step::Open,
        b's' => Step::Say(index, text()?),
        b'b' => Step::SayBinary(index, said),
        b'f' => Step::Feed(index, said),
        b'h' => Step::HangUp(index, Hangup::Close),
        b'H' => Step::HangUp(index, Hangup::Error),
        b'x' => Step::Block(index, true),
        b'X' => Step::Block(index, false),
        b'p' => Step::OpenPolling,
        b'g' => Step::Get(index),
        b'P' => Step::Post(index, text()?),
        b'B' => Step::BeginPost(index),
        b'L' => Step::TooLarge(index),
        b'R' => Step::AbortRequest(index),
        b'u' => Step::Probe(index),
        b'a' => Step::Accept(index),
        b'r' => Step::Refuse(index),
        b'j' => Step::Enter(index, text()?),
        b'l' => Step::Leave(index, text()?),
        b'e' => Step::Emit(index),
        b'k' => Step::Ask(index),
        b'c' => Step::Broadcast(text().filter(|room| !room.is_empty()), index % 2 == 1),
        b'K' => Step::AskAll(text().filter(|room| !room.is_empty())),
        b'd' => Step::Disconnect(index, false),
        b'D' => Step::Disconnect(index, true),
        b'F' => Step::Forget(index),
        b'S' => Step::Start(index),
        b'!' => Step::Panic(index),
        b't' => Step::Turn,
        b'+' => Step::Pass(index as u64 * 500),
        b'Z' => Step::Stop,
        _ => return None,
    })
}
