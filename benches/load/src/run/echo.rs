//! `echo` and `sink`: each answer makes room for the next request.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::connection::{Connection, Scratch, scratch};
use crate::frames::TEXT;
use crate::measure::{Measurement, Window};
use crate::options::Options;
use crate::poller::Poller;
use crate::requests;
use crate::scenario::{Kind, Scenario};

/// What is sent, made beforehand: one request for each ack id, which is free again when the ack has come.
struct Requests {
    by_id: Vec<Vec<u8>>,
    /// How many events one of them has.
    events: u64,
    /// Whether an ack is followed by an attachment.
    binary: bool,
}

struct Client {
    connection: Connection,
    sent: Vec<Instant>,
    /// The ack whose attachment is still to come.
    acked: Option<usize>,
}

pub(crate) fn run(scenario: &Scenario, options: &Options) -> Result<Measurement> {
    let requests = Requests::new(scenario);
    let connections = Connection::open_many(options.address, scenario.connections)?;
    let mut window = super::window(scenario, options)?;
    let mut poller = Poller::new()?;
    let mut clients = Vec::with_capacity(connections.len());
    for (index, connection) in connections.into_iter().enumerate() {
        poller.add(index, &connection)?;
        let mut client =
            Client { connection, sent: vec![Instant::now(); requests.by_id.len()], acked: None };
        client.connection.send(&requests.by_id.concat())?;
        clients.push(client);
    }
    let (mut scratch, mut next) = (scratch(), Vec::new());
    while window.is_open()? {
        poller
            .wait(|index| clients[index].answer(&requests, &mut window, &mut scratch, &mut next))?;
    }
    window.measurement()
}

impl Requests {
    fn new(scenario: &Scenario) -> Self {
        let payload = requests::payload(scenario.payload_bytes);
        if let Kind::Sink = scenario.kind {
            let mut request = requests::event("sink", &payload).repeat(scenario.in_flight);
            request.extend(requests::echo(0, &payload));
            return Self {
                by_id: vec![request],
                events: scenario.in_flight as u64 + 1,
                binary: false,
            };
        }
        let request = |id| {
            if scenario.binary {
                requests::echo_binary(id, payload.as_bytes())
            } else {
                requests::echo(id, &payload)
            }
        };
        Self {
            by_id: (0..scenario.in_flight).map(request).collect(),
            events: 1,
            binary: scenario.binary,
        }
    }
}

impl Client {
    /// Takes the acks of one read, and sends as many requests in one write.
    fn answer(
        &mut self,
        requests: &Requests,
        window: &mut Window,
        scratch: &mut Scratch,
        next: &mut Vec<u8>,
    ) -> Result<()> {
        next.clear();
        let Self { connection, sent, acked } = self;
        let open = connection.messages(scratch, |opcode, payload| {
            let id = match (opcode, acked.take()) {
                (TEXT, None) => requests::ack_id(payload),
                (_, id) => id,
            };
            let id = id.with_context(|| format!("no ack: {}", payload.escape_ascii()))?;
            if requests.binary && opcode == TEXT {
                *acked = Some(id);
                return Ok(());
            }
            window.record(sent[id], requests.events);
            sent[id] = Instant::now();
            next.extend_from_slice(&requests.by_id[id]);
            Ok(())
        })?;
        ensure!(open, "the server has closed a connection");
        connection.send(next)
    }
}
