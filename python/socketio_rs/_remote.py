"""Sockets as `fetch_sockets` gives them."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, TypeVarTuple, final, overload

from ._errors import AckTimeout, Disconnected
from ._event import Event, EventBase
from ._request import Handshake
from ._signature import maximum

if TYPE_CHECKING:
    from ._core import BroadcastOperator, Socket, SocketOperator

R = TypeVar("R")
Ts = TypeVarTuple("Ts")


@final
class RemoteSocket:
    """A socket of any server of the cluster, seen from this one: `await io.fetch_sockets()`.

    Everything but what is awaited may be used from any thread and never blocks.
    """

    __slots__ = ("_operator", "_rooms", "_socket")

    def __init__(
        self,
        socket: "Socket[Any] | Elsewhere",
        rooms: frozenset[str],
        operator: "SocketOperator | Elsewhere | None" = None,
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

    @overload
    def emit(
        self, event: Event[Any, *Ts], *args: *Ts, ack: Callable[..., Any] | None = ...
    ) -> Awaitable[None]: ...
    @overload
    def emit(
        self, event: str, *args: Any, ack: Callable[..., Any] | None = ...
    ) -> Awaitable[None]: ...
    # mypy takes no implementation for the first one.
    def emit(  # type: ignore[misc]
        self, event: Any, *args: Any, ack: Callable[..., Any] | None = None
    ) -> Awaitable[None]:
        """Sends an event to the client: see `Socket.emit`."""
        return self._operator.emit(event, *args, ack=ack)

    def send(self, *args: Any, ack: Callable[..., Any] | None = None) -> Awaitable[None]:
        """Sends an event named `message`: see `Socket.emit`."""
        return self._operator.send(*args, ack=ack)

    @overload
    def emit_with_ack(
        self, event: EventBase[R, *Ts], *args: *Ts, timeout: float | None = ...
    ) -> Coroutine[Any, Any, R]: ...
    @overload
    def emit_with_ack(
        self, event: str, *args: Any, timeout: float | None = ...
    ) -> Coroutine[Any, Any, Any]: ...
    # mypy takes no implementation for the first one.
    def emit_with_ack(  # type: ignore[misc]
        self, event: Any, *args: Any, timeout: float | None = None
    ) -> Coroutine[Any, Any, Any]:
        """Sends an event and waits for the client's answer: see `Socket.emit_with_ack`.

        Of a socket of another server nobody hears that it leaves, so that without a timeout the
        server's `ping_timeout` counts.
        """
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

    def to_dict(self) -> dict[str, Any]:
        """What another server has to know of it: `id`, `handshake`, `rooms` and `data`."""
        return {
            "id": self.id,
            "handshake": self.handshake.to_dict(),
            "rooms": list(self.rooms),
            "data": self.data,
        }

    def __repr__(self) -> str:
        return f"<RemoteSocket {self.id}>"


class Elsewhere:
    """A socket of another server, with what a `RemoteSocket` uses of a `Socket`."""

    def __init__(
        self,
        operator: "BroadcastOperator",
        sid: str,
        handshake: Handshake,
        data: Any,
        *,
        takes_error: bool = False,
    ) -> None:
        self._operator = operator
        self._takes_error = takes_error
        self.id = sid
        self.handshake = handshake
        self.data = data

    def timeout(self, seconds: float) -> "Elsewhere":
        """As a socket's: an ack's function gets an error, or None, in front of the answer then."""
        operator = self._operator.timeout(seconds)
        return Elsewhere(operator, self.id, self.handshake, self.data, takes_error=True)

    def emit(
        self, event: str, *args: Any, ack: Callable[..., Any] | None = None
    ) -> Awaitable[None]:
        if ack is None:
            return self._operator.emit(event, *args)
        if not callable(ack):
            raise TypeError(f"ack must be callable, found {ack!r}")

        def answered(error: AckTimeout | None, responses: list[Any]) -> Any:
            if self._takes_error:
                responses = [error or _gone(responses), *responses]
            return ack(*responses[: maximum(ack)]) if responses else None

        return self._operator.emit(event, *args, ack=answered)

    def send(self, *args: Any, ack: Callable[..., Any] | None = None) -> Awaitable[None]:
        return self.emit("message", *args, ack=ack)

    def emit_with_ack(
        self, event: str, *args: Any, timeout: float | None = None
    ) -> Coroutine[Any, Any, Any]:
        answers = self._operator.emit_with_ack(event, *args, timeout=timeout)

        async def answer() -> Any:
            responses = await answers
            if not responses:
                raise Disconnected("the client has left")
            return responses[0]

        return answer()

    def join(self, *rooms: str | Iterable[str]) -> None:
        self._operator.sockets_join(*rooms)

    def leave(self, *rooms: str | Iterable[str]) -> None:
        self._operator.sockets_leave(*rooms)

    def disconnect(self, close: bool = False) -> None:
        self._operator.disconnect_sockets(close)


def remote_socket(
    everyone: "BroadcastOperator", found: RemoteSocket | Mapping[str, Any]
) -> RemoteSocket:
    """A socket as an adapter has found it; of another server what `to_dict` gave there."""
    if isinstance(found, RemoteSocket):
        return found
    sid, rooms = found["id"], found["rooms"]
    handshake = Handshake.from_dict(found["handshake"])
    socket = Elsewhere(everyone.to(sid), sid, handshake, found["data"])
    return RemoteSocket(socket, frozenset(rooms))


def _gone(responses: list[Any]) -> Disconnected | None:
    return None if responses else Disconnected("the client has left")
