"""Sockets as `fetch_sockets` gives them."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, Self, final

if TYPE_CHECKING:
    from ._core import Socket, SocketOperator
    from ._request import Handshake


@final
class RemoteSocket:
    """A socket of any server of the cluster, seen from this one: `await io.fetch_sockets()`.

    Everything but what is awaited may be used from any thread and never blocks.
    """

    __slots__ = ("_operator", "_rooms", "_socket")

    def __init__(
        self,
        socket: "Socket[Any]",
        rooms: frozenset[str],
        operator: "SocketOperator | None" = None,
    ) -> None:
        self._socket = socket
        self._rooms = rooms
        self._operator = operator or socket

    @property
    def id(self) -> str:
        """Its id, which no other socket has; also the name of a room of its own."""
        return self._socket.id

    @property
    def handshake(self) -> "Handshake":
        """What is known of the client since it connected."""
        return self._socket.handshake

    @property
    def rooms(self) -> frozenset[str]:
        """The rooms that it was in when it was fetched, its id among them."""
        return self._rooms

    @property
    def data(self) -> Any:
        """The socket's `data`; of a socket of another server what it was when it was fetched."""
        return self._socket.data

    def timeout(self, seconds: float) -> Self:
        """Gives the client this long to answer what is emitted through what this returns.

        Raises:
            TypeError: `seconds` is no number.
            ValueError: It is negative or not finite.
        """
        return type(self)(self._socket, self._rooms, self._operator.timeout(seconds))

    def emit(
        self, event: str, *args: Any, ack: Callable[..., Any] | None = None
    ) -> Awaitable[None]:
        """Sends an event to the client: see `Socket.emit`."""
        return self._operator.emit(event, *args, ack=ack)

    def send(self, *args: Any, ack: Callable[..., Any] | None = None) -> Awaitable[None]:
        """Sends an event named `message`: see `Socket.emit`."""
        return self._operator.send(*args, ack=ack)

    def emit_with_ack(
        self, event: str, *args: Any, timeout: float | None = None
    ) -> Coroutine[Any, Any, Any]:
        """Sends an event and waits for the client's answer: see `Socket.emit_with_ack`."""
        return self._operator.emit_with_ack(event, *args, timeout=timeout)

    def join(self, *rooms: str | Iterable[str]) -> None:
        """Enters rooms; names, or iterables of names."""
        self._socket.join(*rooms)

    def leave(self, *rooms: str | Iterable[str]) -> None:
        """Leaves rooms; names, or iterables of names."""
        self._socket.leave(*rooms)

    def disconnect(self, close: bool = False) -> Self:
        """Ends the socket: see `Socket.disconnect`."""
        self._socket.disconnect(close)
        return self

    def __repr__(self) -> str:
        return f"<RemoteSocket {self.id}>"
