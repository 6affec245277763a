//! Packets of Socket.IO and their attachments: the input is the body of a POST, attachments in base64.

#![no_main]

#[allow(dead_code, unused_imports, clippy::pedantic, reason = "the tests use more of it")]
#[path = "../../rust/socketio/tests/hub/world/mod.rs"]
mod world;

#[allow(clippy::pedantic, reason = "the tests' own")]
#[path = "../../rust/socketio/tests/hub/transports.rs"]
mod transports;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| transports::assert_reads_alike(&String::from_utf8_lossy(data)));
