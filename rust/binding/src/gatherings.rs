//! Answers of many clients to one event, while they come: counted and timed together.

use std::collections::BTreeMap;
use std::sync::Arc;

use engineio::Sid;
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use pyo3::prelude::*;
use socketio::{Conn, NamespaceId, Receiver, SocketKey};

use crate::acks::Moment;

/// An event that many are to answer: its namespace, and the ack id that all of them got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Question {
    namespace: NamespaceId,
    id: u64,
}

impl Question {
    pub(crate) fn new(namespace: NamespaceId, id: u64) -> Self {
        Self { namespace, id }
    }
}

/// The answers to one event; `W` waits for them.
pub(crate) struct Gathering<W> {
    pub(crate) waiter: W,
    /// The first argument of each, in the order in which they came.
    pub(crate) responses: Vec<Py<PyAny>>,
    /// Those that won't answer any more.
    pub(crate) missing: Vec<Sid>,
    waiting: HashMap<SocketKey, (Sid, Arc<Conn>), RandomState>,
}

impl<W> Gathering<W> {
    pub(crate) fn new(waiter: W, receivers: Vec<Receiver>) -> Self {
        let mut missing = Vec::new();
        let mut waiting = HashMap::default();
        for Receiver { socket, id, conn } in receivers {
            match conn {
                Some(conn) => drop(waiting.insert(socket, (id, conn))),
                None => missing.push(id),
            }
        }
        Self { waiter, responses: Vec::new(), missing, waiting }
    }

    /// Nobody is left to wait for.
    pub(crate) fn is_over(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Waits for nobody any more.
    pub(crate) fn end(mut self) -> Self {
        for (sid, conn) in std::mem::take(&mut self.waiting).into_values() {
            conn.ack_settled();
            self.missing.push(sid);
        }
        self
    }
}

/// Those that go on.
pub(crate) struct Gatherings<W> {
    open: BTreeMap<Question, (Gathering<W>, (Moment, u64))>,
    /// The number keeps equal moments apart.
    deadlines: BTreeMap<(Moment, u64), Question>,
    count: u64,
}

impl<W> Default for Gatherings<W> {
    fn default() -> Self {
        Self { open: BTreeMap::new(), deadlines: BTreeMap::new(), count: 0 }
    }
}

impl<W> Gatherings<W> {
    pub(crate) fn insert(&mut self, question: Question, of: Gathering<W>, deadline: Moment) {
        self.count += 1;
        let deadline = (deadline, self.count);
        self.deadlines.insert(deadline, question);
        self.open.insert(question, (of, deadline));
    }

    /// The answer of a socket has come: its id, if it is one that is waited for. [`add`](Self::add) is to follow.
    pub(crate) fn answered(&mut self, question: Question, socket: SocketKey) -> Option<Sid> {
        let (gathering, _) = self.open.get_mut(&question)?;
        let (sid, conn) = gathering.waiting.remove(&socket)?;
        conn.ack_settled();
        Some(sid)
    }

    /// Who waits for the answers.
    pub(crate) fn waiter(&self, question: Question) -> Option<&W> {
        self.open.get(&question).map(|(gathering, _)| &gathering.waiter)
    }

    /// Adds the value of an answer, or the socket whose answer has none; the gathering when that was the last.
    pub(crate) fn add(
        &mut self,
        question: Question,
        value: Result<Py<PyAny>, Sid>,
    ) -> Option<Gathering<W>> {
        let (gathering, _) = self.open.get_mut(&question)?;
        match value {
            Ok(value) => gathering.responses.push(value),
            Err(sid) => gathering.missing.push(sid),
        }
        if gathering.is_over() { self.take(question) } else { None }
    }

    /// A socket of a namespace has left: those that wait for nobody any more, in the order of their ids.
    pub(crate) fn leave(&mut self, namespace: NamespaceId, socket: SocketKey) -> Vec<Gathering<W>> {
        let of_namespace = Question::new(namespace, 0)..=Question::new(namespace, u64::MAX);
        let mut over = Vec::new();
        for (&question, (gathering, _)) in self.open.range_mut(of_namespace) {
            let Some((sid, conn)) = gathering.waiting.remove(&socket) else { continue };
            conn.ack_settled();
            gathering.missing.push(sid);
            if gathering.is_over() {
                over.push(question);
            }
        }
        over.into_iter().filter_map(|question| self.take(question)).collect()
    }

    /// Takes out one, which waits for nobody any more.
    pub(crate) fn take(&mut self, question: Question) -> Option<Gathering<W>> {
        let (gathering, deadline) = self.open.remove(&question)?;
        self.deadlines.remove(&deadline);
        Some(gathering.end())
    }

    /// Takes out those whose time has come.
    pub(crate) fn take_due(&mut self, now: Moment) -> Vec<Gathering<W>> {
        let mut due = Vec::new();
        while let Some((&(moment, _), &question)) = self.deadlines.first_key_value() {
            if moment > now {
                break;
            }
            due.extend(self.take(question));
        }
        due
    }

    pub(crate) fn take_all(&mut self) -> Vec<Gathering<W>> {
        self.deadlines.clear();
        std::mem::take(&mut self.open).into_values().map(|(gathering, _)| gathering.end()).collect()
    }

    /// When [`take_due`](Self::take_due) has something to do.
    pub(crate) fn earliest(&self) -> Option<Moment> {
        self.deadlines.first_key_value().map(|(&(moment, _), _)| moment)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Gathering<W>> {
        self.open.values().map(|(gathering, _)| gathering)
    }
}
