//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use nix::unistd::Pid;

/// What to load, with which scenario, and whose CPU time to read.
pub(crate) struct Options {
    pub(crate) address: SocketAddr,
    pub(crate) scenario: PathBuf,
    /// The server's processes.
    pub(crate) pids: Vec<Pid>,
    /// The core to run on; wherever the system likes without.
    pub(crate) core: Option<usize>,
    /// In the place of the scenario's.
    pub(crate) rate: Option<f64>,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut places = Vec::new();
        let (mut pids, mut core, mut rate) = (Vec::new(), None, None);
        while let Some(argument) = arguments.next() {
            let mut value = || {
                let text = arguments.next();
                text.with_context(|| format!("{argument} needs a value"))
            };
            match argument.as_str() {
                "--pid" => pids.push(Pid::from_raw(value()?.parse().context("--pid")?)),
                "--core" => core = Some(value()?.parse().context("--core")?),
                "--rate" => rate = Some(value()?.parse().context("--rate")?),
                other if other.starts_with("--") => bail!("unknown option {other}"),
                _ => places.push(argument),
            }
        }
        let [address, scenario] = <[String; 2]>::try_from(places)
            .ok()
            .context("usage: load ADDRESS SCENARIO.toml --pid PID [--core N] [--rate N]")?;
        let address = address.parse().context("the address")?;
        let scenario = scenario.into();
        Ok(Self { address, scenario, pids, core, rate })
    }
}
