//! Connections that do nothing: how much memory of the server each takes.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::connection::Connection;
use crate::measure::{Measurement, Server, own_cpu};
use crate::options::Options;
use crate::scenario::Scenario;

/// Opened before the first look, so that what the first connections load and allocate once is not counted.
const FIRST: usize = 200;
/// Memory has settled when it changes by less than this in a second.
const SETTLED_BYTES: u64 = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) fn run(scenario: &Scenario, options: &Options) -> Result<Measurement> {
    let server = Server::new(&options.pids);
    let first = Connection::open_many(options.address, FIRST)?;
    let before = settled(&server)?;
    let (begun, cpu) = (Instant::now(), server.cpu()?);
    let others = Connection::open_many(options.address, scenario.connections)?;
    let seconds = begun.elapsed().as_secs_f64();
    let server_cpu_seconds = server.cpu()?.saturating_sub(cpu).as_secs_f64();
    let after = settled(&server)?;
    ensure!(first.len() == FIRST, "some of the first are gone");
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let bytes = after.saturating_sub(before) as f64 / others.len() as f64;
    Ok(Measurement {
        operations: others.len() as u64,
        seconds,
        server_cpu_seconds,
        load_cpu_seconds: own_cpu()?.as_secs_f64(),
        latency_us: None,
        bytes_per_connection: Some(bytes),
    })
}

/// The server's memory when it no longer changes, or after some time.
fn settled(server: &Server) -> Result<u64> {
    let begun = Instant::now();
    let mut last = server.memory_bytes()?;
    loop {
        thread::sleep(Duration::from_secs(1));
        let now = server.memory_bytes()?;
        if now.abs_diff(last) < SETTLED_BYTES || begun.elapsed() > PATIENCE {
            return Ok(now);
        }
        last = now;
    }
}
