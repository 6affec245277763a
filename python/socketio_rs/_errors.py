"""The exceptions that the package raises, takes from handlers, or hands to callbacks.

All are `SocketIOError`s; those with a counterpart in the standard library are that too. What a caller
can act on is in attributes, not in the text alone.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from ._checks import text


class SocketIOError(Exception):
    """The root of all errors of this package."""


class ConnectError(SocketIOError):
    """Raised by a connection middleware to refuse a client, which gets it as `connect_error`.

    Args:
        message: `err.message` on the client.
        data: `err.data` on the client, anything JSON can carry; None: not sent.

    Raises:
        TypeError: The message is no string.

    Example:
        ```python
        @io.use
        async def authenticate(socket: Socket) -> None:
            if socket.handshake.auth.get("token") != "secret":
                raise ConnectError("not authorized", data={"retry": False})
        ```
    """

    def __init__(self, message: str, data: Any = None) -> None:
        super().__init__(text("the message of a ConnectError", message), data)
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return self.message


class EventError(SocketIOError):
    """Raised by an event's handler to tell the client why the event failed.

    When the client asked for an ack it gets `{"error": {"message": message, "data": data}}`, else
    nothing is sent. Unlike other exceptions of handlers it is not logged as a failure.

    Args:
        message: What went wrong, in words meant for the client.
        data: Details, anything JSON can carry; None becomes `null`.
    """

    def __init__(self, message: str, data: Any = None) -> None:
        super().__init__(message, data)
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return self.message


class PayloadError(SocketIOError, ValueError):
    """What a client sent does not match the annotation of a handler's parameter.

    The handler is not called for that event, and the error is logged as if it had raised it. Other
    handlers go on, and the client learns nothing of it.

    Attributes:
        parameter: The parameter's name.
        error: What the package of the model says: its `ValidationError`.
    """

    def __init__(self, message: str, parameter: str, error: Exception) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.error = error


class Disconnected(SocketIOError):
    """The client left, or had left already, before it answered an `emit_with_ack`."""


class AckTimeout(SocketIOError, TimeoutError):
    """A client did not answer in the time given by `timeout`; a late answer is dropped.

    Of a broadcast: some clients did not, or left before.

    Args:
        message: What happened.
        responses: `responses`.
        missing: `missing`.

    Attributes:
        responses: Of a broadcast: the answers that came, in their order.
        missing: Of a broadcast: the ids of the sockets that did not answer; empty where an adapter
            of the application's own asked them.
    """

    def __init__(
        self, message: str = "", responses: list[Any] | None = None, missing: Iterable[str] = ()
    ) -> None:
        super().__init__(message)
        self.responses = responses or []
        self.missing = frozenset(missing)


class QueueFull(SocketIOError):
    """More waits to be sent than the server may hold; nothing of this emit was sent.

    Await what `emit` returns to stay below this bound.
    """


class ServerSideAckTimeout(SocketIOError, TimeoutError):
    """Not all other servers answered a `server_side_emit_with_ack` in time.

    Args:
        message: What happened.
        responses: `responses`.

    Attributes:
        responses: The answers that came, in their order.
    """

    def __init__(self, message: str = "", responses: list[Any] | None = None) -> None:
        super().__init__(message)
        self.responses = responses or []


class AdapterError(SocketIOError):
    """A method of an `Adapter` failed; the exception that it raised is the `__cause__`.

    The log has it too, and listeners of the adapter's `error` were told.
    """


class ReservedEvent(SocketIOError, ValueError):
    """The name belongs to the library: it can't be emitted, or never reaches such a handler."""


class DisconnectReason(StrEnum):
    """Why a socket was disconnected: the reference server's words, and `slow consumer`.

    Members are strings, so `reason == "ping timeout"` works.
    """

    TRANSPORT_CLOSE = "transport close"
    """The connection was closed by the client, or lost."""
    TRANSPORT_ERROR = "transport error"
    """The connection failed, or the client broke the rules of its transport."""
    PARSE_ERROR = "parse error"
    """The client sent an Engine.IO packet that can't be decoded."""
    PING_TIMEOUT = "ping timeout"
    """The client did not answer a ping within `ping_timeout`."""
    FORCED_CLOSE = "forced close"
    """The server closed the connection, also for packets that break the protocol."""
    CLIENT_NAMESPACE_DISCONNECT = "client namespace disconnect"
    """The client called `socket.disconnect()`."""
    SERVER_NAMESPACE_DISCONNECT = "server namespace disconnect"
    """The server called `socket.disconnect()`."""
    FORCED_SERVER_CLOSE = "forced server close"
    """The client broke the protocol while it polled, and its close had to wait for a request."""
    SERVER_SHUTTING_DOWN = "server shutting down"
    """`Server.close()` was called."""
    SLOW_CONSUMER = "slow consumer"
    """The client read too slowly: `send_queue_bytes` waited for it."""
