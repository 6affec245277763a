"""What a namespace tells of its handlers, and how they are put in front of others or told of failures."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Self, TypeVar, TypeVarTuple, cast, overload

from ._event import Event, EventName
from ._handlers import Mode
from ._hooks import compile_error_handler
from ._keywords import unnamed

if TYPE_CHECKING:
    from ._core import NamespaceCore, Socket
    from ._event import NamespaceDecorator

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
Ts = TypeVarTuple("Ts")


@unnamed
class Listening:
    """The part of `NamespaceBase` that node programs know from their event emitters."""

    _core: "NamespaceCore"

    @overload
    def add_listener(self, event: Event[R, *Ts]) -> "NamespaceDecorator[R, *Ts]": ...
    @overload
    def add_listener(
        self,
        event: Event[R, *Ts],
        function: "Callable[[Socket[Any], *Ts], R | Coroutine[Any, Any, R]]",
    ) -> "Callable[[Socket[Any], *Ts], R | Coroutine[Any, Any, R]]": ...
    @overload
    def add_listener(self, event: str) -> Callable[[F], F]: ...
    @overload
    def add_listener(self, event: str, function: F) -> F: ...
    def add_listener(self, event: EventName, function: Callable[..., Any] | None = None) -> Any:
        """The same as `on`."""
        return self._on(event, function, Mode())

    @overload
    def prepend_listener(self, event: Event[R, *Ts]) -> "NamespaceDecorator[R, *Ts]": ...
    @overload
    def prepend_listener(
        self,
        event: Event[R, *Ts],
        function: "Callable[[Socket[Any], *Ts], R | Coroutine[Any, Any, R]]",
    ) -> "Callable[[Socket[Any], *Ts], R | Coroutine[Any, Any, R]]": ...
    @overload
    def prepend_listener(self, event: str) -> Callable[[F], F]: ...
    @overload
    def prepend_listener(self, event: str, function: F) -> F: ...
    def prepend_listener(self, event: EventName, function: Callable[..., Any] | None = None) -> Any:
        """Registers as `on` does, before the handlers that are there."""
        return self._on(event, function, Mode(first=True))

    @overload
    def prepend_once_listener(self, event: Event[R, *Ts]) -> "NamespaceDecorator[R, *Ts]": ...
    @overload
    def prepend_once_listener(
        self,
        event: Event[R, *Ts],
        function: "Callable[[Socket[Any], *Ts], R | Coroutine[Any, Any, R]]",
    ) -> "Callable[[Socket[Any], *Ts], R | Coroutine[Any, Any, R]]": ...
    @overload
    def prepend_once_listener(self, event: str) -> Callable[[F], F]: ...
    @overload
    def prepend_once_listener(self, event: str, function: F) -> F: ...
    def prepend_once_listener(
        self, event: EventName, function: Callable[..., Any] | None = None
    ) -> Any:
        """Registers as `once` does, before the handlers that are there."""
        return self._on(event, function, Mode(once=True, first=True))

    def remove_listener(self, event: EventName, function: Callable[..., Any]) -> Self:
        """Removes a handler of `event`, the latest that was made of this function: see `off`."""
        return self.off(event, function)

    def remove_all_listeners(self, event: EventName | None = None) -> Self:
        """Removes all handlers of `event`, or all there are; middlewares stay."""
        for name in self.event_names() if event is None else [event]:
            self.off(name)
        return self

    def listeners(self, event: EventName) -> list[Callable[..., Any]]:
        """The functions that handle `event`, in their order."""
        return self._core.listeners(cast("str", event))

    def listener_count(self, event: EventName) -> int:
        """How many handlers `event` has."""
        return len(self.listeners(event))

    def event_names(self) -> list[str]:
        """The names of the events that have handlers, in no order."""
        return self._core.event_names()

    def on_error(self, function: F) -> F:
        """Registers who is told what a handler of this namespace raised: a decorator, or called.

        It gets `(exc, socket, event)`, beside the line in the log; it may take fewer, and be
        `async def` or `def`. What it raises in turn goes to the log alone. A `Server`'s is told of
        the handlers of all namespaces.

        Raises:
            TypeError: It can't be called so.
        """
        self._core.on_error(compile_error_handler(function))
        return function

    if TYPE_CHECKING:
        # Of `Registrar`, beside which this is a base.
        def off(self, event: EventName, function: Callable[..., Any] | None = None) -> Self: ...
        def _on(self, event: EventName, function: Callable[..., Any] | None, mode: Mode) -> Any: ...
