"""What `Server` and `Namespace` send, and do to many sockets at once."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, overload

from ._event import Event, EventBase
from ._keywords import refuse, showing, unnamed

if TYPE_CHECKING:
    from ._core import BroadcastOperator, NamespaceCore
    from ._remote import RemoteSocket


R = TypeVar("R")
Ts = TypeVarTuple("Ts")


@unnamed
class Emitting:
    """Emits to every socket of a namespace, and modifiers that narrow that down."""

    def __init__(self, core: "NamespaceCore") -> None:
        self._everyone = core.everyone

    @overload
    def emit(
        self, event: Event[Any, *Ts], *args: *Ts, ack: Callable[..., Any] | None = ...
    ) -> Awaitable[None]: ...
    @overload
    def emit(
        self, event: str, *args: Any, ack: Callable[..., Any] | None = ...
    ) -> Awaitable[None]: ...
    # mypy takes no implementation for the first one.
    @showing(ack=None)  # type: ignore[misc]
    def emit(  # noqa: D417 - the overloads have them
        self, event: Any, *args: Any, **keywords: Any
    ) -> Awaitable[None]:
        """Sends an event to every socket of the namespace; from any thread, without blocking.

        Args:
            event: Any name that is not reserved.
            *args: What JSON can carry, and bytes-like objects at any depth.
            ack: Asks the clients for answers, and is called once, on the server's loop, with
                `(error, responses)`: None and the list of them when all have answered, else an
                `AckTimeout` and those that came; see `emit_with_ack`. A plain function or an
                `async def`.

        Returns:
            An awaitable that need not be awaited: the emit has happened at the call. Awaiting it
            waits while the server has too much to send.

        Raises:
            ReservedEvent: The name is the protocol's own, such as `connect` or `disconnect`.
            TypeError: A value can't be encoded; the text has its place. Nothing is sent.
            QueueFull: More waits to be sent than the server may hold. Nothing is sent.
        """
        if not keywords:
            return self._everyone.emit(event, *args)
        try:
            return self._everyone.emit(event, *args, **keywords)
        except TypeError:
            refuse("emit", keywords, "ack")
            raise

    @overload
    def send(self, *args: Any) -> Awaitable[None]: ...
    @overload
    def send(self, *args: Any, ack: Callable[..., Any] | None) -> Awaitable[None]: ...
    @showing(ack=None)
    def send(self, *args: Any, **keywords: Any) -> Awaitable[None]:
        """Sends an event named `message`: see `emit`."""
        try:
            return self._everyone.send(*args, **keywords)
        except TypeError:
            refuse("send", keywords, "ack")
            raise

    @overload
    def emit_with_ack(
        self,
        event: EventBase[R, *Ts],
        *args: *Ts,
        timeout: float | None = ...,
        partial: bool = ...,
    ) -> Coroutine[Any, Any, list[R]]: ...
    @overload
    def emit_with_ack(
        self, event: str, *args: Any, timeout: float | None = ..., partial: bool = ...
    ) -> Coroutine[Any, Any, list[Any]]: ...
    # mypy takes no implementation for the first one.
    @showing(timeout=None, partial=False)  # type: ignore[misc]
    def emit_with_ack(  # noqa: D417 - the overloads have them
        self, event: Any, *args: Any, **keywords: Any
    ) -> Coroutine[Any, Any, list[Any]]:
        """Sends an event, at the call, and waits for an answer of each client, where it is awaited.

        It ends when all have answered or left, or when the time is over.

        Args:
            event: As for `emit`.
            *args: As for `emit`.
            timeout: Seconds for the answers; None: the server's `ping_timeout`.
            partial: Give what came also when some are missing.

        Returns:
            To be awaited on the server's loop: the first argument of each answer, None where there
            is none, in the order in which they came. Empty when there are no clients.

        Raises:
            AckTimeout: Some did not answer in time, or left before: `missing` has their ids,
                `responses` the answers of the others.
            ReservedEvent, TypeError, QueueFull: As `emit`, at the call.
            ValueError: `timeout` is negative or not finite.
        """
        try:
            return self._everyone.emit_with_ack(event, *args, **keywords)
        except TypeError:
            refuse("emit_with_ack", keywords, "timeout", "partial")
            raise

    def to(self, *rooms: str | Iterable[str]) -> "BroadcastOperator":
        """Addresses the members of these rooms; a socket's id is a room of its own.

        Args:
            *rooms: Names, or iterables of names. Further calls add to them; an empty list reaches
                nobody.

        Returns:
            A new operator; emit with it.
        """
        return self._everyone.to(*rooms)

    def in_(self, *rooms: str | Iterable[str]) -> "BroadcastOperator":
        """The same as `to`."""
        return self._everyone.to(*rooms)

    def except_(self, *rooms: str | Iterable[str]) -> "BroadcastOperator":
        """Addresses all but the members of these rooms; names, or iterables of names."""
        return self._everyone.except_(*rooms)

    @property
    def volatile(self) -> "BroadcastOperator":
        """Drops the event for clients that are not ready to take it at once."""
        return self._everyone.volatile

    @property
    def local(self) -> "BroadcastOperator":
        """Addresses the sockets of this server alone."""
        return self._everyone.local

    def compress(self, value: bool) -> "BroadcastOperator":
        """Says whether the event may be compressed; there is no compression yet."""
        return self._everyone.compress(value)

    def timeout(self, seconds: float) -> "BroadcastOperator":
        """Gives the clients this long to answer what is emitted through the operator.

        Raises:
            TypeError: `seconds` is no number.
            ValueError: It is negative or not finite.
        """
        return self._everyone.timeout(seconds)

    def target(
        self,
        *,
        to: str | Iterable[str] | None = None,
        except_: str | Iterable[str] | None = None,
        volatile: bool | None = None,
        local: bool | None = None,
        timeout: float | None = None,
        compress: bool | None = None,
    ) -> "BroadcastOperator":
        """All modifiers as keywords, for those that are computed; None leaves one out.

        Example:
            ```python
            @io.event
            def move(socket: Socket, rooms: list[str], is_last: bool, x: int, y: int) -> None:
                io.target(to=rooms, except_=socket.id, volatile=not is_last).emit("moved", x, y)
            ```
        """
        return self._everyone.target(
            to=to,
            except_=except_,
            volatile=volatile,
            local=local,
            timeout=timeout,
            compress=compress,
        )

    def sockets_join(self, *rooms: str | Iterable[str]) -> None:
        """Puts every socket into rooms, at once and for every emit that follows.

        From any thread, without blocking; names, or iterables of names.
        """
        self._everyone.sockets_join(*rooms)

    def sockets_leave(self, *rooms: str | Iterable[str]) -> None:
        """Takes every socket out of rooms, at once and for every emit that follows.

        From any thread, without blocking; names, or iterables of names.
        """
        self._everyone.sockets_leave(*rooms)

    def disconnect_sockets(self, close: bool = False) -> None:
        """Ends every socket, as `Socket.disconnect` does; what was emitted before is still sent.

        Args:
            close: Close the clients' connections too, and with them their other sockets.
        """
        self._everyone.disconnect_sockets(close)

    def fetch_sockets(self) -> "Coroutine[Any, Any, list[RemoteSocket]]":
        """The sockets that are connected at the call; to be awaited.

        Example:
            ```python
            @io.event
            async def who(socket: Socket, room: str) -> list[str]:
                return [each.data["name"] for each in await io.to(room).fetch_sockets()]
            ```
        """
        return self._everyone.fetch_sockets()

    def all_sockets(self) -> Coroutine[Any, Any, set[str]]:
        """The ids of the sockets that are connected at the call; to be awaited."""
        return self._everyone.all_sockets()
