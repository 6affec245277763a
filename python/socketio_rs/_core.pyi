"""The Rust extension: what the Python half of the package builds on.

Private; every public name is in `socketio_rs`. It imports this package's modules at first use, never
at its own import.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Generic, Literal, Self, final, overload

from typing_extensions import TypeVar

from ._namespace import Namespace
from ._request import Handshake, Request

D = TypeVar("D", default=dict[str, Any])
F = TypeVar("F", bound=Callable[..., Any])

@final
class Handler:
    """A function with what its signature says, read once at registration (`_handlers`)."""

    def __new__(
        cls,
        function: Callable[..., Any],
        *,
        kind: Literal["inline", "task", "thread"],
        socket: bool,
        required: int,
        maximum: int | None,
        ack: int | str | None,
        once: bool = False,
        cancel_on_disconnect: bool = False,
    ) -> Self:
        """Takes what the signature says.

        `required`/`maximum` count the data arguments alone (neither the socket nor the Ack);
        `maximum=None`: any number. `ack`: the positional index at which the `Ack` is inserted (the
        socket counted; that many arguments are there whenever `required` are), or its keyword.
        `kind` says how it is called; an `inline` one that gives a coroutine all the same (a plain
        wrapper around an `async def`) has it run as a task.
        """

    @property
    def function(self) -> Callable[..., Any]: ...

@final
class Server:
    """The front, the hub's thread and the bridge to one loop, behind `socketio_rs.Server`."""

    def __new__(
        cls,
        *,
        path: str,
        ping_interval: float,
        ping_timeout: float,
        connect_timeout: float,
        upgrade_timeout: float,
        max_http_buffer_size: int,
        transports: tuple[str, ...],
        allow_upgrades: bool,
        cors: tuple[str | list[str], str | None, str | None, str | None, bool, int | None] | None,
        send_queue_bytes: int,
        slow_client: Literal["disconnect", "drop"],
        max_pending_events: int,
        max_running_handlers: int,
        max_attachments: int,
        data: Callable[[], Any],
    ) -> Self:
        """All values are checked by `_options`.

        `path` has no slash at its end (the engine's has one): "/socket.io", or "" for "/". `cors`:
        origins ("*", one string, or a list), methods, allowed headers, exposed headers (each
        comma-joined or None), credentials, max age in seconds.
        """

    def namespace(self, name: str) -> NamespaceCore:
        """The namespace of that name, made if need be; the same object each time."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop on which the server is served, None while it is not."""

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Starts the I/O thread and adds the reader to `loop` (the running one)."""

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
    owner: Namespace | None
    def on(self, event: str, handler: Handler) -> None: ...
    def on_lifecycle(
        self,
        event: Literal["connection", "connect", "disconnecting", "disconnect"],
        handler: Handler,
    ) -> None: ...
    def off(self, event: str, function: Callable[..., Any] | None) -> None:
        """Removes one function of `event` (lifecycle names too), or all of them.

        Functions are compared by `==`, since a bound method is a new object each time.
        """
    def guard(self, middleware: Handler) -> None:
        """`use`: from now on sockets of this namespace wait for `_handlers.authorize`."""
    def emit(self, event: str, *args: Any) -> Awaitable[None]: ...
    def send(self, *args: Any) -> Awaitable[None]: ...
    def to(self, *rooms: str | Iterable[str]) -> BroadcastOperator: ...
    def except_(self, *rooms: str | Iterable[str]) -> BroadcastOperator: ...
    @property
    def volatile(self) -> BroadcastOperator: ...
    @property
    def local(self) -> BroadcastOperator: ...

@final
class BroadcastOperator:
    """public; immutable"""
    def to(self, *rooms: str | Iterable[str]) -> BroadcastOperator: ...
    def in_(self, *rooms: str | Iterable[str]) -> BroadcastOperator: ...
    def except_(self, *rooms: str | Iterable[str]) -> BroadcastOperator: ...
    @property
    def volatile(self) -> BroadcastOperator: ...
    @property
    def local(self) -> BroadcastOperator: ...
    def emit(self, event: str, *args: Any) -> Awaitable[None]: ...
    def send(self, *args: Any) -> Awaitable[None]: ...

@final
class SocketOperator:
    """public; immutable: `socket.volatile`, `socket.timeout(5)`"""
    @property
    def volatile(self) -> SocketOperator: ...
    def timeout(self, seconds: float) -> SocketOperator: ...
    def to(self, *rooms: str | Iterable[str]) -> BroadcastOperator: ...
    def in_(self, *rooms: str | Iterable[str]) -> BroadcastOperator: ...
    def except_(self, *rooms: str | Iterable[str]) -> BroadcastOperator: ...
    @property
    def broadcast(self) -> BroadcastOperator: ...
    def emit(
        self, event: str, *args: Any, ack: Callable[..., Any] | None = None
    ) -> Awaitable[None]: ...
    def send(self, *args: Any, ack: Callable[..., Any] | None = None) -> Awaitable[None]: ...
    def emit_with_ack(
        self, event: str, *args: Any, timeout: float | None = None, all_args: bool = False
    ) -> Awaitable[Any]: ...

@final
class Socket(Generic[D]):
    """public; one object per socket at a time; the methods of SocketOperator and:"""
    @property
    def id(self) -> str: ...
    @property
    def nsp(self) -> Namespace: ...
    @property
    def conn(self) -> EngineSocket: ...
    @property
    def handshake(self) -> Handshake: ...
    @property
    def request(self) -> Request: ...
    data: D
    @property
    def connected(self) -> bool: ...
    @property
    def disconnected(self) -> bool: ...
    @property
    def rooms(self) -> frozenset[str]: ...
    @overload
    def on(self, event: str) -> Callable[[F], F]:
        """A decorator, or called; by `_handlers.compile_listener`."""
    @overload
    def on(self, event: str, handler: F) -> F: ...
    @overload
    def once(self, event: str) -> Callable[[F], F]: ...
    @overload
    def once(self, event: str, handler: F) -> F: ...
    def off(self, event: str | None = None, handler: Callable[..., Any] | None = None) -> Self: ...
    def join(self, *rooms: str | Iterable[str]) -> None: ...
    def leave(self, *rooms: str | Iterable[str]) -> None: ...
    def disconnect(self, close: bool = False) -> Self: ...
    @property
    def volatile(self) -> SocketOperator: ...
    def timeout(self, seconds: float) -> SocketOperator: ...
    def to(self, *rooms: str | Iterable[str]) -> BroadcastOperator: ...
    def in_(self, *rooms: str | Iterable[str]) -> BroadcastOperator: ...
    def except_(self, *rooms: str | Iterable[str]) -> BroadcastOperator: ...
    @property
    def broadcast(self) -> BroadcastOperator: ...
    def emit(
        self, event: str, *args: Any, ack: Callable[..., Any] | None = None
    ) -> Awaitable[None]: ...
    def send(self, *args: Any, ack: Callable[..., Any] | None = None) -> Awaitable[None]: ...
    def emit_with_ack(
        self, event: str, *args: Any, timeout: float | None = None, all_args: bool = False
    ) -> Awaitable[Any]: ...

@final
class EngineSocket:
    """public: `socket.conn`"""
    @property
    def id(self) -> str: ...
    @property
    def transport(self) -> Transport: ...
    @overload
    def on(self, event: Literal["upgrade"]) -> Callable[[F], F]:
        """A decorator, or called; by `_handlers.compile_engine_listener`; gets the new transport."""
    @overload
    def on(self, event: Literal["upgrade"], handler: F) -> F: ...
    @overload
    def once(self, event: Literal["upgrade"]) -> Callable[[F], F]: ...
    @overload
    def once(self, event: Literal["upgrade"], handler: F) -> F: ...
    def off(self, event: str | None = None, handler: Callable[..., Any] | None = None) -> Self: ...

@final
class Transport:
    @property
    def name(self) -> Literal["polling", "websocket"]: ...

@final
class Ack:
    """public: answers an event early or by hand; the first call wins."""
    @property
    def requested(self) -> bool: ...
    def __call__(self, *args: Any) -> None: ...

def decode_args(data: bytes, attachments: list[bytes], maximum: int = ...) -> list[Any]:
    """For tests: a packet's JSON array as Python values; of an event's, at most `maximum` behind the name."""

def encode_args(*args: Any) -> tuple[bytes, list[bytes]]:
    """For tests: Python values as a packet's JSON array and attachments."""

def after_fork() -> None:
    """Marks every started server dead in a forked child."""
