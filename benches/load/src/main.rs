//! Loads one server with one scenario and prints one line of JSON: `load ADDRESS SCENARIO.toml --pid PID [--core N] [--rate N]`.
//!
//! The way of data: [`options`] and [`scenario`] say what to do, a module of `run` does it over [`connection`]s (or
//! [`http`] for long-polling), [`frames`] and [`requests`] are the bytes, [`measure`] is what came of it.

mod connection;
mod frames;
mod http;
mod measure;
mod options;
mod poller;
mod requests;
mod run;
mod scenario;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::Pid;

use crate::options::Options;
use crate::scenario::Scenario;

fn main() -> ExitCode {
    match load() {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn load() -> Result<String> {
    let options = Options::parse(std::env::args().skip(1))?;
    let scenario = Scenario::read(&options.scenario)?;
    if let Some(core) = options.core {
        pin(core)?;
    }
    allow_many_descriptors()?;
    let measurement = run::run(&scenario, &options)?;
    Ok(serde_json::to_string(&measurement)?)
}

fn pin(core: usize) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core).context("no such core")?;
    sched_setaffinity(Pid::from_raw(0), &cores).context("pinning to a core")
}

fn allow_many_descriptors() -> Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).context("raising the number of descriptors")
}
