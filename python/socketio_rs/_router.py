"""Handlers that are collected in a module of their own, for a server that includes them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast, final
from weakref import WeakKeyDictionary

from . import _handlers
from ._handlers import Lifecycle
from ._hooks import compile_error_handler
from ._namespace import Registrar, Registry
from ._server_events import check_listener

if TYPE_CHECKING:
    from ._core import Handler, NamespaceCore

F = TypeVar("F", bound=Callable[..., Any])


@final
class Router(Registrar):
    """Collects handlers and middlewares, with the decorators of a namespace, for `Server.include`.

    Example:
        ```python
        router = Router()


        @router.event
        async def chat(socket: Socket, text: str) -> None:
            socket.nsp.emit("chat", text)


        io.include(router, namespace="/chat")
        ```
    """

    def __init__(self) -> None:
        collected = _Collected()
        super().__init__(collected)
        _collections[self] = collected

    def on_error(self, function: F) -> F:
        """Registers who is told what a handler of the namespaces that include it raised: see `Namespace.on_error`.

        Raises:
            TypeError: It can't be called so.
        """
        _collections[self].on_error(compile_error_handler(function))
        return function

    def _listen_to_servers(self, event: str, function: Callable[..., Any]) -> None:
        check_listener(function)
        _collections[self].on_server_event(event, function)


class _Kept(NamedTuple):
    """A handler of an event; of none, a middleware."""

    event: str | None
    handler: "Handler"
    first: bool = False


class _Collected:
    """What a router has collected; what includes it gets the same, now and later."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._of_servers: list[tuple[str, Callable[..., Any]]] = []
        self._of_errors: list[Handler] = []
        self._included: list[NamespaceCore] = []

    def include(self, core: "NamespaceCore") -> None:
        if any(core is included for included in self._included):
            raise ValueError(f"{core.name} includes this router already")
        self._included.append(core)
        for kept in self._kept:
            _add(core, kept)
        for event, function in self._of_servers:
            core.owner.on_server_event(event, function)
        for handler in self._of_errors:
            core.on_error(handler)

    def on_server_event(self, event: str, function: Callable[..., Any]) -> None:
        self._of_servers.append((event, function))
        for core in self._included:
            core.owner.on_server_event(event, function)

    def on_error(self, handler: "Handler") -> None:
        self._of_errors.append(handler)
        for core in self._included:
            core.on_error(handler)

    def on(self, event: str, handler: "Handler", first: bool = False) -> None:
        self._keep(_Kept(event, handler, first))

    def on_lifecycle(self, event: Lifecycle, handler: "Handler", first: bool = False) -> None:
        # The other name of the same.
        self._keep(_Kept("connection" if event == "connect" else event, handler, first))

    def guard(self, middleware: "Handler") -> None:
        self._keep(_Kept(None, middleware))

    def off(self, event: str, function: Callable[..., Any] | None) -> None:
        event = "connection" if event == "connect" else event
        found = [
            kept
            for kept in self._kept
            if kept.event == event and (function is None or kept.handler.function == function)
        ]
        for kept in found if function is None else found[-1:]:
            self._kept.remove(kept)
        for registry in self._included:
            registry.off(event, function)

    def _keep(self, kept: _Kept) -> None:
        self._kept.append(kept)
        for registry in self._included:
            _add(registry, kept)


_collections: WeakKeyDictionary[Router, _Collected] = WeakKeyDictionary()


def include(router: Router, find: "Callable[[], NamespaceCore]") -> None:
    """Registers what a router has collected, and will collect, with the namespace that `find` gives.

    Raises:
        TypeError: It is no router.
        ValueError: The namespace includes it already.
    """
    if not isinstance(cast("object", router), Router):
        raise TypeError(f"a router must be a Router, found {router!r}")
    _collections[router].include(find())


def _add(registry: Registry, kept: _Kept) -> None:
    if kept.event is None:
        registry.guard(kept.handler)
    elif _handlers.is_lifecycle(kept.event):
        registry.on_lifecycle(kept.event, kept.handler, kept.first)
    else:
        registry.on(kept.event, kept.handler, kept.first)
