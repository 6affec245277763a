//! One client has the server send to a room; the next message follows when all members have the last one.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::connection::{Connection, scratch};
use crate::measure::Measurement;
use crate::options::Options;
use crate::poller::Poller;
use crate::requests::{self, MESSAGE};
use crate::scenario::Scenario;

pub(crate) fn run(scenario: &Scenario, options: &Options) -> Result<Measurement> {
    let payload = requests::payload(scenario.payload_bytes);
    let mut scratch = scratch();
    let mut members = Connection::open_many(options.address, scenario.connections)?;
    let mut join = requests::event("join", "r");
    // Its ack says that the room has been joined.
    join.extend(requests::echo(0, "joined"));
    for member in &mut members {
        member.send(&join)?;
    }
    let mut poller = Poller::new()?;
    for (index, member) in members.iter().enumerate() {
        poller.add(index, member)?;
    }
    let mut joined = 0;
    while joined < members.len() {
        poller.wait(|index| {
            let open = members[index].messages(&mut scratch, |_, packet| {
                joined += usize::from(requests::ack_id(packet).is_some());
                Ok(())
            })?;
            ensure!(open, "the server has closed a connection");
            Ok(())
        })?;
    }

    let mut sender = Connection::open_many(options.address, 1)?.remove(0);
    let broadcast = requests::event("bcast", &payload);
    let mut window = super::window(scenario, options)?;
    let (mut outstanding, mut sent) = (0, Instant::now());
    while window.is_open()? {
        if outstanding == 0 {
            outstanding = members.len();
            sent = Instant::now();
            sender.send(&broadcast)?;
        }
        poller.wait(|index| {
            let open = members[index].messages(&mut scratch, |_, packet| {
                ensure!(packet.starts_with(MESSAGE), "{}", packet.escape_ascii());
                ensure!(outstanding > 0, "more messages than members");
                outstanding -= 1;
                window.record(sent, 1);
                Ok(())
            })?;
            ensure!(open, "the server has closed a connection");
            Ok(())
        })?;
    }
    window.measurement()
}
