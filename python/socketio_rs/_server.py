"""The server: options, namespaces, and where and how long it is served."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, overload

from . import _handlers
from ._core import after_fork
from ._handlers import Mode
from ._listener import File, StaticFiles, read_bundles, read_files
from ._namespace import Namespace, NamespaceBase
from ._options import Options, check
from ._served import Served

if TYPE_CHECKING:
    from typing import Unpack

    from typing_extensions import TypeVar

    D = TypeVar("D", default=dict[str, Any])
else:
    from typing import TypeVar

    D = TypeVar("D")

os.register_at_fork(after_in_child=after_fork)


class Server(NamespaceBase, Served, Generic[D]):
    """A Socket.IO server.

    Making one does no I/O and needs no running loop, so it can be made, and handlers registered, at
    import time. It is bound to a loop when it is served, by `run`, `serving` or `listen`; handlers
    run on that loop. Everything that emits, joins, leaves or disconnects may be called from any
    thread and never blocks.

    `on`, `emit`, `to` and so forth concern the main namespace, `/`; `of` gives others. Beside what a
    namespace's `on` takes, a server's takes `new_namespace`: a plain function, called at once with
    each namespace that `of` makes from then on.

    Args:
        path: The path under which clients connect; default `/socket.io`.
        ping_interval: Seconds between a client's pings; default 25.
        ping_timeout: Seconds for the answer to a ping, else the client is closed; default 20.
        connect_timeout: Seconds until a client that has joined no namespace is closed; default 45.
        upgrade_timeout: Seconds that an upgrade from polling to WebSocket may take; default 10.
        max_http_buffer_size: The largest message or request body of a client in bytes; one that
            sends more is closed; default 1,000,000.
        transports: Those that clients may use; default `("polling", "websocket")`.
        allow_upgrades: Whether clients that poll are told to upgrade; default True.
        cors: Which pages of other origins may use the server: `"*"`, an origin, a list of origins,
            a `Cors` or its fields in a dict; default None: no header of that kind is sent.
        send_queue_bytes: How much may wait for one client that reads too slowly, in bytes; default
            4 MiB.
        slow_client: What becomes of one for whom more waits: `"disconnect"` (reason
            `slow consumer`) or `"drop"`, which drops its events instead; default `"disconnect"`.
        max_pending_events: How many events of a connection, in all its namespaces, may wait to be
            started; then no more are read from it until some have; default 256.
        max_running_handlers: How many handlers of a socket may run at a time; then its events wait;
            default 1,000. When its client leaves, those that still wait are dropped, with a line in
            the log.
        max_attachments: How many bytes-like objects one event of a client may carry; one that sends
            more is closed; default 10.
        data: Makes each socket's `data`, without arguments; default `dict`. `Server[User](data=User)`
            types it.
        serve_client: Whether the browser client is served, at `/socket.io/socket.io.js` and so
            forth; default True.
        allow_request: Is asked about the request of each new connection, once; a plain function or
            `async def`. Returning True or None allows it; False, or a `ConnectError`, refuses it.
        connection_state_recovery: Whether a client whose connection was lost gets back what it had
            (its id, rooms and `data`) and what it has missed: True, or a `ConnectionStateRecovery`;
            default None. It has to come back to this process; `socket.recovered` tells.
        limits: The other bounds, a `Limits`.
        hook_timeout: Seconds that `allow_request` may take (then the request is answered with 503)
            and each connection middleware (then the client is refused); default 10.

    Raises:
        TypeError: An option is unknown (the text suggests the nearest one) or of another type.
        ValueError: An option is out of its range.

    Example:
        ```python
        io = Server(cors={"origins": "https://app.example.org"})


        @io.event
        async def chat(socket: Socket, text: str) -> None:
            io.emit("chat", text)


        io.run(port=3000)
        ```
    """

    _protocol = "Socket.IO"

    @overload
    def __init__(self: "Server[dict[str, Any]]", **options: "Unpack[Options]") -> None: ...
    @overload
    def __init__(self, *, data: Callable[[], D], **options: "Unpack[Options]") -> None: ...
    def __init__(self, **options: Any) -> None:
        checked = check(options)
        self._serve_client = checked.serve_client
        Served.__init__(self, checked, raw=False)
        NamespaceBase.__init__(self, self._server.namespace("/"))
        self._namespaces: dict[str, Namespace] = {}
        self._new_namespace: list[_NamespaceListener] = []
        self._bundles: dict[str, File | None] | None = None
        self._sockets = self.of("/")

    @property
    def sockets(self) -> Namespace:
        """The main namespace, `/`."""
        return self._sockets

    def of(self, name: str) -> Namespace:
        """The namespace of that name, made if need be; the same object each time.

        Args:
            name: As clients give it; a slash in front is added where it lacks. No comma.

        Raises:
            TypeError: The name is no string.
            ValueError: The name has a comma, which would end it in the protocol.
        """
        _handlers.check_name("a namespace", name)
        if "," in name:
            raise ValueError(f"a namespace's name can't have a comma, found {name!r}")
        if not name.startswith("/"):
            name = f"/{name}"
        namespace = self._namespaces.get(name)
        return namespace or self._make_namespace(name)

    def off(self, event: str, function: Callable[..., Any] | None = None) -> Self:
        """Removes a handler of `event`, or all of them; one that is not registered is no error.

        Calls that have begun go on.
        """
        if event != "new_namespace":
            return super().off(event, function)
        self._new_namespace = [
            listener
            for listener in self._new_namespace
            if function is not None and listener.function != function
        ]
        return self

    def _read_files(
        self, static_files: StaticFiles
    ) -> tuple[dict[str, File | None], dict[str, File]]:
        if self._bundles is None:
            self._bundles = read_bundles(self._path) if self._serve_client else {}
        return self._bundles, read_files(static_files, self._path)

    def _make_namespace(self, name: str) -> Namespace:
        core = self._server.namespace(name)
        made = Namespace(core)
        namespace = self._namespaces.setdefault(name, made)
        # Another thread may have been first.
        if namespace is made:
            core.owner = made
            if name != "/":
                self._tell_namespace(made)
        return namespace

    def _tell_namespace(self, namespace: Namespace) -> None:
        for listener in self._new_namespace.copy():
            if listener.once:
                self._new_namespace.remove(listener)
            try:
                listener.call(namespace)
            except Exception as error:  # noqa: BLE001 - the others and the caller of `of` go on
                _handlers.log_failure("a handler of 'new_namespace'", error)

    def _add(self, event: str, function: Callable[..., Any], mode: Mode) -> None:
        if event != "new_namespace":
            super()._add(event, function, mode)
            return
        call = _handlers.compile_namespace_listener(event, function, mode)
        self._new_namespace.append(_NamespaceListener(function, call, mode.once))


class _NamespaceListener(NamedTuple):
    """A listener of `new_namespace`: the user's function, and how it is called."""

    function: Callable[..., Any]
    call: Callable[[object], Any]
    once: bool
