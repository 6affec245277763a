//! What is measured, and when: a warm-up, then a window.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use nix::time::ClockId;
use nix::unistd::Pid;
use serde::Serialize;

/// The one line of output.
#[derive(Serialize)]
pub(crate) struct Measurement {
    pub(crate) operations: u64,
    pub(crate) seconds: f64,
    /// CPU time of the server's processes, user and system.
    pub(crate) server_cpu_seconds: f64,
    pub(crate) load_cpu_seconds: f64,
    pub(crate) latency_us: Option<Latency>,
    pub(crate) bytes_per_connection: Option<f64>,
}

#[derive(Serialize)]
pub(crate) struct Latency {
    p50: f64,
    p99: f64,
    max: f64,
}

/// Longer latencies count as this.
const LONGEST_NANOSECONDS: u64 = 60_000_000_000;

/// The processes of a server.
pub(crate) struct Server {
    pids: Vec<Pid>,
}

impl Server {
    pub(crate) fn new(pids: &[Pid]) -> Self {
        Self { pids: pids.to_vec() }
    }

    /// CPU time of all threads, those that have ended included.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let clocks = self.pids.iter().map(|&pid| {
            let clock = ClockId::pid_cpu_clock_id(pid).context("the server's CPU clock")?;
            Ok(Duration::from(clock.now()?))
        });
        clocks.sum()
    }

    /// The share of memory that is its own.
    pub(crate) fn memory_bytes(&self) -> Result<u64> {
        let sizes = self.pids.iter().map(|pid| {
            let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
            let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
            let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
            Ok(kib.context("no Pss in smaps_rollup")?.parse::<u64>()? * 1024)
        });
        sizes.sum()
    }
}

/// Counts what is done between the end of the warm-up and the end of the window.
pub(crate) struct Window {
    server: Server,
    opens: Instant,
    closes: Instant,
    begun: Option<Begun>,
    operations: u64,
    latency: Histogram<u64>,
}

struct Begun {
    at: Instant,
    server: Duration,
    load: Duration,
}

impl Window {
    pub(crate) fn new(server: Server, warm_up: Duration, length: Duration) -> Result<Self> {
        let opens = Instant::now() + warm_up;
        Ok(Self {
            server,
            opens,
            closes: opens + length,
            begun: None,
            operations: 0,
            latency: Histogram::new_with_max(LONGEST_NANOSECONDS, 3)?,
        })
    }

    /// True until the window is over; called often.
    pub(crate) fn is_open(&mut self) -> Result<bool> {
        let now = Instant::now();
        if self.begun.is_none() && now >= self.opens {
            self.begun = Some(Begun { at: now, server: self.server.cpu()?, load: own_cpu()? });
        }
        Ok(now < self.closes)
    }

    /// Takes down that `operations` are done that were sent, or should have been, at `since`.
    pub(crate) fn record(&mut self, since: Instant, operations: u64) {
        if self.begun.is_some() {
            self.operations += operations;
            let nanoseconds = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.latency.saturating_record(nanoseconds);
        }
    }

    pub(crate) fn measurement(self) -> Result<Measurement> {
        let begun = self.begun.context("the window has not opened")?;
        let microseconds = |nanoseconds: u64| Duration::from_nanos(nanoseconds).as_secs_f64() * 1e6;
        Ok(Measurement {
            operations: self.operations,
            seconds: begun.at.elapsed().as_secs_f64(),
            server_cpu_seconds: self.server.cpu()?.saturating_sub(begun.server).as_secs_f64(),
            load_cpu_seconds: own_cpu()?.saturating_sub(begun.load).as_secs_f64(),
            latency_us: Some(Latency {
                p50: microseconds(self.latency.value_at_quantile(0.5)),
                p99: microseconds(self.latency.value_at_quantile(0.99)),
                max: microseconds(self.latency.max()),
            }),
            bytes_per_connection: None,
        })
    }
}

pub(crate) fn own_cpu() -> Result<Duration> {
    Ok(ClockId::CLOCK_PROCESS_CPUTIME_ID.now()?.into())
}
