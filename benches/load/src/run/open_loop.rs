//! `echo` at a rate: requests leave at fixed times whether the last ones are answered or not.
//!
//! A latency counts from the time at which the request should have left. So a server that stalls is charged for all that
//! would have been sent meanwhile, and a load generator that is late charges itself.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::connection::{Connection, scratch};
use crate::measure::Measurement;
use crate::options::Options;
use crate::poller::Poller;
use crate::requests;
use crate::scenario::Scenario;

/// Ack ids of a connection, used in turn; that many may be awaited.
const IDS: usize = 4096;

struct Client {
    connection: Connection,
    /// When the request with that id should have left; none when it is answered.
    intended: Vec<Option<Instant>>,
    next: usize,
}

pub(crate) fn run(scenario: &Scenario, options: &Options, rate: f64) -> Result<Measurement> {
    ensure!(rate >= 1.0 && !scenario.binary, "a rate of at least 1 per second, of text");
    let payload = requests::payload(scenario.payload_bytes);
    let requests: Vec<_> = (0..IDS).map(|id| requests::echo(id, &payload)).collect();
    let mut poller = Poller::new()?;
    let mut clients = Vec::with_capacity(scenario.connections);
    for connection in Connection::open_many(options.address, scenario.connections)? {
        poller.add(clients.len(), &connection)?;
        clients.push(Client { connection, intended: vec![None; IDS], next: 0 });
    }

    let mut scratch = scratch();
    let mut window = super::window(scenario, options)?;
    let interval = Duration::from_secs_f64(1.0 / rate);
    let (mut due, mut turn) = (Instant::now() + interval, 0);
    // It never sleeps: waking up would take longer than what is measured.
    while window.is_open()? {
        while Instant::now() >= due {
            clients[turn].request(due, &requests)?;
            turn = (turn + 1) % clients.len();
            due += interval;
        }
        poller.look(|index| {
            let client = &mut clients[index];
            let open = client.connection.messages(&mut scratch, |_, packet| {
                let intended = requests::ack_id(packet).and_then(|id| client.intended[id].take());
                window.record(intended.context("an ack that is not awaited")?, 1);
                Ok(())
            })?;
            ensure!(open, "the server has closed a connection");
            Ok(())
        })?;
    }
    window.measurement()
}

impl Client {
    fn request(&mut self, due: Instant, requests: &[Vec<u8>]) -> Result<()> {
        let id = self.next;
        let before = self.intended[id].replace(due);
        ensure!(before.is_none(), "overloaded: {IDS} requests unanswered");
        self.next = (id + 1) % IDS;
        self.connection.send(&requests[id])
    }
}
