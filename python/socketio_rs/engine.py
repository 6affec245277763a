"""The engine alone: connections of Engine.IO clients and their messages, without Socket.IO.

Example:
    ```python
    from socketio_rs.engine import Engine, EngineSocket

    engine = Engine()


    @engine.on("connection")
    def connected(socket: EngineSocket) -> None:
        @socket.on("message")
        def echo(data: str | bytes) -> None:
            socket.send(data)


    engine.run(port=3000)
    ```
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, final, overload

from . import _handlers
from ._core import EngineSocket, Transport
from ._handlers import Mode
from ._options import check_engine
from ._served import Served

if TYPE_CHECKING:
    from typing import Unpack

    from ._options import EngineOptions

__all__ = ["Engine", "EngineSocket", "Transport"]

F = TypeVar("F", bound=Callable[..., Any])


@final
class Engine(Served):
    """An Engine.IO server: what is beneath a Socket.IO server, by itself.

    Made and served as a `Server` is. Its clients are those of the npm package `engine.io-client`.

    Args:
        path: The path under which clients connect; default `/engine.io`.
        ping_interval: As a `Server`'s; so are all the others.
        ping_timeout: See there.
        upgrade_timeout: See there.
        max_http_buffer_size: See there.
        transports: See there.
        allow_upgrades: See there.
        cors: See there.
        send_queue_bytes: See there.
        slow_client: See there; `"drop"` drops messages.
        max_pending_events: How many messages of a connection may wait to be handled; then no more
            are read from it until some have; default 256.
        max_running_handlers: How many `message` handlers of a connection may run at a time; then
            its messages wait; default 1,000.
        allow_request: See there.
        hook_timeout: See there.
        limits: See there.

    Raises:
        TypeError: An option is unknown (the text suggests the nearest one) or of another type.
        ValueError: An option is out of its range.
    """

    _protocol = "Engine.IO"

    def __init__(self, **options: "Unpack[EngineOptions]") -> None:
        super().__init__(check_engine(options), raw=True)
        self._core = self._server.namespace("/")

    @property
    def clients(self) -> dict[str, EngineSocket]:
        """The open connections by their ids."""
        return {socket.id: socket for socket in self._server.engine_sockets}

    @property
    def clients_count(self) -> int:
        """How many connections are open."""
        return self._server.engine_sockets_count

    async def close(self, drain: float = 0.0) -> None:
        """Stops listening and closes every connection (`forced close`): as `Server.close`.

        Clients of a server that the engine is bound to are closed with it; so is that server, if it
        is served for its engines alone and this was the last one.
        """
        await super().close(drain)
        await self._company.close_server(drain)

    @overload
    def on(self, event: Literal["connection"], function: None = None) -> Callable[[F], F]: ...
    @overload
    def on(self, event: Literal["connection"], function: F) -> F: ...
    def on(self, event: Literal["connection"], function: F | None = None) -> Callable[[F], F] | F:
        """Registers a handler: a decorator, or called with both.

        `connection`, the only event, comes with each new connection, an `EngineSocket`. Handlers
        are `async def` or plain functions; messages that come while they run, up to
        `max_held_events`, wait for the handlers that they register.

        Raises:
            TypeError: It can't be called so.
            ValueError: There is no such event.
        """
        return self._on(event, function, Mode())

    @overload
    def once(self, event: Literal["connection"], function: None = None) -> Callable[[F], F]: ...
    @overload
    def once(self, event: Literal["connection"], function: F) -> F: ...
    def once(self, event: Literal["connection"], function: F | None = None) -> Callable[[F], F] | F:
        """Registers as `on` does, for the next connection alone."""
        return self._on(event, function, Mode(once=True))

    def off(self, event: Literal["connection"], function: Callable[..., Any] | None = None) -> Self:
        """Removes a handler, or all of them; one that is not registered is no error."""
        _check_event(event)
        self._core.off(event, function)
        return self

    def _on(self, event: str, function: F | None, mode: Mode) -> Callable[[F], F] | F:
        _check_event(event)

        def register(function: F) -> F:
            handler = _handlers.compile_handler("connection", function, mode)
            self._core.on_lifecycle("connection", handler)
            return function

        return register if function is None else register(function)


def _check_event(event: str) -> None:
    if event != "connection":
        raise ValueError(f"an engine's event is 'connection', found {event!r}")
