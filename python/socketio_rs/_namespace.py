"""Namespaces: where handlers are registered and broadcasts begin."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Any,
    NoReturn,
    Protocol,
    Self,
    TypeVar,
    TypeVarTuple,
    cast,
    overload,
)

from . import _handlers
from ._elsewhere import missing
from ._emitting import Emitting
from ._errors import ReservedEvent
from ._event import Event, EventName
from ._handlers import Lifecycle, Mode, Ordering
from ._keywords import refuse, unnamed
from ._listening import Listening
from ._log import printable
from ._server_side import ServerListening, ServerSide
from ._views import View

if TYPE_CHECKING:
    from ._adapters import Adapters
    from ._core import Handler, NamespaceCore, Socket
    from ._event import NamespaceDecorator
    from .adapter import Adapter

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class Registry(Protocol):
    """What handlers are registered with: the extension's namespace, or what a router collects."""

    def on(self, event: str, handler: "Handler", first: bool = False) -> None: ...
    def on_lifecycle(self, event: Lifecycle, handler: "Handler", first: bool = False) -> None: ...
    def off(self, event: str, function: Callable[..., Any] | None) -> None: ...
    def guard(self, middleware: "Handler") -> None: ...


@unnamed
class Registrar(ServerListening):
    """What `Namespace`, `Server` (for its main namespace) and `Router` have in common."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    @overload
    def on(
        self,
        event: Event[R, *Ts],
        *,
        thread: bool = ...,
        cancel_on_disconnect: bool = ...,
        ordering: Ordering | None = ...,
    ) -> "NamespaceDecorator[R, *Ts]": ...
    @overload
    def on(
        self,
        event: Event[R, *Ts],
        function: "Callable[[Socket[Any], *Ts], R | Coroutine[Any, Any, R]]",
        *,
        thread: bool = ...,
        cancel_on_disconnect: bool = ...,
        ordering: Ordering | None = ...,
    ) -> "Callable[[Socket[Any], *Ts], R | Coroutine[Any, Any, R]]": ...
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
    def on(  # noqa: D417 - there are no others
        self,
        event: EventName,
        function: Callable[..., Any] | None = None,
        *,
        thread: bool = False,
        cancel_on_disconnect: bool = False,
        ordering: Ordering | None = None,
        **unknown: Any,
    ) -> Any:
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
        refuse("on", unknown)
        return self._on(event, function, Mode(False, thread, cancel_on_disconnect, ordering))

    @overload
    def once(
        self,
        event: Event[R, *Ts],
        *,
        thread: bool = ...,
        cancel_on_disconnect: bool = ...,
        ordering: Ordering | None = ...,
    ) -> "NamespaceDecorator[R, *Ts]": ...
    @overload
    def once(
        self,
        event: Event[R, *Ts],
        function: "Callable[[Socket[Any], *Ts], R | Coroutine[Any, Any, R]]",
        *,
        thread: bool = ...,
        cancel_on_disconnect: bool = ...,
        ordering: Ordering | None = ...,
    ) -> "Callable[[Socket[Any], *Ts], R | Coroutine[Any, Any, R]]": ...
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
        event: EventName,
        function: Callable[..., Any] | None = None,
        *,
        thread: bool = False,
        cancel_on_disconnect: bool = False,
        ordering: Ordering | None = None,
        **unknown: Any,
    ) -> Any:
        """Registers as `on` does, for one call: of whichever socket comes first."""
        refuse("once", unknown)
        return self._on(event, function, Mode(True, thread, cancel_on_disconnect, ordering))

    @overload
    def event(self, function: F, /) -> F: ...
    @overload
    def event(
        self,
        name: Event[R, *Ts],
        *,
        thread: bool = ...,
        cancel_on_disconnect: bool = ...,
        ordering: Ordering | None = ...,
    ) -> "NamespaceDecorator[R, *Ts]": ...
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
        name: Callable[..., Any] | EventName | None = None,
        *,
        thread: bool = False,
        cancel_on_disconnect: bool = False,
        ordering: Ordering | None = None,
        **unknown: Any,
    ) -> Any:
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
        refuse("event", unknown)
        mode = Mode(False, thread, cancel_on_disconnect, ordering)
        if callable(name):
            return self._on(_name_of(name), name, mode)
        if name is not None:
            return self._on(name, None, mode)

        def register(function: F) -> F:
            self._on(_name_of(function), function, mode)
            return function

        return register

    def off(self, event: EventName, function: Callable[..., Any] | None = None) -> Self:
        """Removes a handler of `event`, or all of them; one that is not registered is no error.

        Calls that have begun go on.
        """
        self._registry.off(cast("str", event), function)
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
        self._registry.guard(_handlers.compile_middleware(function))
        return function

    def _on(self, event: EventName, function: Callable[..., Any] | None, mode: Mode) -> Any:
        event = cast("str", event)
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
            self._registry.on_lifecycle(event, handler, mode.first)
        else:
            self._registry.on(event, handler, mode.first)


class NamespaceBase(ServerSide, Registrar, Listening, Emitting):
    """What `Namespace` and `Server` (for its main namespace) have in common."""

    def __init__(self, core: "NamespaceCore", adapters: "Adapters") -> None:
        Registrar.__init__(self, core)
        Emitting.__init__(self, core)
        ServerSide.__init__(self, core, adapters)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            """An attribute that there is not: the error says which one is meant."""
            raise missing(type(self), name)


class Namespace(NamespaceBase):
    """A namespace: sockets, rooms and handlers of their own over the clients' one connection.

    Made by `Server.of`; clients connect to it by its name.
    """

    def __init__(
        self,
        core: "NamespaceCore",
        adapters: "Adapters",
        params: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(core, adapters)
        self._params: Mapping[str, str] = MappingProxyType(dict(params or {}))

    @property
    def name(self) -> str:
        """The name, with its slash: `/chat`."""
        return self._core.name

    @property
    def sockets(self) -> "Mapping[str, Socket[Any]]":
        """The sockets that are connected to this server, by their ids: a live, read-only view.

        One is in it while it is `connected`. Going over it takes those of the moment, whatever comes
        meanwhile, and `items` and `values` leave out whom has left when their turn comes.
        """
        return _Sockets(self._core)

    @property
    def params(self) -> Mapping[str, str]:
        """What the name has where the path pattern of its parent has braces; empty without one."""
        return self._params

    @property
    def adapter(self) -> "Adapter":
        """What carries the namespace's broadcasts and knows its rooms: see the option of `Server`."""
        return self._adapters.of(self._core)

    def deliver_server_event(
        self, args: Sequence[Any], answer: Callable[[Any], None] | None = None
    ) -> None:
        """Hands in what another server has emitted (`server_side_emit`); for adapters, from any thread.

        Args:
            args: The event's name and its arguments: the `data` of the packet there.
            answer: Is called at most once, on this server's loop, with what a listener
                (`on_server_event`) has returned; None: no answer is wanted.

        Raises:
            TypeError: There is no name.
        """
        self._deliver(args, answer)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {printable(self.name)}>"


class _Sockets(View["Socket"]):
    """The view that `Namespace.sockets` gives."""

    def __init__(self, core: "NamespaceCore") -> None:
        self._core = core

    def _names(self) -> list[str]:
        return self._core.socket_ids()

    def _find(self, name: str) -> "Socket | None":
        return self._core.socket(name)

    def __repr__(self) -> str:
        return f"<sockets of {printable(self._core.name)}: {len(self)}>"


def _name_of(function: Callable[..., Any]) -> str:
    name: object = getattr(function, "__name__", None)
    if not isinstance(name, str):
        raise TypeError(f"{function!r} has no name: give the event's, as in event('chat')")
    return name
