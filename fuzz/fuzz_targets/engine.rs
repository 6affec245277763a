//! Packets and payloads of Engine.IO: the input is the body of a POST.

#![no_main]

#[allow(dead_code, clippy::pedantic, reason = "the tests' own")]
#[path = "../../rust/engineio/tests/payloads.rs"]
mod payloads;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| payloads::assert_reads_alike(&String::from_utf8_lossy(data)));
