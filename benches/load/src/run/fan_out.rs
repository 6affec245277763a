//! One client has the server send to a room; another message follows each that all members have.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::connection::{Connection, Scratch, scratch};
use crate::measure::{Measurement, Window};
use crate::options::Options;
use crate::poller::Poller;
use crate::requests::{self, MESSAGE};
use crate::scenario::Scenario;

struct Member {
    connection: Connection,
    /// How many messages have come.
    received: usize,
}

/// A message on its way; which one it is follows from its place, as all members get them in order.
#[derive(Clone)]
struct Broadcast {
    sent: Instant,
    /// How many members don't have it yet.
    outstanding: usize,
}

pub(crate) fn run(scenario: &Scenario, options: &Options) -> Result<Measurement> {
    let mut scratch = scratch();
    let mut poller = Poller::new()?;
    let mut members = join(scenario, options, &mut poller, &mut scratch)?;
    let mut sender = Connection::open_many(options.address, 1)?.remove(0);
    let request = requests::event("bcast", &requests::payload(scenario.payload_bytes));
    let mut window = super::window(scenario, options)?;
    let broadcast = Broadcast { sent: Instant::now(), outstanding: members.len() };
    let mut broadcasts = vec![broadcast; scenario.in_flight];
    sender.send(&request.repeat(scenario.in_flight))?;
    while window.is_open()? {
        let mut complete = 0;
        poller.wait(|index| {
            complete += members[index].receive(&mut broadcasts, &mut window, &mut scratch)?;
            Ok(())
        })?;
        let now = Instant::now();
        for broadcast in broadcasts.iter_mut().filter(|one| one.outstanding == 0) {
            broadcast.outstanding = members.len();
            broadcast.sent = now;
        }
        sender.send(&request.repeat(complete))?;
    }
    window.measurement()
}

/// Connects the members, and waits until all are in the room.
fn join(
    scenario: &Scenario,
    options: &Options,
    poller: &mut Poller,
    scratch: &mut Scratch,
) -> Result<Vec<Member>> {
    let mut join = requests::event("join", "r");
    // Its ack says that the room has been joined.
    join.extend(requests::echo(0, "joined"));
    let mut members = Vec::with_capacity(scenario.connections);
    for mut connection in Connection::open_many(options.address, scenario.connections)? {
        connection.send(&join)?;
        poller.add(members.len(), &connection)?;
        members.push(Member { connection, received: 0 });
    }
    let mut joined = 0;
    while joined < members.len() {
        poller.wait(|index| {
            let connection = &mut members[index].connection;
            let open = connection.messages(scratch, |_, packet| {
                joined += usize::from(requests::ack_id(packet).is_some());
                Ok(())
            })?;
            ensure!(open, "the server has closed a connection");
            Ok(())
        })?;
    }
    Ok(members)
}

impl Member {
    /// Takes the messages of one read; says how many of them were the last ones of their broadcast.
    fn receive(
        &mut self,
        broadcasts: &mut [Broadcast],
        window: &mut Window,
        scratch: &mut Scratch,
    ) -> Result<usize> {
        let (received, in_flight) = (&mut self.received, broadcasts.len());
        let mut complete = 0;
        let open = self.connection.messages(scratch, |_, packet| {
            ensure!(packet.starts_with(MESSAGE), "{}", packet.escape_ascii());
            let broadcast = &mut broadcasts[*received % in_flight];
            ensure!(broadcast.outstanding > 0, "more messages than members");
            *received += 1;
            broadcast.outstanding -= 1;
            complete += usize::from(broadcast.outstanding == 0);
            window.record(broadcast.sent, 1);
            Ok(())
        })?;
        ensure!(open, "the server has closed a connection");
        Ok(complete)
    }
}
