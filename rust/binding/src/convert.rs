//! Rows 6 and 8: a packet's JSON and attachments become Python values, and the other way round, in one pass each.

mod text;

mod fault;

pub(crate) mod keys;

mod escape;

pub(crate) mod read;

pub(crate) mod write;

/// Arrays and objects may be nested this deep, a packet's own array counted, in both directions.
const MAX_DEPTH: usize = socketio::json::MAX_DEPTH;

/// A value may be replaced by another this often, until it is one that JSON has.
const MAX_STEPS: usize = 16;

/// Arrays and objects that may be open in one another without an allocation for it; few values have more.
const INLINE_LEVELS: usize = 8;

/// The most digits of an integer that is read: `CPython`'s own bound, since turning digits into an
/// integer takes quadratic time (CVE-2020-10735).
const MAX_DIGITS: usize = 4300;
