"""The server: options, namespaces, and where and how long it is served."""

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, overload

from . import _handlers
from ._adapters import Adapters
from ._binding import bind, take_over
from ._class_handlers import Handlers, register
from ._core import EngineSocket, after_fork
from ._event import EventName
from ._handlers import Mode, Ordering
from ._hooks import compile_error_handler
from ._listener import File, StaticFiles, read_bundles, read_files
from ._namespace import F, Namespace, NamespaceBase
from ._namespaces import NEW_NAMESPACE, Namespaces, ParentNamespace
from ._options import Options, check
from ._router import Router, include
from ._served import Served
from .adapter import Adapter, AdapterFactory
from .engine import Engine

if TYPE_CHECKING:
    import re
    from typing import Unpack

    from typing_extensions import TypeVar

    from ._matching import Predicate

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
    each namespace that is made from then on, before its first socket's middlewares run.

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
        ordering: When a socket's next event starts: `"concurrent"`, at once, or `"serial"`, when
            the handlers of the one before have ended; default `"concurrent"`. Also of a namespace
            (`of`) and of a handler (`on`). `disconnecting` handlers run behind the events that wait so.
        slow_handler: Seconds for which a handler or a middleware may hold the loop without being told
            of in the log, by its name and once a minute; default 0.1. 0 or None: it never is.
        max_attachments: How many bytes-like objects one event of a client may carry; one that sends
            more is closed; default 10.
        data: Makes each socket's `data`, without arguments; default `dict`. `Server[User](data=User)`
            types it.
        json_default: Is asked last, with a value that can't be sent: returns one that can stand for
            it, or raises, which the emit then does; default None. It may be called from any
            thread that emits.
        cleanup_empty_child_namespaces: Whether a dynamic namespace without sockets is forgotten, and
            made anew when a client asks for it; default False.
        serve_client: Whether the browser client is served, at `/socket.io/socket.io.js` and so
            forth; default True.
        allow_request: Is asked about the request of each new connection, once; a plain function or
            `async def`. Returning True or None allows it; False, or a `ConnectError`, refuses it.
        connection_state_recovery: Whether a client whose connection was lost gets back what it had
            (its id, rooms and `data`) and what it has missed: True, or a `ConnectionStateRecovery`;
            default None. It has to come back to this process; `socket.recovered` tells.
        adapter: Carries what concerns many sockets, also to other servers: a class derived from
            `Adapter`, or a function that gets a namespace and makes one; default None, which is
            `Adapter` itself: this server's sockets are all there are.
        limits: The other bounds, a `Limits`.
        hook_timeout: Seconds that `allow_request` may take (then the request is answered with 503)
            and each connection middleware or predicate of namespaces (then the client is refused);
            default 10.

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
        adapters = Adapters(
            self._server,
            checked.adapter or Adapter,
            limit=checked.limits.max_adapter_calls,
            hook_timeout=checked.hook_timeout,
        )
        NamespaceBase.__init__(self, self._server.namespace("/"), adapters)
        self._namespaces = Namespaces(self._server, adapters, checked.hook_timeout)
        self._bundles: dict[str, File | None] | None = None
        self._sockets = self.of("/")
        self._engine: Engine | None = None

    @property
    def sockets(self) -> Namespace:
        """The main namespace, `/`."""
        return self._sockets

    @property
    def path(self) -> str:
        """The path under which clients connect, without a slash at its end.

        It can be set until the server listens: see the option of the same name.

        Raises:
            RuntimeError: The server listens.
            TypeError, ValueError: As the option.
        """
        return self._path

    @path.setter
    def path(self, value: str) -> None:
        self._check_unserved("path")
        self._path = check({"path": value}).path
        self._bundles = None

    @property
    def adapter(self) -> AdapterFactory:
        """What makes the adapter of each namespace, by default the class `Adapter`.

        Set as `path`; then those of all namespaces are made anew. A namespace's own is its `adapter`.
        """
        return self._adapters.factory

    @adapter.setter
    def adapter(self, value: AdapterFactory | None) -> None:
        self._check_unserved("adapter")
        self._adapters.use(check({"adapter": value}).adapter or Adapter)

    @property
    def connect_timeout(self) -> float:
        """Seconds until a client that has joined no namespace is closed; set as `path`."""
        return self._connect_timeout

    @connect_timeout.setter
    def connect_timeout(self, value: float) -> None:
        self._check_unserved("connect_timeout")
        self._connect_timeout = check({"connect_timeout": value}).connect_timeout

    @property
    def serve_client(self) -> bool:
        """Whether the browser client is served; set as `path`."""
        return self._serve_client

    @serve_client.setter
    def serve_client(self, value: bool) -> None:
        self._check_unserved("serve_client")
        self._serve_client = check({"serve_client": value}).serve_client
        self._bundles = None

    @property
    def engine(self) -> Engine | None:
        """The engine that was bound last, by `bind`; None before."""
        return self._engine

    def bind(self, engine: Engine) -> Self:
        """Makes each new connection of an engine a client of this server.

        The engine is served by itself, at its own path, on the same loop; the server may listen
        besides, and may have several engines. Where it does not, it is served with them. Closing
        the server closes its engines.

        Args:
            engine: An engine alone.

        Raises:
            RuntimeError: Both are served, on two loops; or the engine is, and this is another thread.
            TypeError: It is none.
            ValueError: It is bound already, to this server or another.

        Example:
            ```python
            from socketio_rs import Server
            from socketio_rs.engine import Engine

            engine = Engine()
            io = Server()
            io.bind(engine)
            engine.run(port=3000)  # for clients with the path /engine.io
            ```
        """
        bind(self, engine)
        self._engine = engine
        return self

    def onconnection(self, socket: EngineSocket) -> Self:
        """Makes one connection of an engine alone a client of this server.

        What it has sent while the engine's `connection` handlers run goes to the server too. One
        that has closed is none any more. If the server is not served, it is from now on, on the
        running loop; then it needs a `close` of its own.

        Args:
            socket: A connection that came with an engine's `connection`.

        Raises:
            RuntimeError: No loop runs here, or server and engine are served on two, or the server
                is just being closed.
            TypeError: It is no `EngineSocket`.
            ValueError: It was handed over already, or is a connection of a Socket.IO server.
        """
        take_over(self, socket)
        return self

    async def close(self, drain: float = 0.0) -> None:
        """Stops listening and closes every client, and the engines that are bound.

        Sockets get the reason `server shutting down`. What clients sent before is handled.
        Afterwards any loop may serve the server again, with its handlers. Closing a server that is
        not served does nothing; when it is being closed already, both calls end with it, and the
        shorter drain counts.

        Args:
            drain: Seconds for which handlers may go on before they are cancelled.

        Raises:
            RuntimeError: The server is served on another loop than the running one.
            TypeError: `drain` is no number.
            ValueError: `drain` is negative or not finite.
        """
        await super().close(drain)
        await self._company.close_engines(drain)

    @overload
    def of(
        self, name: "re.Pattern[str] | Predicate", *, ordering: Ordering | None = ...
    ) -> ParentNamespace: ...
    @overload
    def of(self, name: str, *, ordering: Ordering | None = ...) -> Namespace: ...
    def of(
        self,
        name: "str | re.Pattern[str] | Predicate",
        *,
        ordering: Ordering | None = None,
    ) -> Namespace:
        """The namespace of that name, made if need be; the same object each time.

        With a path pattern, a regular expression or a predicate it is the `ParentNamespace` of all
        whose names match: they are made when the first client asks for them, or when `of` is called
        with their name (a predicate is asked for clients alone). Parents are tried in the order in
        which they were made.

        Args:
            name: As clients give it; a slash in front is added where it lacks. No comma. Or a path
                pattern such as `/org/{org_id}`, whose values `namespace.params` has; a compiled
                regular expression that is to match the whole name; or a predicate, plain or
                `async def`, that gets `(name, auth)` and returns whether there is to be such a
                namespace. One that raises, or takes longer than `hook_timeout`, refuses.
            ordering: How the events of its sockets start, as the option of that name; None: as
                before, which is that option at first. Children have that of their parent.

        Raises:
            TypeError: The name is nothing of that kind, or the predicate can't be called so.
            ValueError: The name has a comma, which would end it in the protocol, or is a path
                pattern with something else than whole segments in braces; or `ordering` is neither
                `"concurrent"` nor `"serial"`.
        """
        serial = None if ordering is None else _handlers.is_serial(ordering)
        namespace = self._namespaces.of(name)
        if serial is not None:
            self._namespaces.core_of(name).serial = serial
        return namespace

    def register(self, namespace: "str | re.Pattern[str] | Predicate", handlers: Handlers) -> None:
        """Registers the handlers of an object with a namespace: see `Handlers`.

        Args:
            namespace: As for `of`; with a pattern or predicate they are its children's.
            handlers: An instance of a class derived from `Handlers`.

        Raises:
            TypeError: It is none, or one of its methods can't be called as a handler; then nothing
                is registered.
            ValueError: It is registered already, or has no handlers.
        """
        register(handlers, lambda: self.of(namespace))

    def include(self, router: Router, namespace: "str | re.Pattern[str] | Predicate" = "/") -> None:
        """Registers what a router has collected with a namespace, and what it collects from now on.

        Args:
            router: A `Router`; several namespaces may include it.
            namespace: As for `of`.

        Raises:
            TypeError: It is no router.
            ValueError: The namespace includes it already.
        """
        include(router, lambda: self._namespaces.core_of(namespace))

    @overload
    def use(self, function: F) -> F: ...
    @overload
    def use(self, function: F, *, namespaces: Literal["/", "*"]) -> F: ...
    @overload
    def use(self, *, namespaces: Literal["/", "*"]) -> Callable[[F], F]: ...
    def use(
        self, function: F | None = None, *, namespaces: Literal["/", "*"] = "/"
    ) -> Callable[[F], F] | F:
        """Registers a connection middleware: see `Namespace.use`.

        Args:
            function: The middleware; without it a decorator is returned.
            namespaces: `"/"`: of the main namespace alone; `"*"`: of every namespace, those included
                that are made later, behind the middlewares that each has by then.

        Raises:
            TypeError: It does not take exactly the socket.
            ValueError: `namespaces` is something else.
        """
        if namespaces not in ("/", "*"):
            raise ValueError(
                f"namespaces must be '*' or '/', found {namespaces!r}: "
                f"for others use the namespace's own, as in io.of('/chat').use"
            )

        def register(function: F) -> F:
            if namespaces == "/":
                return NamespaceBase.use(self, function)
            self._namespaces.use(_handlers.compile_middleware(function))
            return function

        return register if function is None else register(function)

    def listeners(self, event: EventName) -> list[Callable[..., Any]]:
        """The functions that handle `event`, in their order."""
        if event != NEW_NAMESPACE:
            return super().listeners(event)
        return self._namespaces.listeners()

    def event_names(self) -> list[str]:
        """The names of the events that have handlers, in no order."""
        own = [NEW_NAMESPACE] if self._namespaces.listeners() else []
        return own + super().event_names()

    def on_error(self, function: F) -> F:
        """Registers who is told what a handler raised, in whichever namespace.

        It gets `(exc, socket, event)`, beside the line in the log: see `Namespace.on_error`.

        Raises:
            TypeError: It can't be called so.
        """
        self._server.on_error(compile_error_handler(function))
        return function

    def off(self, event: EventName, function: Callable[..., Any] | None = None) -> Self:
        """Removes a handler of `event`, or all of them; one that is not registered is no error.

        Calls that have begun go on.
        """
        if event != NEW_NAMESPACE:
            return super().off(event, function)
        self._namespaces.unlisten(function)
        return self

    def _started(self, loop: asyncio.AbstractEventLoop) -> None:
        self._adapters.start(loop)

    async def _opened(self) -> None:
        await self._adapters.opened()

    async def _closing(self) -> None:
        await self._adapters.begun()

    async def _ended(self) -> None:
        await self._adapters.close()

    def _check_unserved(self, name: str) -> None:
        if self._server.served:
            raise RuntimeError(f"{name} can't be set while the server listens: close it first")

    def _read_files(
        self, static_files: StaticFiles
    ) -> tuple[dict[str, File | None], dict[str, File]]:
        if self._bundles is None:
            self._bundles = read_bundles(self._path) if self._serve_client else {}
        return self._bundles, read_files(static_files, self._path)

    def _add(self, event: str, function: Callable[..., Any], mode: Mode) -> None:
        if event != NEW_NAMESPACE:
            super()._add(event, function, mode)
            return
        self._namespaces.listen(function, mode)
