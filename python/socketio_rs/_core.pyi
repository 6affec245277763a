"""The Rust extension: what the Python half of the package builds on.

Private; every public name is in `socketio_rs`. It imports this package's modules at first use, never
at its own import.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from types import GenericAlias
from typing import Any, Generic, Literal, Self, TypeAlias, TypeVarTuple, final, overload

from typing_extensions import TypeVar

from ._adapters import Adapters
from ._client import Client
from ._event import Event, EventBase, EventName, SocketDecorator
from ._limits import Limits
from ._namespace import Namespace
from ._namespaces import Namespaces
from ._recall import Sessions
from ._remote import RemoteSocket
from ._request import Handshake, Request

__all__ = [
    "Ack",
    "AdapterCore",
    "BroadcastOperator",
    "EngineSocket",
    "Handler",
    "ListenerCore",
    "NamespaceCore",
    "Server",
    "Socket",
    "SocketOperator",
    "Transport",
    "after_fork",
    "decode_args",
    "encode_args",
]

_D = TypeVar("_D", default=dict[str, Any])
_F = TypeVar("_F", bound=Callable[..., Any])
_R = TypeVar("_R")
_Ts = TypeVarTuple("_Ts")
_EngineEvent: TypeAlias = Literal["message", "close", "upgrade"]

@final
class Handler:
    """A function with what its signature says, read once at registration (`_handlers`)."""

    def __new__(
        cls,
        function: Callable[..., Any],
        *,
        in_thread: bool,
        socket: bool,
        required: int,
        maximum: int | None,
        ack: int | str | None,
        once: bool = False,
        cancel_on_disconnect: bool = False,
        call: Callable[..., Any] | None = None,
        serial: bool | None = None,
    ) -> Self:
        """Takes what the signature says.

        `required`/`maximum` count the data arguments alone (neither the socket nor the Ack);
        `maximum=None`: any number. `ack`: the positional index at which the `Ack` is inserted (the
        socket counted; that many arguments are there whenever `required` are), or its keyword.
        `in_thread`: it is called in the loop's executor. `call`: what an event calls in place of
        `function`, to look at the data first.
        """

    @property
    def function(self) -> Callable[..., Any]: ...
    @property
    def socket(self) -> bool: ...

@final
class Server:
    """The front, the hub's thread and the bridge to one loop, behind `socketio_rs.Server`."""

    def __new__(
        cls,
        *,
        ping_interval: float,
        ping_timeout: float,
        upgrade_timeout: float,
        max_http_buffer_size: int,
        transports: tuple[str, ...],
        allow_upgrades: bool,
        cors: tuple[str | list[str], str | None, str | None, str | None, bool, int | None] | None,
        send_queue_bytes: int,
        slow_client: Literal["disconnect", "drop"],
        max_pending_events: int,
        max_running_handlers: int,
        serial: bool,
        slow_handler: float | None,
        max_attachments: int,
        data: Callable[[], Any],
        json_default: Callable[[Any], Any] | None,
        allow_request: Handler | None,
        hook_timeout: float,
        connection_state_recovery: tuple[float, bool] | None,
        limits: Limits,
        forgets_empty: bool,
        raw: bool,
    ) -> Self:
        """All values are checked by `_options`; `raw`: there is no Socket.IO.

        `forgets_empty`: the option `cleanup_empty_child_namespaces`.

        `cors`: origins ("*", one string, or a list), methods, allowed headers, exposed headers (each
        comma-joined or None), credentials, max age in seconds.
        """

    def namespace(self, name: str) -> NamespaceCore:
        """The namespace of that name, made if need be; the same object each time."""

    def make_namespace(self, name: str, parent: NamespaceCore | None = None) -> NamespaceCore:
        """As `namespace`, but until it is settled its sockets wait for its middlewares.

        With a `parent` it is a child of it, and has its handlers.
        """

    def enter(self, socket: tuple[int, int], namespace: NamespaceCore) -> None:
        """The namespace was found that a socket waits for, by the key that `find` was given."""

    def unmake_namespace(self, namespace: NamespaceCore) -> None:
        """Forgets a namespace that could not be made, and refuses who waits for it."""

    def make_parent(self, name: str, parents: Namespaces) -> NamespaceCore:
        """A namespace that no client can join, whose emits reach its children.

        From now on `parents` is asked about namespaces that there are not.
        """

    adapters: Adapters | None
    def server_event(self, event: str, *args: Any) -> list[Any]:
        """An event for other servers as plain values; TypeError where it has bytes."""

    def count_full_adapter(self) -> None: ...
    def on_error(self, handler: Handler) -> None: ...
    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop on which the server is served, None while it is not."""

    def start(self, loop: asyncio.AbstractEventLoop, path: str, connect_timeout: float) -> None:
        """Starts the I/O thread and adds the reader to `loop` (the running one).

        `path` has no slash at its end (the engine's has one): "/socket.io", or "" for "/".
        """

    def listen(
        self,
        target: tuple[str, int] | str | int,
        bundles: Mapping[str, tuple[str, str, bytes] | None],
        files: Mapping[str, tuple[str, str, bytes]],
    ) -> ListenerCore:
        """Listens on `(host, port)` (numeric host), a Unix path, or a descriptor (duplicated).

        `bundles` and `files`: exact URL path → (content type, etag with its quotes, body); None for
        a bundle that is not in this build, which a 404 says clearly.

        Raises:
            OSError: As `bind` and `listen` raise it.
        """

    def stats(self) -> dict[str, int]:
        """Counters and gauges by their names."""

    @property
    def engine_sockets(self) -> list[EngineSocket]:
        """Of the sockets that have joined their namespace and not left it, where there is no Socket.IO."""

    @property
    def engine_sockets_count(self) -> int:
        """How many they are."""

    def take_over(self, socket: EngineSocket) -> None: ...
    def stop(self, drain: float) -> asyncio.Future[None]:
        """Closes listeners and every session (`server shutting down`).

        Delivers the events that were queued, gives running handlers `drain` seconds, cancels the
        rest, ends the thread and removes the reader; the future is done when all of it is. Called
        again meanwhile, it gives the same future, and the earlier end of the drain counts.
        """

    @property
    def served(self) -> bool: ...

@final
class ListenerCore:
    @property
    def address(self) -> tuple[str, int] | str: ...
    def close(self) -> None: ...

@final
class NamespaceCore:
    """What `socketio_rs.Namespace` holds."""

    @property
    def name(self) -> str: ...
    owner: Namespace
    sessions: Sessions | None
    """What keeps the sessions of its sockets, where the server does not."""
    @property
    def serial(self) -> bool: ...
    @serial.setter
    def serial(self, serial: bool) -> None:
        """Whether a socket's next event waits for the end of the one before, unless handlers differ."""
    def on(self, event: str, handler: Handler, first: bool = False) -> None: ...
    def on_lifecycle(
        self,
        event: Literal["connection", "connect", "disconnecting", "disconnect"],
        handler: Handler,
        first: bool = False,
    ) -> None: ...
    def on_error(self, handler: Handler) -> None: ...
    def listeners(self, event: str) -> list[Callable[..., Any]]: ...
    def event_names(self) -> list[str]: ...
    def off(self, event: EventName, function: Callable[..., Any] | None) -> None:
        """Removes one function of `event` (lifecycle names too), or all of them.

        Functions are compared by `==`, since a bound method is a new object each time.
        """
    def guard(self, middleware: Handler) -> None:
        """`use`: from now on sockets of this namespace wait for `_verdicts.authorize`."""
    def settle(self) -> None:
        """It is made: those of its sockets that came meanwhile go on, and without middlewares others wait for none."""
    @property
    def everyone(self) -> BroadcastOperator:
        """Addresses all of its sockets."""
    def socket(self, sid: str) -> Socket[Any] | None:
        """The socket of that id, if it is connected."""
    def socket_ids(self) -> list[str]:
        """The ids of those that are."""

@final
class AdapterCore:
    """What an adapter does to this server's sockets of a namespace."""

    def __new__(cls, namespace: Namespace) -> Self: ...
    @property
    def name(self) -> str: ...
    @property
    def here(self) -> BroadcastOperator:
        """Where what it broadcasts begins: it goes to this server's sockets."""

    def join(self, sid: str, *names: str | Iterable[str]) -> None: ...
    def leave(self, sid: str, *names: str | Iterable[str]) -> None: ...
    def leave_all(self, sid: str, key: tuple[int, int] | None) -> None:
        """Takes a socket out of all rooms; with `key` the one that the extension knows by that."""

    def rooms_of(self, sid: str) -> frozenset[str] | None:
        """The rooms of a socket; None when it is not there."""

    def room_names(self) -> list[str]: ...
    def placed(self, room: str | None = None) -> frozenset[str]:
        """The ids of the sockets in this room, those that middlewares have put there included; without a room of all."""

    def members(self, *names: str | Iterable[str]) -> frozenset[str]:
        """The ids of the sockets in these rooms that were accepted; without rooms of all."""

    @staticmethod
    def addressed(operator: BroadcastOperator) -> list[Socket[Any]]:
        """The sockets that it reaches now."""

    def watch_rooms(self) -> None:
        """From now on `tell` of the namespace's adapter is called with what becomes of its rooms."""

    def ask_each(
        self,
        operator: BroadcastOperator,
        timeout: float,
        answered: Callable[[Any], object],
        event: str,
        *args: Any,
    ) -> tuple[int, Awaitable[None]]:
        """Sends an event that many are to answer: how many, and what ends with the last answer."""

@final
class BroadcastOperator:
    """Whom a broadcast reaches, and how: `io.to("room").except_(socket.id)`.

    Immutable: each modifier returns a new one, so that it can be kept and used again. Everything may
    be called from any thread and never blocks.
    """

    def to(self, *rooms: str | Iterable[str]) -> BroadcastOperator:
        """Addresses the members of these rooms too; a socket's id is a room of its own.

        Args:
            *rooms: Names, or iterables of names. An empty list reaches nobody.

        Raises:
            TypeError: A room is no string.
        """

    def in_(self, *rooms: str | Iterable[str]) -> BroadcastOperator:
        """The same as `to`."""

    def except_(self, *rooms: str | Iterable[str]) -> BroadcastOperator:
        """Leaves out the members of these rooms too; names, or iterables of names."""

    @property
    def volatile(self) -> BroadcastOperator:
        """Drops the event for clients that are not ready to take it at once."""

    @property
    def local(self) -> BroadcastOperator:
        """Addresses the sockets of this server alone."""

    def compress(self, value: bool) -> BroadcastOperator:
        """Says whether the event may be compressed; there is no compression yet."""

    def timeout(self, seconds: float) -> BroadcastOperator:
        """Gives the clients this long to answer: see `Namespace.timeout`."""

    def target(
        self,
        *,
        to: str | Iterable[str] | None = None,
        except_: str | Iterable[str] | None = None,
        volatile: bool | None = None,
        local: bool | None = None,
        timeout: float | None = None,
        compress: bool | None = None,
    ) -> BroadcastOperator:
        """All modifiers as keywords, for those that are computed; None leaves one as it is."""

    @overload
    def emit(
        self, event: Event[Any, *_Ts], *args: *_Ts, ack: Callable[..., Any] | None = None
    ) -> Awaitable[None]: ...
    @overload
    def emit(
        self, event: str, *args: Any, ack: Callable[..., Any] | None = None
    ) -> Awaitable[None]:
        """Sends an event to the sockets addressed: see `Namespace.emit`."""

    def send(self, *args: Any, ack: Callable[..., Any] | None = None) -> Awaitable[None]:
        """Sends an event named `message`: see `Namespace.emit`."""

    @overload
    def emit_with_ack(
        self,
        event: EventBase[_R, *_Ts],
        *args: *_Ts,
        timeout: float | None = None,
        partial: bool = False,
    ) -> Coroutine[Any, Any, list[_R]]: ...
    @overload
    def emit_with_ack(
        self, event: str, *args: Any, timeout: float | None = None, partial: bool = False
    ) -> Coroutine[Any, Any, list[Any]]:
        """Sends an event and waits for all answers: see `Namespace.emit_with_ack`.

        `timeout` counts before that of `timeout()`.
        """

    def sockets_join(self, *rooms: str | Iterable[str]) -> None:
        """Puts the sockets addressed into rooms: see `Namespace.sockets_join`."""

    def sockets_leave(self, *rooms: str | Iterable[str]) -> None:
        """Takes the sockets addressed out of rooms: see `Namespace.sockets_leave`."""

    def disconnect_sockets(self, close: bool = False) -> None:
        """Ends the sockets addressed: see `Namespace.disconnect_sockets`."""

    def fetch_sockets(self) -> Coroutine[Any, Any, list[RemoteSocket]]:
        """The sockets addressed: see `Namespace.fetch_sockets`."""

    def all_sockets(self) -> Coroutine[Any, Any, set[str]]:
        """The ids of the sockets addressed."""

@final
class SocketOperator:
    """How an event reaches one client: `socket.volatile`, `socket.timeout(5)`.

    Immutable: each modifier returns a new one. Everything may be called from any thread and never
    blocks.
    """

    @property
    def volatile(self) -> SocketOperator:
        """Drops the event unless the client is ready to take it at once."""

    @property
    def local(self) -> SocketOperator:
        """Changes nothing for one client; what is derived from it addresses this server alone."""

    def compress(self, value: bool) -> SocketOperator:
        """Says whether the event may be compressed; there is no compression yet."""

    def timeout(self, seconds: float) -> SocketOperator:
        """Gives the client this long to answer: see `Socket.timeout`."""

    @overload
    def target(
        self,
        *,
        to: None = None,
        except_: None = None,
        volatile: bool | None = None,
        local: bool | None = None,
        timeout: float | None = None,
        compress: bool | None = None,
    ) -> SocketOperator: ...
    @overload
    def target(
        self,
        *,
        to: str | Iterable[str],
        except_: str | Iterable[str] | None = None,
        volatile: bool | None = None,
        local: bool | None = None,
        timeout: float | None = None,
        compress: bool | None = None,
    ) -> BroadcastOperator: ...
    @overload
    def target(
        self,
        *,
        to: None = None,
        except_: str | Iterable[str],
        volatile: bool | None = None,
        local: bool | None = None,
        timeout: float | None = None,
        compress: bool | None = None,
    ) -> BroadcastOperator:
        """All modifiers as keywords, for those that are computed; None leaves one as it is.

        With rooms it addresses others, as `to` and `except_` do; without any, this socket.
        """

    def to(self, *rooms: str | Iterable[str]) -> BroadcastOperator:
        """Addresses the members of these rooms but this socket."""

    def in_(self, *rooms: str | Iterable[str]) -> BroadcastOperator:
        """The same as `to`."""

    def except_(self, *rooms: str | Iterable[str]) -> BroadcastOperator:
        """Addresses all but the members of these rooms and this socket."""

    @property
    def broadcast(self) -> BroadcastOperator:
        """Addresses all but this socket."""

    @overload
    def emit(
        self, event: Event[Any, *_Ts], *args: *_Ts, ack: Callable[..., Any] | None = None
    ) -> Awaitable[None]: ...
    @overload
    def emit(
        self, event: str, *args: Any, ack: Callable[..., Any] | None = None
    ) -> Awaitable[None]:
        """Sends an event to the client: see `Socket.emit`."""

    def send(self, *args: Any, ack: Callable[..., Any] | None = None) -> Awaitable[None]:
        """Sends an event named `message`: see `Socket.emit`."""

    @overload
    def emit_with_ack(
        self,
        event: EventBase[_R, *_Ts],
        *args: *_Ts,
        timeout: float | None = None,
        all_args: Literal[False] = False,
    ) -> Coroutine[Any, Any, _R]: ...
    @overload
    def emit_with_ack(
        self,
        event: EventBase[Any, *_Ts],
        *args: *_Ts,
        timeout: float | None = None,
        all_args: Literal[True],
    ) -> Coroutine[Any, Any, tuple[Any, ...]]: ...
    @overload
    def emit_with_ack(
        self, event: str, *args: Any, timeout: float | None = None, all_args: bool = False
    ) -> Coroutine[Any, Any, Any]:
        """Sends an event and waits for the client's answer: see `Socket.emit_with_ack`.

        `timeout` counts before that of `timeout()`.
        """

@final
class Socket(Generic[_D]):
    """One client in one namespace; handlers get it.

    One object at a time stands for a socket, so `is` works; it lives while it is held, has listeners
    or was given `data`. Attributes of your own can't be set: they go into `data`. Everything but
    what is awaited may be used from any thread and never blocks.
    """

    @property
    def id(self) -> str:
        """Its id, which no other socket has; also the name of a room of its own."""

    @property
    def nsp(self) -> Namespace:
        """Its namespace."""

    @property
    def conn(self) -> EngineSocket:
        """Its client's connection, shared with the client's sockets in other namespaces."""

    @property
    def client(self) -> Client:
        """Its client, which may have sockets in other namespaces too."""

    @property
    def handshake(self) -> Handshake:
        """What is known of the client since it connected."""

    @property
    def request(self) -> Request:
        """The HTTP request that opened the client's connection."""

    data: _D
    """What the server's option `data` makes, at first use: a dict by default."""

    @property
    def connected(self) -> bool:
        """Whether it is: from its middlewares' acceptance to the end of its `disconnecting` handlers.

        After `disconnect()` it is not, but for those handlers.
        """

    @property
    def disconnected(self) -> bool:
        """The opposite of `connected`."""

    @property
    def recovered(self) -> bool:
        """Whether it has come back after its connection was lost: see `connection_state_recovery`.

        Then its id, its rooms and its `data` are what they were, and the client has got what was
        sent meanwhile.
        """

    @property
    def rooms(self) -> frozenset[str]:
        """The rooms it is in, its id among them; empty once `disconnect` handlers run."""

    @overload
    def on(self, event: Event[_R, *_Ts], handler: None = None) -> SocketDecorator[_R, *_Ts]: ...
    @overload
    def on(
        self,
        event: Event[_R, *_Ts],
        handler: Callable[[*_Ts], _R | Coroutine[Any, Any, _R]],
    ) -> Callable[[*_Ts], _R | Coroutine[Any, Any, _R]]: ...
    @overload
    def on(self, event: str, handler: None = None) -> Callable[[_F], _F]: ...
    @overload
    def on(self, event: str, handler: _F) -> _F:
        """Registers a listener of this socket alone: a decorator, or called with both.

        It gets what the client sent, and the socket in front of that when its first parameter is
        annotated `Socket`. It runs behind the handlers of the namespace, by the same rules.
        `disconnecting` and `disconnect` give it `(reason, details)`.

        Args:
            event: The name.
            handler: The listener; without it a decorator is returned.

        Returns:
            The function as it was given.

        Raises:
            TypeError: It can't be called so.

        Example:
            ```python
            @io.on("connection")
            async def connected(socket: Socket) -> None:
                @socket.on("chat")
                async def chat(text: str) -> None:
                    await socket.broadcast.emit("chat", text)
            ```
        """

    @overload
    def once(self, event: Event[_R, *_Ts], handler: None = None) -> SocketDecorator[_R, *_Ts]: ...
    @overload
    def once(
        self,
        event: Event[_R, *_Ts],
        handler: Callable[[*_Ts], _R | Coroutine[Any, Any, _R]],
    ) -> Callable[[*_Ts], _R | Coroutine[Any, Any, _R]]: ...
    @overload
    def once(self, event: str, handler: None = None) -> Callable[[_F], _F]: ...
    @overload
    def once(self, event: str, handler: _F) -> _F:
        """Registers as `on` does, for one call."""

    def off(
        self, event: EventName | None = None, handler: Callable[..., Any] | None = None
    ) -> Self:
        """Removes a listener of `event`, all of that event, or all there are.

        One that is not registered is no error; calls that have begun go on.
        """

    @overload
    def add_listener(
        self, event: Event[_R, *_Ts], handler: None = None
    ) -> SocketDecorator[_R, *_Ts]: ...
    @overload
    def add_listener(
        self,
        event: Event[_R, *_Ts],
        handler: Callable[[*_Ts], _R | Coroutine[Any, Any, _R]],
    ) -> Callable[[*_Ts], _R | Coroutine[Any, Any, _R]]: ...
    @overload
    def add_listener(self, event: str, handler: None = None) -> Callable[[_F], _F]: ...
    @overload
    def add_listener(self, event: str, handler: _F) -> _F:
        """The same as `on`."""

    @overload
    def prepend_listener(
        self, event: Event[_R, *_Ts], handler: None = None
    ) -> SocketDecorator[_R, *_Ts]: ...
    @overload
    def prepend_listener(
        self,
        event: Event[_R, *_Ts],
        handler: Callable[[*_Ts], _R | Coroutine[Any, Any, _R]],
    ) -> Callable[[*_Ts], _R | Coroutine[Any, Any, _R]]: ...
    @overload
    def prepend_listener(self, event: str, handler: None = None) -> Callable[[_F], _F]: ...
    @overload
    def prepend_listener(self, event: str, handler: _F) -> _F:
        """Registers as `on` does, before the listeners that are there."""

    @overload
    def prepend_once_listener(
        self, event: Event[_R, *_Ts], handler: None = None
    ) -> SocketDecorator[_R, *_Ts]: ...
    @overload
    def prepend_once_listener(
        self,
        event: Event[_R, *_Ts],
        handler: Callable[[*_Ts], _R | Coroutine[Any, Any, _R]],
    ) -> Callable[[*_Ts], _R | Coroutine[Any, Any, _R]]: ...
    @overload
    def prepend_once_listener(self, event: str, handler: None = None) -> Callable[[_F], _F]: ...
    @overload
    def prepend_once_listener(self, event: str, handler: _F) -> _F:
        """Registers as `once` does, before the listeners that are there."""

    def remove_listener(self, event: EventName, handler: Callable[..., Any]) -> Self:
        """Removes a listener of `event`, the latest that was made of this function: see `off`."""

    def remove_all_listeners(self, event: EventName | None = None) -> Self:
        """Removes all listeners of `event`, or all there are; catch-alls and middlewares stay."""

    def listeners(self, event: EventName) -> list[Callable[..., Any]]:
        """The functions that listen to `event` on this socket alone, in their order."""

    def listener_count(self, event: EventName) -> int:
        """How many listeners `event` has on this socket alone."""

    def event_names(self) -> list[str]:
        """The names of the events that have listeners on this socket alone."""

    @overload
    def wait_for(
        self, event: Event[Any, *_Ts], timeout: float | None = None
    ) -> Coroutine[Any, Any, tuple[*_Ts]]: ...
    @overload
    def wait_for(
        self, event: str, timeout: float | None = None
    ) -> Coroutine[Any, Any, tuple[Any, ...]]:
        """Waits for the next event of this name, listening from the call on.

        Args:
            event: As for `on`.
            timeout: Seconds to wait; None: as long as the client stays.

        Returns:
            To be awaited: the event's arguments.

        Raises:
            TimeoutError: It did not come in time.
            Disconnected: The client left before, or had left, or has not joined yet.
            RuntimeError: This is not the server's loop.
            TypeError, ReservedEvent: As `on`, at the call.
            ValueError: `timeout` is negative or not finite.
        """

    def on_any(self, listener: _F) -> _F:
        """Registers a catch-all: a decorator, or called.

        It gets every event of the client before the middlewares and listeners do, as
        `(event, *arguments)`, with the socket in front when its first parameter is annotated
        `Socket`. A parameter annotated `Ack` gets a callable that answers in the listeners' stead.

        Raises:
            TypeError: It can't be called so.
        """

    def prepend_any(self, listener: _F) -> _F:
        """Registers as `on_any` does, before the catch-alls that are there."""

    def off_any(self, listener: Callable[..., Any] | None = None) -> Self:
        """Removes a catch-all, the first that was made of this function, or all of them."""

    def listeners_any(self) -> list[Callable[..., Any]]:
        """The catch-alls, in their order."""

    def on_any_outgoing(self, listener: _F) -> _F:
        """Registers a catch-all of what is sent: a decorator, or called.

        It gets every event that is emitted to this socket, and every broadcast that reaches it, as
        `(event, *arguments)`, with the socket in front when its first parameter is annotated
        `Socket`; no answers. It is called before the event is sent; that of an emit of another
        thread soon after, on the server's loop. What it raises is logged.

        Raises:
            TypeError: It can't be called so.
        """

    def prepend_any_outgoing(self, listener: _F) -> _F:
        """Registers as `on_any_outgoing` does, before those that are there."""

    def off_any_outgoing(self, listener: Callable[..., Any] | None = None) -> Self:
        """Removes such a catch-all, the first that was made of this function, or all of them."""

    def listeners_any_outgoing(self) -> list[Callable[..., Any]]:
        """The catch-alls of what is sent, in their order."""

    def use(self, middleware: _F) -> _F:
        """Registers a packet middleware: a decorator, or called.

        It gets `(event, args)` for each event of the client, behind the catch-alls and before the
        listeners, one middleware after the other; `args` is a list, with the socket in front of the
        two when its first parameter is annotated `Socket`. It may be `async def` or `def`; the
        socket's later events wait. Returning goes on, with other arguments if it returns a list or
        tuple. Raising stops the event: the exception goes to `socket.on("error")`, or to the log if
        nobody listens there. No event named `error` that a client sends gets there.

        Raises:
            TypeError: It can't be called so.
        """

    def join(self, *rooms: str | Iterable[str]) -> None:
        """Enters rooms, at once and for every emit that follows; names, or iterables of names."""

    def leave(self, *rooms: str | Iterable[str]) -> None:
        """Leaves rooms, at once and for every emit that follows; names, or iterables of names."""

    def disconnect(self, close: bool = False) -> Self:
        """Ends the socket; its handlers get the reason `server namespace disconnect`.

        What was emitted before is still sent.

        Args:
            close: Close the client's connection too, and with it its other sockets.
        """

    @property
    def volatile(self) -> SocketOperator:
        """Drops the event unless the client is ready to take it at once."""

    @property
    def local(self) -> SocketOperator:
        """Changes nothing for one client; what is derived from it addresses this server alone."""

    def compress(self, value: bool) -> SocketOperator:
        """Says whether the event may be compressed; there is no compression yet."""

    def timeout(self, seconds: float) -> SocketOperator:
        """Gives the client this long to answer what is emitted through the operator.

        Raises:
            TypeError: `seconds` is no number.
            ValueError: It is negative or not finite.
        """

    @overload
    def target(
        self,
        *,
        to: None = None,
        except_: None = None,
        volatile: bool | None = None,
        local: bool | None = None,
        timeout: float | None = None,
        compress: bool | None = None,
    ) -> SocketOperator: ...
    @overload
    def target(
        self,
        *,
        to: str | Iterable[str],
        except_: str | Iterable[str] | None = None,
        volatile: bool | None = None,
        local: bool | None = None,
        timeout: float | None = None,
        compress: bool | None = None,
    ) -> BroadcastOperator: ...
    @overload
    def target(
        self,
        *,
        to: None = None,
        except_: str | Iterable[str],
        volatile: bool | None = None,
        local: bool | None = None,
        timeout: float | None = None,
        compress: bool | None = None,
    ) -> BroadcastOperator:
        """All modifiers as keywords, for those that are computed; None leaves one as it is.

        With rooms it addresses others, as `to` and `except_` do; without any, this socket.
        """

    def to(self, *rooms: str | Iterable[str]) -> BroadcastOperator:
        """Addresses the members of these rooms but this socket: names, or iterables of names."""

    def in_(self, *rooms: str | Iterable[str]) -> BroadcastOperator:
        """The same as `to`."""

    def except_(self, *rooms: str | Iterable[str]) -> BroadcastOperator:
        """Addresses all but the members of these rooms and this socket."""

    @property
    def broadcast(self) -> BroadcastOperator:
        """Addresses all but this socket."""

    @overload
    def emit(
        self, event: Event[Any, *_Ts], *args: *_Ts, ack: Callable[..., Any] | None = None
    ) -> Awaitable[None]: ...
    @overload
    def emit(
        self, event: str, *args: Any, ack: Callable[..., Any] | None = None
    ) -> Awaitable[None]:
        """Sends an event to the client; nothing once the socket has left.

        Args:
            event: Any name that is not reserved.
            *args: What JSON can carry, and bytes-like objects at any depth.
            ack: Called with the client's answers, on the server's loop; behind `timeout()` with an
                error or None in front of them, `AckTimeout` or `Disconnected`. A plain function
                or an `async def`.

        Returns:
            An awaitable that need not be awaited: the emit has happened at the call. Awaiting it
            waits while more than a quarter of `send_queue_bytes` waits for the client.

        Raises:
            ReservedEvent: The name is the protocol's own, such as `connect` or `disconnect`.
            TypeError: A value can't be encoded; the text has its place. Nothing is sent.
            QueueFull: More waits to be sent than the server may hold, or more answers of this
                socket are waited for than it may. Nothing is sent.
        """

    def send(self, *args: Any, ack: Callable[..., Any] | None = None) -> Awaitable[None]:
        """Sends an event named `message`: see `emit`."""

    @overload
    def emit_with_ack(
        self,
        event: EventBase[_R, *_Ts],
        *args: *_Ts,
        timeout: float | None = None,
        all_args: Literal[False] = False,
    ) -> Coroutine[Any, Any, _R]: ...
    @overload
    def emit_with_ack(
        self,
        event: EventBase[Any, *_Ts],
        *args: *_Ts,
        timeout: float | None = None,
        all_args: Literal[True],
    ) -> Coroutine[Any, Any, tuple[Any, ...]]: ...
    @overload
    def emit_with_ack(
        self, event: str, *args: Any, timeout: float | None = None, all_args: bool = False
    ) -> Coroutine[Any, Any, Any]:
        """Sends an event, at the call, and waits for the client's answer, where it is awaited.

        Args:
            event: As for `emit`.
            *args: As for `emit`.
            timeout: Seconds for the answer; None: as long as the client stays.
            all_args: Give all arguments of the answer, in a tuple, not the first one alone.

        Returns:
            To be awaited on the server's loop: the answer's first argument, None if it has none.

        Raises:
            AckTimeout: The answer did not come in time.
            Disconnected: The client left before it answered, or had left.
            ReservedEvent, TypeError, QueueFull: As `emit`, at the call.
            ValueError: `timeout` is negative or not finite.
        """

    def __class_getitem__(cls, key: Any) -> GenericAlias: ...

@final
class EngineSocket:
    """A client's connection: one object per connection at a time.

    `socket.conn` of a Socket.IO server, where its messages belong to the sockets; what an engine
    alone gives its handlers.
    """

    @property
    def id(self) -> str:
        """The connection's id: a secret of its client, and not a socket's id."""

    @property
    def transport(self) -> Transport:
        """The transport of the moment."""

    def send(self, data: str | bytes) -> Awaitable[None]:
        """Sends a message, beneath Socket.IO if there is one; from any thread, without blocking.

        Returns:
            An awaitable that need not be awaited, as `Socket.emit` gives it.

        Raises:
            TypeError: `data` is neither `str` nor `bytes`.
            QueueFull: More waits to be sent than the server may hold. Nothing is sent.
        """

    def close(self) -> None:
        """Closes the connection, for the reason `forced close`, once what was sent is written."""

    @overload
    def on(self, event: _EngineEvent, handler: None = None) -> Callable[[_F], _F]: ...
    @overload
    def on(self, event: _EngineEvent, handler: _F) -> _F:
        """Registers a listener: a decorator, or called with both.

        `upgrade` comes when the client has moved from polling to WebSocket; the listener gets the
        new transport. Where the engine is alone there are two more: `message`, with its data, a
        `str` or `bytes`; and `close`, with the reason (a `DisconnectReason`) and what is known
        besides, or None.

        Raises:
            TypeError: It can't be called so.
            ValueError: There is no such event.
        """

    @overload
    def once(self, event: _EngineEvent, handler: None = None) -> Callable[[_F], _F]: ...
    @overload
    def once(self, event: _EngineEvent, handler: _F) -> _F:
        """Registers as `on` does, for one call."""

    def off(self, event: str | None = None, handler: Callable[..., Any] | None = None) -> Self:
        """Removes a listener, or all of them; one that is not registered is no error."""

@final
class Transport:
    """How a client is connected."""

    @property
    def name(self) -> Literal["polling", "websocket"]:
        """What the protocol calls it."""

@final
class Ack:
    """Answers an event early or by hand, from any thread: a handler's parameter annotated `Ack` gets it.

    The first call wins; later ones are ignored, and so is what the handler returns.
    """

    @property
    def requested(self) -> bool:
        """Whether the client asked for an answer; otherwise calling does nothing."""

    def __call__(self, *args: Any) -> None:
        """Answers.

        Raises:
            TypeError: A value can't be encoded; nothing was sent, and another call may.
        """

def decode_args(data: bytes, attachments: list[bytes], maximum: int = ...) -> list[Any]:
    """For tests: a packet's JSON array as Python values; of an event's, at most `maximum` behind the name."""

def encode_args(
    *args: Any, default: Callable[[Any], Any] | None = None
) -> tuple[bytes, list[bytes]]:
    """For tests: Python values as a packet's JSON array and attachments; `default`: `json_default`."""

def after_fork() -> None:
    """Marks every started server dead in a forked child."""
