//! The kinds of scenario.

mod connect;
mod echo;
mod fan_out;
mod idle;
mod open_loop;
mod polling;

use anyhow::{Result, bail};

use crate::measure::{Measurement, Server, Window};
use crate::options::Options;
use crate::scenario::{Kind, Scenario};

pub(crate) fn run(scenario: &Scenario, options: &Options) -> Result<Measurement> {
    match (scenario.kind, options.rate.or(scenario.rate)) {
        (Kind::Echo, Some(rate)) => open_loop::run(scenario, options, rate),
        (_, Some(_)) => bail!("only echo can be sent at a rate"),
        (Kind::Echo | Kind::Sink, None) => echo::run(scenario, options),
        (Kind::FanOut, None) => fan_out::run(scenario, options),
        (Kind::Connect, None) => connect::run(scenario, options),
        (Kind::Polling, None) => polling::run(scenario, options),
        (Kind::Idle, None) => idle::run(scenario, options),
    }
}

fn window(scenario: &Scenario, options: &Options) -> Result<Window> {
    let server = Server::new(&options.pids);
    Window::new(server, scenario.warm_up(), scenario.window())
}
