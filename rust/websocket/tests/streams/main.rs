//! Whole streams: however they are cut, the same messages and the same error come out.

mod client;

mod differential;
mod rules;
mod splits;
