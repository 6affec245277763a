//! Row 5: sockets whose namespace the language side has looked for.

use engineio::{SessionKey, Time};

use crate::client::Joined;
use crate::event::{Event, SocketKey};
use crate::front::Admission;
use crate::hub::Hub;

impl Hub {
    /// The namespace that a socket waits for was found.
    pub(crate) fn enter(&mut self, session: SessionKey, socket: SocketKey, now: Time) {
        let client = self.clients.get_mut(session);
        if !client.is_some_and(|client| client.has(socket)) {
            return;
        }
        let Some((namespace, name, _)) = self.front.namespace_of(socket) else { return };
        self.rooms.add(socket, session, namespace);
        match self.front.admit_found(socket) {
            Admission::Recalled(socket) => {
                self.tell(session, |conn| Event::Recall { socket, conn }, now);
            }
            Admission::Guarded(socket) => {
                self.tell(session, |conn| Event::Authorize { socket, conn }, now);
            }
            Admission::Connected(socket, sid) => self.connected(session, socket, &name, sid, now),
            Admission::Unknown
            | Admission::Sought(_)
            | Admission::Restored(_)
            | Admission::Living(_) => {}
        }
    }

    /// The namespace that a socket waits for is unknown.
    pub(crate) fn forget_unknown(&mut self, session: SessionKey, socket: SocketKey, now: Time) {
        let client = self.clients.get_mut(session);
        if let Some(Joined { namespace, .. }) = client.and_then(|client| client.leave(socket)) {
            self.refuse_unknown(session, &namespace, now);
        }
    }
}
