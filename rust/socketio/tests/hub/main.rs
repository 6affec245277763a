//! The hub from outside: clients' packets in, events out; commands in, frames and answers out.

mod world;

mod asking;
mod carried;
mod decoding;
mod dynamic;
mod emitting;
mod ends;
mod flow;
mod foreign;
mod interleaving;
mod life;
mod lines;
mod many;
mod namespaces;
mod panics;
mod polling;
mod queues;
mod raw;
mod recovery;
mod rooms;
mod stopping;
mod transports;
mod watching;
