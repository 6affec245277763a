"""Namespaces: where handlers are registered and broadcasts begin."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, Self, TypeVar, final, overload

from . import _handlers
from ._errors import ReservedEvent
from ._handlers import Mode, Ordering
from ._listening import Listening

if TYPE_CHECKING:
    from ._core import BroadcastOperator, NamespaceCore

F = TypeVar("F", bound=Callable[..., Any])


class NamespaceBase(Listening):
    """What `Namespace` and `Server` (for its main namespace) have in common."""

    def __init__(self, core: "NamespaceCore") -> None:
        self._core = core

    @overload
    def on(
        self,
        event: str,
        *,
        thread: bool = ...,
        cancel_on_disconnect: bool = ...,
        ordering: Ordering | None = ...,
    ) -> Callable[[F], F]: ...
    @overload
    def on(
        self,
        event: str,
        function: F,
        *,
        thread: bool = ...,
        cancel_on_disconnect: bool = ...,
        ordering: Ordering | None = ...,
    ) -> F: ...
    def on(
        self,
        event: str,
        function: F | None = None,
        *,
        thread: bool = False,
        cancel_on_disconnect: bool = False,
        ordering: Ordering | None = None,
    ) -> Callable[[F], F] | F:
        """Registers a handler for all sockets of the namespace: a decorator, or called with both.

        `connection` (also `connect`) gets `(socket)` when a socket has joined, `disconnecting` and
        `disconnect` get `(socket, reason, details)`: while its rooms can still be read, and when it
        has left. Every other name is an event that clients send: `(socket, *arguments)`.

        A handler may be `async def` or `def` and both run on the server's loop, in the order of
        registration. It may take fewer arguments than come. What it returns is the client's ack:
        nothing for None or `()`, a tuple's items, else one value; a parameter annotated `Ack`, at
        any place, gets a callable to answer by hand instead. An exception is logged and touches no
        other socket.

        Args:
            event: The name; any string but `connect_error`, `error`, `newListener` and
                `removeListener`.
            function: The handler; without it a decorator is returned.
            thread: Run it in the loop's default executor; for a `def` that blocks. The order in
                which such handlers start is not kept.
            cancel_on_disconnect: Cancel it when its socket leaves; `async def` only. Otherwise it
                goes on to its end.
            ordering: `"serial"`: its socket's next event starts when it has ended; `"concurrent"`:
                at once. None: as is usual in its namespace.

        Returns:
            The function as it was given, so decorators stack.

        Raises:
            TypeError: The function can't be called so, for instance because it requires a keyword,
                or is an `async def` with `thread=True`.
            ReservedEvent: No handler ever gets an event of this name (a `ValueError`).

        Example:
            ```python
            @io.on("say to someone")
            async def say(socket: Socket, to: str, text: str) -> None:
                socket.to(to).emit("my message", text)
            ```
        """
        return self._on(event, function, Mode(False, thread, cancel_on_disconnect, ordering))

    @overload
    def once(
        self,
        event: str,
        *,
        thread: bool = ...,
        cancel_on_disconnect: bool = ...,
        ordering: Ordering | None = ...,
    ) -> Callable[[F], F]: ...
    @overload
    def once(
        self,
        event: str,
        function: F,
        *,
        thread: bool = ...,
        cancel_on_disconnect: bool = ...,
        ordering: Ordering | None = ...,
    ) -> F: ...
    def once(
        self,
        event: str,
        function: F | None = None,
        *,
        thread: bool = False,
        cancel_on_disconnect: bool = False,
        ordering: Ordering | None = None,
    ) -> Callable[[F], F] | F:
        """Registers as `on` does, for one call: of whichever socket comes first."""
        return self._on(event, function, Mode(True, thread, cancel_on_disconnect, ordering))

    @overload
    def event(self, function: F, /) -> F: ...
    @overload
    def event(
        self,
        name: str | None = None,
        *,
        thread: bool = ...,
        cancel_on_disconnect: bool = ...,
        ordering: Ordering | None = ...,
    ) -> Callable[[F], F]: ...
    def event(
        self,
        name: F | str | None = None,
        *,
        thread: bool = False,
        cancel_on_disconnect: bool = False,
        ordering: Ordering | None = None,
    ) -> Callable[[F], F] | F:
        """Registers as `on` does, under the function's own name unless another is given.

        All of `@io.event`, `@io.event("any name")` and `@io.event(thread=True)` work.

        Raises:
            TypeError: As `on`; or the function has no name and none is given.
            ReservedEvent: As `on`.

        Example:
            ```python
            @io.event
            async def chat(socket: Socket, text: str) -> str:
                io.to("lobby").emit("chat", text)
                return "delivered"
            ```
        """
        mode = Mode(False, thread, cancel_on_disconnect, ordering)
        if callable(name):
            return self._on(_name_of(name), name, mode)
        if name is not None:
            return self._on(name, None, mode)

        def register(function: F) -> F:
            self._on(_name_of(function), function, mode)
            return function

        return register

    def off(self, event: str, function: Callable[..., Any] | None = None) -> Self:
        """Removes a handler of `event`, or all of them; one that is not registered is no error.

        Calls that have begun go on.
        """
        self._core.off(event, function)
        return self

    def use(self, function: F) -> F:
        """Registers a connection middleware: a decorator, or called.

        It gets each new socket before the client is accepted, one middleware after the other in
        the order of registration; it may be `async def` or `def`. Returning goes on, raising
        refuses: the client gets `connect_error` with what `ConnectError` says, "internal error" for
        any other exception, which is logged. The socket is not connected yet: it can be asked for
        its handshake, be given `data` and be put in rooms.

        Raises:
            TypeError: It does not take exactly the socket.
        """
        self._core.guard(_handlers.compile_middleware(function))
        return function

    def emit(self, event: str, *args: Any) -> Awaitable[None]:
        """Sends an event to every socket of the namespace; from any thread, without blocking.

        Args:
            event: Any name that is not reserved.
            *args: What JSON can carry, and bytes-like objects at any depth.

        Returns:
            An awaitable that need not be awaited: the emit has happened at the call. Awaiting it
            waits while the server has too much to send.

        Raises:
            ReservedEvent: The name is the protocol's own, such as `connect` or `disconnect`.
            TypeError: A value can't be encoded; the text has its place. Nothing is sent.
            QueueFull: More waits to be sent than the server may hold. Nothing is sent.
        """
        return self._core.emit(event, *args)

    def send(self, *args: Any) -> Awaitable[None]:
        """Sends an event named `message`: see `emit`."""
        return self._core.send(*args)

    def to(self, *rooms: str | Iterable[str]) -> "BroadcastOperator":
        """Addresses the members of these rooms; a socket's id is a room of its own.

        Args:
            *rooms: Names, or iterables of names. Further calls add to them; an empty list reaches
                nobody.

        Returns:
            A new operator; emit with it.
        """
        return self._core.to(*rooms)

    def in_(self, *rooms: str | Iterable[str]) -> "BroadcastOperator":
        """The same as `to`."""
        return self._core.to(*rooms)

    def except_(self, *rooms: str | Iterable[str]) -> "BroadcastOperator":
        """Addresses all but the members of these rooms; names, or iterables of names."""
        return self._core.except_(*rooms)

    @property
    def volatile(self) -> "BroadcastOperator":
        """Drops the event for clients that are not ready to take it at once."""
        return self._core.volatile

    @property
    def local(self) -> "BroadcastOperator":
        """Addresses the sockets of this server alone."""
        return self._core.local

    def _on(self, event: str, function: F | None, mode: Mode) -> Callable[[F], F] | F:
        _handlers.check_event(event)

        def register(function: F) -> F:
            self._add(event, function, mode)
            return function

        return register if function is None else register(function)

    def _add(self, event: str, function: Callable[..., Any], mode: Mode) -> None:
        if event == "new_namespace":
            raise ReservedEvent(f'"{event}" reaches the server alone: use its `on`')
        handler = _handlers.compile_handler(event, function, mode)
        if _handlers.is_lifecycle(event):
            self._core.on_lifecycle(event, handler, mode.first)
        else:
            self._core.on(event, handler, mode.first)


@final
class Namespace(NamespaceBase):
    """A namespace: sockets, rooms and handlers of their own over the clients' one connection.

    Made by `Server.of`; clients connect to it by its name.
    """

    @property
    def name(self) -> str:
        """The name, with its slash: `/chat`."""
        return self._core.name

    def __repr__(self) -> str:
        return f"<Namespace {self.name}>"


def _name_of(function: Callable[..., Any]) -> str:
    name: object = getattr(function, "__name__", None)
    if not isinstance(name, str):
        raise TypeError(f"{function!r} has no name: give the event's, as in event('chat')")
    return name
