"""What servers say to each other: the part of a namespace that clients never see."""

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar, TypeVarTuple, cast, overload

from ._checks import seconds
from ._event import Event, EventBase, EventName
from ._keywords import unnamed
from ._server_events import check_server_event

if TYPE_CHECKING:
    from ._adapters import Adapters
    from ._core import NamespaceCore
    from ._event import ServerDecorator

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
Ts = TypeVarTuple("Ts")


@unnamed
class ServerListening:
    """What namespaces and routers have in common."""

    @overload
    def on_server_event(self, event: Event[R, *Ts]) -> "ServerDecorator[R, *Ts]": ...
    @overload
    def on_server_event(
        self,
        event: Event[R, *Ts],
        function: Callable[[*Ts], R | Coroutine[Any, Any, R | None] | None],
    ) -> Callable[[*Ts], R | Coroutine[Any, Any, R | None] | None]: ...
    @overload
    def on_server_event(self, event: str) -> Callable[[F], F]: ...
    @overload
    def on_server_event(self, event: str, function: F) -> F: ...
    def on_server_event(self, event: EventName, function: Callable[..., Any] | None = None) -> Any:
        """Registers a listener of what other servers emit (`server_side_emit`): a decorator, or called.

        It gets what the event carries, and may take fewer arguments; it is `async def` or a plain
        function, and runs on the server's loop. What it returns answers `server_side_emit_with_ack`;
        of several listeners the first that returns something does. No client can trigger it.

        Raises:
            TypeError: It can't be called so, or the name is no string.
            ReservedEvent: The name is one of the server's own.

        Example:
            ```python
            @io.on_server_event("sync")
            async def sync(version: int) -> str:
                return f"at {version}"
            ```
        """
        name = check_server_event(event)

        def register(function: F) -> F:
            self._listen_to_servers(name, function)
            return function

        return register if function is None else register(function)

    if TYPE_CHECKING:
        # Of the class that has this as a base.
        def _listen_to_servers(self, event: str, function: Callable[..., Any]) -> None: ...


@unnamed
class ServerSide(ServerListening):
    """What `Namespace` and `Server` (for its main namespace) have in common."""

    def __init__(self, core: "NamespaceCore", adapters: "Adapters") -> None:
        self._core = core
        self._adapters = adapters

    @overload
    def server_side_emit(self, event: Event[Any, *Ts], *args: *Ts) -> None: ...
    @overload
    def server_side_emit(self, event: str, *args: Any) -> None: ...
    # mypy takes no implementation for the first one.
    def server_side_emit(self, event: Any, *args: Any) -> None:  # type: ignore[misc]
        """Has the listeners of the other servers called (`on_server_event`), not those of this one.

        How it reaches them is the adapter's business; where there is this server alone, nothing
        happens. From any thread, without blocking.

        Args:
            event: Any name but `connect`, `connection` and `new_namespace`.
            *args: What JSON can carry.

        Raises:
            ReservedEvent: The name is one of the server's own.
            TypeError: A value can't be encoded, or is bytes-like.
            QueueFull: The adapter has too much to do.
        """
        self._adapters.emit_to_servers(self._core, check_server_event(event), args)

    @overload
    def server_side_emit_with_ack(
        self, event: EventBase[R, *Ts], *args: *Ts, timeout: float = ...
    ) -> Coroutine[Any, Any, list[R]]: ...
    @overload
    def server_side_emit_with_ack(
        self, event: str, *args: Any, timeout: float = ...
    ) -> Coroutine[Any, Any, list[Any]]: ...
    # mypy takes no implementation for the first one.
    def server_side_emit_with_ack(  # type: ignore[misc]
        self, event: Any, *args: Any, timeout: float = 5.0
    ) -> Coroutine[Any, Any, list[Any]]:
        """The same where each other server is to answer; to be awaited on the server's loop.

        Args:
            event: See `server_side_emit`.
            *args: See there.
            timeout: The seconds that they have.

        Returns:
            What each has answered, in the order in which that came; empty where there is no other
            server.

        Raises:
            ServerSideAckTimeout: Some did not answer: it has the `responses` of the others.
            AdapterError: The adapter failed.
            ReservedEvent, TypeError, QueueFull: As `server_side_emit`.
            ValueError: `timeout` is less than a millisecond, or more than a million seconds.

        Example:
            ```python
            async def versions() -> list[str]:
                return await io.server_side_emit_with_ack("sync", 1)
            ```
        """
        timeout = seconds("timeout", timeout)
        return self._adapters.ask_servers(self._core, check_server_event(event), args, timeout)

    def off_server_event(
        self, event: EventName, function: Callable[..., Any] | None = None
    ) -> Self:
        """Removes a listener of what other servers emit, or all; one that is not there is no error."""
        self._adapters.server_events.remove(self._core, cast("str", event), function)
        return self

    def _listen_to_servers(self, event: str, function: Callable[..., Any]) -> None:
        self._adapters.server_events.add(self._core, event, function)

    def _deliver(self, args: Sequence[Any], answer: Callable[[Any], None] | None) -> None:
        self._adapters.server_events.deliver(self._core, args, answer)
