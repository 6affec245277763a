//! What a run hears from the hub, and what must hold of it.

use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use engineio::RequestId;
use socketio::SocketKey;

use super::{Known, Run, assert_is_line};
use crate::world::{Done, Heard};

impl Run {
    pub(super) fn start(&mut self, index: usize) {
        if !self.waiting.is_empty() {
            let (conn, bytes) = self.waiting.remove(index % self.waiting.len());
            self.world.front.started(&conn, bytes);
        }
    }

    /// Takes what the hub says.
    pub(super) fn settle(&mut self) {
        for heard in self.world.heard() {
            self.hear(&heard);
        }
        for done in self.world.take_done() {
            match done {
                Done::Closed(connection) | Done::Aborted(connection) => {
                    self.over.insert(connection);
                }
                Done::BodyAborted(id) => {
                    // The client may have given it up itself before the driver heard of this.
                    let request = self.requests.remove(&id);
                    assert!(request.is_none_or(|(_, body)| body == Some(false)));
                }
                Done::Resumed(connection) => {
                    let was_paused = self.paused.remove(&connection);
                    assert!(was_paused || self.over.contains(&connection));
                }
                Done::Stopped => self.stops += 1,
            }
        }
        let ids: Vec<RequestId> = self.requests.keys().copied().collect();
        for id in ids {
            if self.world.answer(id).is_some() {
                self.requests.remove(&id);
            }
        }
        for peer in &self.peers {
            let got = self.got.entry(peer.connection).or_default();
            for text in self.world.texts(*peer) {
                let event = text.strip_prefix("42").unwrap_or_default();
                let number = event.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
                if let Some(number) = number.and_then(|(number, _)| number.parse().ok()) {
                    assert!(number > *got, "{number} after {got}");
                    *got = number;
                }
            }
        }
    }

    fn hear(&mut self, heard: &Heard) {
        match *heard {
            Heard::Authorize(key) => {
                assert!(!self.sockets.contains_key(&key));
                self.know(key);
            }
            Heard::Connected(key) => {
                self.know(key);
                let Some(known) = self.sockets.get_mut(&key) else { return };
                assert!(!known.ended && !std::mem::replace(&mut known.connected, true));
            }
            Heard::Packet(key, ..) => self.event(key),
            Heard::Answer(key, ..) => {
                self.event(key);
                let conn = &self.sockets[&key].conn;
                if conn.acks_awaited() > 0 {
                    conn.ack_settled();
                }
            }
            Heard::Disconnected(key, _) => {
                let known = self.sockets.get_mut(&key).expect("it was heard of");
                assert!(!known.refused);
                assert!(!std::mem::replace(&mut known.ended, true));
            }
            Heard::Closed(session) => {
                assert!(self.sessions.contains(&session) && self.closed.insert(session));
                let of_it = self.sockets.values().filter(|known| known.conn.session == session);
                assert!(of_it.clone().all(|known| known.ended || known.refused));
            }
            Heard::Upgraded(session) => assert!(!self.closed.contains(&session)),
            Heard::Info(ref line) | Heard::Warning(ref line) => assert_is_line(line),
            Heard::Error(ref line) => {
                assert!(self.has_panicked, "{line}");
                assert_is_line(line);
            }
            _ => {}
        }
    }

    fn know(&mut self, key: SocketKey) {
        // One that has gone again already is nobody's business.
        let Some(info) = self.world.front.socket(key) else { return };
        let known = Known { conn: info.conn, refused: false, connected: false, ended: false };
        if let Entry::Vacant(entry) = self.sockets.entry(key) {
            entry.insert(known);
            self.keys.push(key);
        }
    }

    /// An event comes after its socket's beginning and before its end.
    fn event(&mut self, key: SocketKey) {
        let known = &self.sockets[&key];
        assert!(known.connected && !known.ended);
        let weight = self.world.weights.pop_front().expect("one for each event");
        self.waiting.push((Arc::clone(&known.conn), weight));
    }

    fn start_all(&mut self) {
        while !self.waiting.is_empty() {
            self.start(0);
            self.world.turn();
            self.settle();
        }
    }

    pub(super) fn stop(&mut self) {
        self.is_stopping = true;
        self.world.front.stop();
    }

    /// Ends everything and looks at what is left.
    pub(crate) fn finish(mut self) {
        self.world.turn();
        self.settle();
        self.start_all();
        let stuck: Vec<_> = self.paused.difference(&self.over).collect();
        assert!(stuck.is_empty(), "never resumed: {stuck:?}");
        let is_late = |body: &Option<bool>| *body == Some(true);
        assert!(
            self.requests.values().all(|(_, body)| !is_late(body)),
            "{:?}",
            self.requests.len()
        );
        if !self.is_stopping {
            self.stop();
        }
        self.world.turn();
        self.settle();
        assert_eq!(self.stops, 1);
        assert_eq!(self.closed, self.sessions);
        assert!(self.requests.is_empty());
        for (key, known) in &self.sockets {
            assert_eq!(known.ended, !known.refused, "{key:?}");
            self.world.front.forget(*key);
            assert!(self.world.front.socket(*key).is_none());
            assert_eq!(self.world.front.rooms(*key), [] as [String; 0]);
        }
        self.world.pass(Duration::from_secs(60));
        assert_eq!(self.world.hub.next_timeout(), None);
    }
}
