"""The server: options, namespaces, and where and how long it is served."""

import asyncio
import logging
import math
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, overload

from . import _handlers
from ._core import Server as CoreServer
from ._core import after_fork
from ._handlers import Mode
from ._listener import (
    File,
    Listener,
    StaticFiles,
    Target,
    open_listener,
    read_bundles,
    read_files,
    resolve,
)
from ._namespace import Namespace, NamespaceBase
from ._options import Options, check
from ._process import on_signals, shown_log

if TYPE_CHECKING:
    from typing import Unpack

    from typing_extensions import TypeVar

    D = TypeVar("D", default=dict[str, Any])
else:
    from typing import TypeVar

    D = TypeVar("D")

logger = logging.getLogger("socketio_rs.server")

_SIGNAL_DRAIN = 5.0

os.register_at_fork(after_in_child=after_fork)


class Server(NamespaceBase, Generic[D]):
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

    @overload
    def __init__(self: "Server[dict[str, Any]]", **options: "Unpack[Options]") -> None: ...
    @overload
    def __init__(self, *, data: Callable[[], D], **options: "Unpack[Options]") -> None: ...
    def __init__(self, **options: Any) -> None:
        checked = check(options)
        self._path = checked.path
        self._serve_client = checked.serve_client
        self._server = CoreServer(
            path=checked.path,
            ping_interval=checked.ping_interval,
            ping_timeout=checked.ping_timeout,
            connect_timeout=checked.connect_timeout,
            upgrade_timeout=checked.upgrade_timeout,
            max_http_buffer_size=checked.max_http_buffer_size,
            transports=checked.transports,
            allow_upgrades=checked.allow_upgrades,
            cors=checked.cors,
            send_queue_bytes=checked.send_queue_bytes,
            slow_client=checked.slow_client,
            max_pending_events=checked.max_pending_events,
            max_running_handlers=checked.max_running_handlers,
            max_attachments=checked.max_attachments,
            data=checked.data,
        )
        super().__init__(self._server.namespace("/"))
        self._namespaces: dict[str, Namespace] = {}
        self._new_namespace: list[_NamespaceListener] = []
        self._stopping: asyncio.Future[None] | None = None
        self._closed: asyncio.Event | None = None
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

    async def listen(self, target: Target, *, static_files: StaticFiles | None = None) -> Listener:
        """Listens and serves clients on the running loop; several calls add listeners.

        Args:
            target: A port on 127.0.0.1 (say `("0.0.0.0", 3000)` or `("::", 3000)` for the world; 0
                is any free port), `(host, port)`, `"unix:/path"`, a bound `socket.socket`, or an
                inherited descriptor as `"fd:3"`. Socket and descriptor are duplicated.
            static_files: A few files served at exact URL paths, as in `{"/": "index.html"}`. They
                are read now; the content type goes by the extension.

        Returns:
            The listener, with its real port.

        Raises:
            OSError: The address can't be listened on, or a file can't be read.
            RuntimeError: The server is served on another loop, or is just being closed.
            TypeError: `target` is nothing of that kind.
            ValueError: A port, URL path or socket can't be used.
        """
        loop = asyncio.get_running_loop()
        self._check_loop(loop)
        bundles, files = await loop.run_in_executor(None, self._read_files, static_files or {})
        addresses = await resolve(target)
        # No await from here on: what was checked stays true.
        self._check_loop(loop)
        first = not self._server.served
        if first:
            self._server.start(loop)
            self._closed = asyncio.Event()
        try:
            return open_listener(
                lambda address: self._server.listen(address, bundles, files), addresses
            )
        except BaseException:
            if first:
                await self.close()
            raise

    async def close(self, drain: float = 0.0) -> None:
        """Stops listening and closes every client; sockets get the reason `server shutting down`.

        What clients sent before is handled. Afterwards any loop may serve the server again, with
        its handlers. Closing a server that is not served does nothing; when it is being closed
        already, both calls end with it, and the shorter drain counts.

        Args:
            drain: Seconds for which handlers may go on before they are cancelled.

        Raises:
            RuntimeError: The server is served on another loop than the running one.
            ValueError: `drain` is negative or not finite.
        """
        if not math.isfinite(drain) or drain < 0:
            raise ValueError(f"drain must be seconds from 0, found {drain!r}")
        if not self._server.served:
            return
        self._check_same(asyncio.get_running_loop())
        # Shielded: the end of one that waits must not take the future from the others.
        await asyncio.shield(self._stop(drain))

    @asynccontextmanager
    async def serving(
        self, port: int = 0, host: str = "127.0.0.1", *, static_files: StaticFiles | None = None
    ) -> AsyncGenerator[Listener, None]:
        """Serves clients during a block: listens at its start, closes the server at its end.

        Args:
            port: The port; 0 is any free one.
            host: A name or an address.
            static_files: As for `listen`.

        Raises:
            OSError, RuntimeError, TypeError, ValueError: As `listen`.

        Example:
            ```python
            async with io.serving() as listener:
                print(listener.url)
            ```
        """
        listener = await self.listen((host, port), static_files=static_files)
        try:
            yield listener
        finally:
            await self.close()

    def run(
        self,
        port: int = 3000,
        host: str = "127.0.0.1",
        *,
        static_files: StaticFiles | None = None,
    ) -> None:
        """Serves clients on a loop of its own until it is told to stop; blocks.

        SIGINT (Ctrl+C) or SIGTERM close the server and give handlers 5 seconds, a second one none;
        so does `close`. Outside the main thread `close` alone works. One line in the log says where
        it listens; when logging is not configured, it is shown on standard error meanwhile.

        Args:
            port: The port; 0 is any free one.
            host: A name or an address; `0.0.0.0` or `::` for all.
            static_files: As for `listen`.

        Raises:
            OSError, TypeError, ValueError: As `listen`.
            RuntimeError: A loop runs in this thread (use `listen` there), or as `listen`.
        """
        with shown_log(), asyncio.Runner() as runner:
            runner.run(self._run((host, port), static_files))

    async def _run(self, target: Target, static_files: StaticFiles | None) -> None:
        listener = await self.listen(target, static_files=static_files)
        try:
            with on_signals(self._signalled):
                logger.info("serving Socket.IO on %s (Ctrl+C to stop)", listener.url)
                if self._closed is not None:
                    await self._closed.wait()
        finally:
            await self.close()

    def _signalled(self) -> None:
        if self._server.served:
            self._stop(_SIGNAL_DRAIN if self._stopping is None else 0.0)

    def _stop(self, drain: float) -> asyncio.Future[None]:
        self._stopping = self._server.stop(drain)
        self._stopping.add_done_callback(self._stopped)
        return self._stopping

    def _stopped(self, _: asyncio.Future[None]) -> None:
        self._stopping = None
        if self._closed is not None:
            self._closed.set()

    def _check_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._server.loop is not None:
            self._check_same(loop)
        if self._stopping is not None:
            raise RuntimeError("the server is just being closed: await its close() first")

    def _check_same(self, loop: asyncio.AbstractEventLoop) -> None:
        serving = self._server.loop
        if serving is not loop:
            raise RuntimeError(
                f"the server is served on {serving!r} at {id(serving):#x}, "
                f"not on {loop!r} at {id(loop):#x}"
            )

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
