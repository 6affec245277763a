//! The floor: a server that does for the load contract what the wire demands, and nothing else. No JSON is read, nothing is
//! checked, nobody is pinged. What it costs is what the system and the protocol cost.

mod packet;
mod polling;
mod server;
mod websocket;

use std::net::TcpListener;

use anyhow::Result;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

fn main() -> Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    server::Server::new(listener)?.run()
}
