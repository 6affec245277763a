//! `echo` over long-polling. As in a browser a poll waits at the server while another connection brings the event.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::connection::{Scratch, scratch};
use crate::http::{self, Http};
use crate::measure::{Measurement, Window};
use crate::options::Options;
use crate::poller::Poller;
use crate::requests::{self, CONNECT};
use crate::scenario::Scenario;

/// Between the packets of a payload of Engine.IO 4.
const SEPARATOR: u8 = 0x1E;

struct Client {
    poll: Http,
    post: Http,
    get_request: Vec<u8>,
    post_request: Vec<u8>,
    begun: Instant,
    posted: bool,
    acked: bool,
}

pub(crate) fn run(scenario: &Scenario, options: &Options) -> Result<Measurement> {
    let payload = requests::payload(scenario.payload_bytes);
    let mut scratch = scratch();
    let mut poller = Poller::new()?;
    let mut clients = Vec::with_capacity(scenario.connections);
    for index in 0..scenario.connections {
        let client = Client::open(options, &payload, &mut scratch)?;
        poller.add(index * 2, &client.poll)?;
        poller.add(index * 2 + 1, &client.post)?;
        clients.push(client);
    }
    let mut window = super::window(scenario, options)?;
    for client in &mut clients {
        client.begin()?;
    }
    while window.is_open()? {
        poller.wait(|index| {
            let client = &mut clients[index / 2];
            match index % 2 {
                0 => client.polled(&mut scratch)?,
                _ => client.posted(&mut scratch)?,
            }
            client.end(&mut window)
        })?;
    }
    window.measurement()
}

impl Client {
    /// A session in the main namespace.
    fn open(options: &Options, payload: &str, scratch: &mut Scratch) -> Result<Self> {
        let (mut poll, mut post) = (Http::open(options.address)?, Http::open(options.address)?);
        let handshake = poll.ask(&http::get(None), scratch)?;
        let (_, sid) = handshake.split_once("\"sid\":\"").context("no handshake")?;
        let (sid, _) = sid.split_once('"').context("no sid")?;
        let get_request = http::get(Some(sid));
        post.ask(&http::post(sid, str::from_utf8(CONNECT)?), scratch)?;
        let joined = poll.ask(&get_request, scratch)?;
        // socketioxide pings at once.
        let mut packets = joined.split(char::from(SEPARATOR));
        ensure!(packets.any(|packet| packet.starts_with("40")), "not joined: {joined}");
        poll.set_nonblocking()?;
        post.set_nonblocking()?;
        Ok(Self {
            poll,
            post,
            get_request,
            post_request: http::post(sid, &requests::echo_packet(0, payload)),
            begun: Instant::now(),
            posted: false,
            acked: false,
        })
    }

    fn begin(&mut self) -> Result<()> {
        (self.posted, self.acked) = (false, false);
        self.begun = Instant::now();
        self.poll.send(&self.get_request)?;
        self.post.send(&self.post_request)
    }

    fn posted(&mut self, scratch: &mut Scratch) -> Result<()> {
        self.posted |= self.post.response(scratch)?.is_some();
        Ok(())
    }

    fn polled(&mut self, scratch: &mut Scratch) -> Result<()> {
        let Some(payload) = self.poll.response(scratch)? else {
            return Ok(());
        };
        let mut packets = payload.split(|&byte| byte == SEPARATOR);
        if packets.any(|packet| requests::ack_id(packet).is_some()) {
            self.acked = true;
            return Ok(());
        }
        // A ping, which runs are too short to have to answer.
        self.poll.send(&self.get_request)
    }

    /// Begins anew when both requests are answered.
    fn end(&mut self, window: &mut Window) -> Result<()> {
        if self.posted && self.acked {
            window.record(self.begun, 1);
            self.begin()?;
        }
        Ok(())
    }
}
