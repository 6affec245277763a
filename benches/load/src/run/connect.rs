//! Connections that are opened, join the main namespace and are closed by a close frame; a new one follows each.

use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};

use crate::connection::{Connection, Scratch, scratch};
use crate::frames::{self, CLOSE, TEXT};
use crate::measure::{Measurement, Window};
use crate::options::Options;
use crate::poller::Poller;
use crate::requests::CONNECT;
use crate::scenario::Scenario;

struct Client {
    connection: Connection,
    begun: Instant,
    awaits: Awaits,
}

#[derive(Clone, Copy)]
enum Awaits {
    Head,
    Open,
    Joined,
    Closed,
}

/// What is sent on the way, made beforehand.
struct Steps {
    join: Vec<u8>,
    close: Vec<u8>,
}

pub(crate) fn run(scenario: &Scenario, options: &Options) -> Result<Measurement> {
    let steps = Steps {
        join: frames::masked(TEXT, CONNECT),
        // RFC 6455, 7.4.1: a normal closure.
        close: frames::masked(CLOSE, &1000_u16.to_be_bytes()),
    };
    let mut scratch = scratch();
    let mut window = super::window(scenario, options)?;
    let mut poller = Poller::new()?;
    let mut clients = Vec::with_capacity(scenario.connections);
    for index in 0..scenario.connections {
        let client = Client::begin(options)?;
        poller.add(index, &client.connection)?;
        clients.push(client);
    }
    let mut closed = Vec::new();
    while window.is_open()? {
        poller.wait(|index| {
            if clients[index].go_on(&steps, &mut window, &mut scratch)? {
                closed.push(index);
            }
            Ok(())
        })?;
        for index in closed.drain(..) {
            // The old socket leaves the poller when it is dropped.
            clients[index] = Client::begin(options)?;
            poller.add(index, &clients[index].connection)?;
        }
    }
    window.measurement()
}

impl Client {
    fn begin(options: &Options) -> Result<Self> {
        let begun = Instant::now();
        let connection = Connection::begin(options.address)?;
        connection.set_nonblocking()?;
        Ok(Self { connection, begun, awaits: Awaits::Head })
    }

    /// Reads what has come, and answers it; true when the connection is closed.
    fn go_on(&mut self, steps: &Steps, window: &mut Window, scratch: &mut Scratch) -> Result<bool> {
        if let Awaits::Head = self.awaits {
            if self.connection.head()? {
                self.awaits = Awaits::Open;
            }
            if !self.connection.has_message() {
                return Ok(false);
            }
        }
        let mut answer: &[u8] = &[];
        let mut awaits = self.awaits;
        let open = self.connection.messages(scratch, |_, packet| {
            (answer, awaits) = match (awaits, packet) {
                (Awaits::Open, [b'0', b'{', ..]) => (&steps.join[..], Awaits::Joined),
                (Awaits::Joined, [b'4', b'0', ..]) => (&steps.close[..], Awaits::Closed),
                // Bun's engine ends the session before it answers the close.
                (Awaits::Closed, [b'1', ..]) => (&[][..], Awaits::Closed),
                _ => bail!("unexpected {}", packet.escape_ascii()),
            };
            Ok(())
        })?;
        self.connection.send(answer).context("answering")?;
        self.awaits = awaits;
        if !open {
            ensure!(matches!(awaits, Awaits::Closed), "closed too early");
            window.record(self.begun, 1);
        }
        Ok(!open)
    }
}
