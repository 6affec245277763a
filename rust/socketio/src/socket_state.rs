//! The life of a socket as one table.

use crate::event::DisconnectReason;

/// Where a socket stands.
///
/// | from | by | to |
/// |---|---|---|
/// | authorizing | accepted | connected |
/// | authorizing | refused, or its client left | gone |
/// | connected | the first cause to end it | closing |
/// | closing | its `disconnecting` handlers ended | gone |
///
/// *Gone* is the absence of the entry. A closing socket gets no broadcast; its rooms can still be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SocketState {
    /// The namespace's middlewares run; the client hears nothing yet.
    Authorizing,
    /// Accepted: in its rooms, sending and receiving.
    Connected,
    /// It has ended, for this reason.
    Closing(DisconnectReason),
}

/// What moves a socket on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The middlewares said yes.
    Accepted,
    /// It ends.
    Ended(DisconnectReason),
}

impl SocketState {
    /// The state after `cause`; none when the cause comes too late or too early and changes nothing.
    pub(crate) fn after(self, cause: Cause) -> Option<Self> {
        match (self, cause) {
            (Self::Authorizing, Cause::Accepted) => Some(Self::Connected),
            (Self::Connected, Cause::Ended(reason)) => Some(Self::Closing(reason)),
            _ => None,
        }
    }

    /// What `socket.connected` shows: still true while `disconnecting` handlers of a peer's leave run, false at once after the server's own
    /// `disconnect()`.
    pub(crate) fn is_connected(self) -> bool {
        match self {
            Self::Authorizing => false,
            Self::Connected => true,
            Self::Closing(reason) => reason != DisconnectReason::ServerNamespaceDisconnect,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_cause_wins() {
        use DisconnectReason::{PingTimeout, TransportClose};
        let connected = SocketState::Authorizing.after(Cause::Accepted);
        assert_eq!(connected, Some(SocketState::Connected));
        let closing = SocketState::Connected.after(Cause::Ended(PingTimeout));
        assert_eq!(closing, Some(SocketState::Closing(PingTimeout)));
        assert_eq!(SocketState::Closing(PingTimeout).after(Cause::Ended(TransportClose)), None);
        assert_eq!(SocketState::Closing(PingTimeout).after(Cause::Accepted), None);
        assert_eq!(SocketState::Authorizing.after(Cause::Ended(TransportClose)), None);
    }
}
