//! Socket.IO 5 without sockets, clock or runtime: packets, namespaces, rooms, acks; the [`Hub`] that holds all connections' protocol state and the [`Front`]
//! that the language side talks to.

mod error;

pub mod limits;

pub mod json;

pub mod packet;

mod event;

mod socket_state;

mod attachments;

mod conn;

mod client;

mod command;

mod registry;

mod front;

mod rooms;

mod hub;

mod dispatch;

mod commands;

pub use command::NamespaceId;
pub use conn::Conn;
pub use error::{DecodeError, QueueFull};
pub use event::{Attachments, Batch, DisconnectReason, Event, EventSink, Log, SocketKey, Wake};
pub use front::{Front, Outbound, Sent, SocketInfo, Targets};
pub use hub::{Config, Flow, Hub, Outcome, Output, SlowClient};
pub use packet::{Body, is_reserved};
