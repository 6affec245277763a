//! A WebSocket server of the crate's own connections that sends every message back, for the Autobahn test suite: `raw_echo PORT`.
//!
//! The feature `raw-echo` takes Engine.IO out of the way. All limits are the default ones, but for the size of a message, which the suite needs.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use net::{Listen, StaticFiles, Thread, Waker};
use socketio::{Batch, Config, EventSink, Front, Limits, Wake};

const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Nobody hears what happens.
struct Nobody;

impl EventSink for Nobody {
    fn push(&self, batch: &mut Batch) {
        batch.events.clear();
        batch.bytes.clear();
    }
}

#[expect(clippy::print_stdout, reason = "whoever started it waits for this line")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).ok_or("usage: raw_echo PORT")?.parse()?;
    let config = Config {
        engine: engineio::Config {
            path: "/".to_owned(),
            ping_interval: NEVER,
            max_http_buffer_size: MAX_MESSAGE_BYTES,
            ..engineio::Config::default()
        },
        connect_timeout: NEVER,
        ..Config::default()
    };
    let waker = Arc::new(Waker::new());
    let front = Arc::new(Front::new(Arc::clone(&waker) as Arc<dyn Wake>, Limits::default()));
    let thread = Thread::start(config, front, Arc::new(Nobody), waker)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    thread.listen(Listen::Tcp(address), StaticFiles::default())?;
    println!("listening");
    thread.join();
    Ok(())
}
