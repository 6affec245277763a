//! Engine.IO 4 sessions without sockets, clock or runtime: requests and frames in, responses, frames and events out.
//!
//! The driver tells [`Sessions`] what happened, and when, and takes from it what is to be done. Modules stand in the order of dependence, the lowest first.

#![forbid(unsafe_code)]

mod time;

mod table;

mod sid;

pub mod packet;

pub mod payload;

mod request;

mod response;

mod config;

mod cors;

mod check;

mod handshake;

mod exchange;

mod heartbeat;

mod upgrade;

mod polling;

mod backlog;

mod outgoing;

mod wheel;

mod session;

mod sessions;

pub use config::{Config, Cors, Origins, TransportName, Transports};
pub use exchange::{
    CloseReason, ConnectionId, Event, Frame, Hangup, INTERNAL_ERROR, Outcome, Output, Received,
    RequestId, SessionKey, Upgrade,
};
pub use request::{Query, Request};
pub use response::{Header, Response};
pub use sessions::Sessions;
pub use sid::Sid;
pub use table::{Key, Table};
pub use time::Time;
