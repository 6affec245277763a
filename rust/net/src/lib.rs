//! Sockets, tokio and HTTP around the hub: one thread per served [`Server`](socketio::Hub) drives it.
//!
//! [`Thread::start`] makes the thread, [`Thread::listen`] gives it a listener, `Front::stop` ends it. Modules stand in the order of dependence, the lowest
//! first.

#![forbid(unsafe_code)]

mod os;

mod waker;

mod grammar;

mod answer;

mod static_files;

mod stream;

mod deadline;

mod control;

mod connection;

mod driver;

mod head_rules;

mod head;

mod body;

mod http_stream;

mod asking;

mod websocket;

mod polling;

mod http;

mod reserve;

mod listener;

mod thread;

pub use listener::{Address, Listen, Listener};
pub use static_files::{StaticFile, StaticFiles};
pub use thread::Thread;
pub use waker::Waker;
