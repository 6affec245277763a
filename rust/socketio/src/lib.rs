//! Socket.IO 5 without sockets, clock or runtime: packets, namespaces, rooms, acks; the [`Hub`] that holds all connections' protocol state and the [`Front`]
//! that the language side talks to.

#![forbid(unsafe_code)]

pub mod json;

mod error;

mod limits;

pub mod packet;

mod gauge;

mod carrier;

mod conn;

mod event;

mod stats;

mod socket_state;

mod attachments;

mod notices;

mod client;

mod missed;

mod command;

mod room_events;

mod registry;

mod recovery;

mod front;

mod rooms;

mod exchange;

mod guests;

mod hub;

mod life;

mod pausing;

mod joining;

mod dispatch;

mod carried;
mod finding;
mod restoring;

mod commands;

pub use carrier::{CarriedId, Carrier, Content, Guest, Message};
pub use command::NamespaceId;
pub use conn::Conn;
pub use error::{DecodeError, QueueFull};
pub use event::{
    Attachments, Batch, DisconnectReason, Event, EventSink, Level, Log, SocketKey, Verdict, Wake,
};
pub use exchange::{Config, Flow, Outcome, Output, SlowClient};
pub use front::{
    Asked, Front, Gauges, Outbound, Recalled, Receiver, Relay, Sent, SocketInfo, Targets, Unfit,
};
pub use hub::Hub;
pub use limits::{Limits, Load};
pub use packet::{Body, is_reserved};
pub use recovery::RecoveryOptions;
pub use room_events::{RoomChange, RoomEvent};
pub use stats::{Limit, Stats};

#[cfg(test)]
mod tests;
