//! Sessions of which another has the client: neither requests nor heartbeats reach them.

use crate::exchange::{ConnectionId, SessionKey};
use crate::heartbeat::Heartbeat;
use crate::session::{Session, Transport};
use crate::sid::Sid;
use crate::time::Time;

use super::Sessions;

impl Sessions {
    /// Opens a session that sends no pings, and that no request finds by its id. What it has to send goes to `connection`, as if that were a WebSocket.
    pub fn open_carried(&mut self, sid: Sid, connection: ConnectionId, now: Time) -> SessionKey {
        let transport = Transport::WebSocket(connection);
        let mut session = Session::new(sid, transport, &self.config, now);
        session.heartbeat = Heartbeat::never();
        self.table.insert(session)
    }

    /// Forgets such a session when its client has gone. No event tells of it.
    pub fn forget_carried(&mut self, session: SessionKey) {
        self.remove(session);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::table::Key;

    #[test]
    fn nothing_is_ever_due_for_one_and_no_id_finds_it() {
        let mut sessions = Sessions::new(Config::default());
        let (sid, connection) = (Sid::new(), ConnectionId(Key { index: 0, generation: 0 }));
        let session = sessions.open_carried(sid, connection, Time(0));
        sessions.set_paused(session, true, Time(0));
        sessions.set_paused(session, false, Time(1_000_000));
        assert_eq!(sessions.next_timeout(), None);
        assert_eq!(sessions.find(sid.as_str()), None);
        assert_eq!(sessions.connection(session), Some(connection));
        sessions.forget_carried(session);
        assert!(sessions.is_empty() && sessions.poll_event().is_none());
    }
}
