//! Answers that are waited for, by socket and ack id, and when each is given up.

use std::collections::BTreeMap;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use socketio::SocketKey;

/// A time of the loop's clock, in seconds from zero on. Such numbers are in the order of their bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) fn from_seconds(seconds: f64) -> Self {
        Self(seconds.max(0.0).to_bits())
    }

    pub(crate) fn as_seconds(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// Waiters of type `W`. An id that is not known, because it is late or made up, finds nothing.
pub(crate) struct Acks<W> {
    /// The server gives out the ids: no peer can choose collisions.
    sockets: HashMap<SocketKey, BTreeMap<u64, Waiting<W>>, RandomState>,
    /// The number keeps equal moments apart.
    deadlines: BTreeMap<(Moment, u64), (SocketKey, u64)>,
    count: u64,
}

struct Waiting<W> {
    waiter: W,
    deadline: Option<(Moment, u64)>,
}

impl<W> Default for Acks<W> {
    fn default() -> Self {
        Self { sockets: HashMap::default(), deadlines: BTreeMap::new(), count: 0 }
    }
}

impl<W> Acks<W> {
    pub(crate) fn insert(
        &mut self,
        socket: SocketKey,
        id: u64,
        waiter: W,
        deadline: Option<Moment>,
    ) {
        self.count += 1;
        let deadline = deadline.map(|moment| (moment, self.count));
        if let Some(deadline) = deadline {
            self.deadlines.insert(deadline, (socket, id));
        }
        self.sockets.entry(socket).or_default().insert(id, Waiting { waiter, deadline });
    }

    /// Takes out the waiter of an answer.
    pub(crate) fn take(&mut self, socket: SocketKey, id: u64) -> Option<W> {
        let waiting = self.sockets.get_mut(&socket)?;
        let Waiting { waiter, deadline } = waiting.remove(&id)?;
        if waiting.is_empty() {
            self.sockets.remove(&socket);
        }
        if let Some(deadline) = deadline {
            self.deadlines.remove(&deadline);
        }
        Some(waiter)
    }

    /// Takes out all waiters of a socket, in the order of their ids.
    pub(crate) fn take_all(&mut self, socket: SocketKey) -> Vec<W> {
        let waiting = self.sockets.remove(&socket).unwrap_or_default();
        for deadline in waiting.values().filter_map(|waiting| waiting.deadline) {
            self.deadlines.remove(&deadline);
        }
        waiting.into_values().map(|waiting| waiting.waiter).collect()
    }

    /// Takes out those whose time has come.
    pub(crate) fn take_due(&mut self, now: Moment) -> Vec<W> {
        let mut due = Vec::new();
        while let Some((&(moment, _), &(socket, id))) = self.deadlines.first_key_value() {
            if moment > now {
                break;
            }
            due.extend(self.take(socket, id));
        }
        due
    }

    /// When [`take_due`](Self::take_due) has something to do.
    pub(crate) fn earliest(&self) -> Option<Moment> {
        self.deadlines.first_key_value().map(|(&(moment, _), _)| moment)
    }

    /// How many answers of a socket are waited for.
    pub(crate) fn pending(&self, socket: SocketKey) -> usize {
        self.sockets.get(&socket).map_or(0, BTreeMap::len)
    }

    pub(crate) fn waiters(&self) -> impl Iterator<Item = &W> {
        self.sockets.values().flat_map(|waiting| waiting.values().map(|waiting| &waiting.waiter))
    }

    /// Sockets with waiters.
    pub(crate) fn sockets(&self) -> Vec<SocketKey> {
        self.sockets.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(index: u32) -> SocketKey {
        SocketKey { index, generation: 0 }
    }

    fn at(seconds: f64) -> Moment {
        Moment::from_seconds(seconds)
    }

    #[test]
    fn an_answer_finds_its_waiter_once() {
        let mut acks = Acks::default();
        acks.insert(key(1), 0, "a", None);
        acks.insert(key(1), 1, "b", Some(at(5.0)));
        assert_eq!(acks.take(key(2), 0), None);
        assert_eq!(acks.take(key(1), 1), Some("b"));
        assert_eq!(acks.take(key(1), 1), None);
        assert_eq!(acks.earliest(), None);
        assert_eq!((acks.pending(key(1)), acks.pending(key(2))), (1, 0));
    }

    #[test]
    fn waiters_fall_due_in_the_order_of_their_deadlines() {
        let mut acks = Acks::default();
        acks.insert(key(1), 0, "late", Some(at(3.5)));
        acks.insert(key(2), 0, "early", Some(at(0.25)));
        acks.insert(key(3), 0, "same", Some(at(0.25)));
        acks.insert(key(4), 0, "never", None);
        assert_eq!(acks.take_due(at(0.0)), Vec::<&str>::new());
        assert_eq!(acks.take_due(at(1.0)), ["early", "same"]);
        assert_eq!(acks.earliest().map(Moment::as_seconds), Some(3.5));
        assert_eq!(acks.take_due(at(1e9)), ["late"]);
        assert_eq!(acks.pending(key(4)), 1);
    }

    #[test]
    fn a_socket_that_leaves_takes_all_its_waiters_along() {
        let mut acks = Acks::default();
        for id in 0..3 {
            acks.insert(key(1), id, id, Some(at(1.0)));
        }
        acks.insert(key(2), 7, 7, Some(at(2.0)));
        assert_eq!(acks.take_all(key(1)), [0, 1, 2]);
        assert_eq!(acks.take_all(key(1)), Vec::<u64>::new());
        assert_eq!(acks.earliest(), Some(at(2.0)));
        assert_eq!(acks.pending(key(2)), 1);
    }
}
