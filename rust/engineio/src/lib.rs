//! Engine.IO 4 sessions without sockets, clock or runtime: requests and frames in, responses, frames and events out.
//!
//! The driver calls `handle_*`, `receive_*` and `set_*` methods of [`Sessions`] with what happened and the [`Time`], then takes what is to be done from its `poll_*` methods.

mod time;

mod table;

mod sid;

pub mod packet;

pub mod payload;

mod request;

mod response;

mod config;

mod sessions;

pub use config::{Config, Cors, Origins, TransportName, Transports};
pub use request::{Query, Request};
pub use response::{Header, Response};
pub use sessions::{
    CloseReason, ConnectionId, Event, Frame, Hangup, Outcome, Output, Received, RequestId,
    SessionKey, Sessions, Upgrade,
};
pub use sid::Sid;
pub use table::{Key, Table};
pub use time::Time;
