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
    /// The middlewares said no.
    Refused,
    /// The server disconnects it.
    Disconnected,
    /// Its client left, or its session ended.
    Ended(DisconnectReason),
    /// Its `disconnecting` handlers have ended.
    Forgotten,
}

/// Where a cause brings a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    State(SocketState),
    Gone,
}

impl SocketState {
    /// What `cause` comes to; none when it comes too late or too early and changes nothing.
    pub(crate) fn after(self, cause: Cause) -> Option<Next> {
        use DisconnectReason::ServerNamespaceDisconnect;
        Some(match (self, cause) {
            (Self::Authorizing, Cause::Accepted) => Next::State(Self::Connected),
            (Self::Connected, Cause::Ended(reason)) => Next::State(Self::Closing(reason)),
            (Self::Connected, Cause::Disconnected) => {
                Next::State(Self::Closing(ServerNamespaceDisconnect))
            }
            (Self::Authorizing, Cause::Refused | Cause::Ended(_))
            | (Self::Closing(_), Cause::Forgotten) => Next::Gone,
            _ => return None,
        })
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
    fn every_state_and_cause_come_to_what_the_table_says() {
        use DisconnectReason::{PingTimeout, ServerNamespaceDisconnect, TransportClose};
        let causes = [
            Cause::Accepted,
            Cause::Refused,
            Cause::Disconnected,
            Cause::Ended(TransportClose),
            Cause::Forgotten,
        ];
        let to = |state| Some(Next::State(state));
        let (authorizing, connected) = (SocketState::Authorizing, SocketState::Connected);
        let closing = SocketState::Closing;
        let by_server = to(closing(ServerNamespaceDisconnect));
        let by_client = to(closing(TransportClose));
        for (from, expected) in [
            (authorizing, [to(connected), Some(Next::Gone), None, Some(Next::Gone), None]),
            (connected, [None, None, by_server, by_client, None]),
            (closing(PingTimeout), [None, None, None, None, Some(Next::Gone)]),
        ] {
            for (cause, expected) in causes.into_iter().zip(expected) {
                assert_eq!(from.after(cause), expected, "{from:?} by {cause:?}");
            }
        }
    }

    #[test]
    fn a_socket_shows_as_connected_while_it_leaves_but_not_when_the_server_ended_it() {
        use DisconnectReason::{ServerNamespaceDisconnect, TransportClose};
        assert!(!SocketState::Authorizing.is_connected());
        assert!(SocketState::Connected.is_connected());
        assert!(SocketState::Closing(TransportClose).is_connected());
        assert!(!SocketState::Closing(ServerNamespaceDisconnect).is_connected());
    }
}
