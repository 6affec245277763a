//! What differs between systems: socket options, and how the peer's end of a connection is noticed.
