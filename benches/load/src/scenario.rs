//! A scenario, as its file describes it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// What `benches/scenarios/*.toml` says; what the file has besides is for those who show results.
#[derive(Deserialize)]
pub(crate) struct Scenario {
    pub(crate) kind: Kind,
    /// How many clients there are, for [`Kind::Connect`] at a time.
    pub(crate) connections: usize,
    /// Operations of a client that are not answered yet, for [`Kind::Sink`] in one write.
    #[serde(default = "one")]
    pub(crate) in_flight: usize,
    #[serde(default)]
    pub(crate) payload_bytes: usize,
    #[serde(default)]
    pub(crate) binary: bool,
    /// Operations per second in all, sent at fixed times whether answered or not; as fast as answers come without.
    pub(crate) rate: Option<f64>,
    #[serde(default)]
    warm_up_seconds: f64,
    #[serde(default)]
    seconds: f64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// Events that are answered with what they bring.
    Echo,
    /// Events without an answer; an echo behind each write says that the server has handled them.
    Sink,
    /// One client has the server send to a room in which all others are.
    FanOut,
    /// Connections that are opened, join the main namespace and are closed.
    Connect,
    /// Echo over long-polling: one POST and one GET for each.
    Polling,
    /// Connections that do nothing.
    Idle,
}

fn one() -> usize {
    1
}

impl Scenario {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }

    pub(crate) fn warm_up(&self) -> Duration {
        Duration::from_secs_f64(self.warm_up_seconds)
    }

    pub(crate) fn window(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}
