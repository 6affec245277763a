"""Handlers as methods of a class."""

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, TypeVarTuple, cast, overload

from . import _handlers
from ._event import Event, EventName
from ._log import hint
from ._namespace import Namespace
from ._signature import name_of

if TYPE_CHECKING:
    from ._event import MethodDecorator

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
Ts = TypeVarTuple("Ts")

_LIFECYCLE = ("connection", "disconnecting", "disconnect")
_MIDDLEWARE = "authorize"
_OF_OTHER_SERVERS = {"connect": "connection"}
# Attributes that no name of the user's meets.
_MARKS = "_socketio_rs_events"
_NAMESPACE = "_socketio_rs_namespace"


class Handlers:
    """Handlers as methods of a class of your own, which `Server.register` registers.

    Methods decorated with `event` handle that event. Those named `connection`, `disconnecting` and
    `disconnect` handle these, and one named `authorize` is a connection middleware. There are no other
    public names but `nsp`, so that any event's name can be a method's. A method that replaces one of a
    base class handles the same events.

    Example:
        ```python
        class Chat(Handlers):
            async def authorize(self, socket: Socket) -> None:
                if socket.handshake.auth.get("token") != "secret":
                    raise ConnectError("not authorized")

            def connection(self, socket: Socket) -> None:
                socket.join("lobby")

            @event
            async def chat(self, socket: Socket, text: str) -> None:
                self.nsp.to("lobby").emit("chat", text)


        io.register("/chat", Chat())
        ```
    """

    @property
    def nsp(self) -> Namespace:
        """The namespace with which it is registered; of a socket in a child, see `socket.nsp`.

        Raises:
            RuntimeError: It is not registered.
        """
        namespace: Namespace | None = vars(self).get(_NAMESPACE)
        if namespace is None:
            raise RuntimeError(f"{self!r} has no namespace yet: see Server.register")
        return namespace


class _Mark(NamedTuple):
    """An event that a method handles."""

    name: str
    keywords: dict[str, Any]


@overload
def event(function: F, /) -> F: ...
@overload
def event(
    name: Event[R, *Ts],
    *,
    thread: bool = ...,
    cancel_on_disconnect: bool = ...,
    ordering: _handlers.Ordering | None = ...,
) -> "MethodDecorator[R, *Ts]": ...
@overload
def event(
    name: str | None = None,
    *,
    thread: bool = ...,
    cancel_on_disconnect: bool = ...,
    ordering: _handlers.Ordering | None = ...,
) -> Callable[[F], F]: ...
def event(
    name: Callable[..., Any] | EventName | None = None,
    *,
    thread: bool = False,
    cancel_on_disconnect: bool = False,
    ordering: _handlers.Ordering | None = None,
) -> Any:
    """Makes a method of a class derived from `Handlers` handle an event.

    All of `@event`, `@event("any name")` and `@event(thread=True)` work, and they stack.

    Args:
        name: The event's name; the method's own unless one is given.
        thread: As for `Server.on`.
        cancel_on_disconnect: As for `Server.on`.
        ordering: As for `Server.on`.

    Raises:
        ReservedEvent: No handler ever gets an event of this name (a `ValueError`).
        TypeError: The name is no string.
    """
    keywords = {
        "thread": thread,
        "cancel_on_disconnect": cancel_on_disconnect,
        "ordering": ordering,
    }
    if callable(name):
        return _mark(name, None, keywords)
    given = cast("str | None", name)
    if given is not None:
        _handlers.check_event(given)

    def mark(function: F) -> F:
        return _mark(function, given, keywords)

    return mark


def register(handlers: Handlers, find: Callable[[], Namespace]) -> None:
    """Registers handlers with the namespace that `find` gives: all, or none.

    Raises:
        TypeError, ValueError: As `Server.register`.
    """
    given = cast("object", handlers)
    if not isinstance(given, Handlers):
        kind = given if isinstance(given, type) and issubclass(given, Handlers) else None
        remedy = f": give an instance, as in {kind.__name__}()" if kind else ""
        raise TypeError(f"handlers must be an instance of Handlers, found {given!r}{remedy}")
    if _NAMESPACE in vars(handlers):
        raise ValueError(f"{handlers!r} is registered already: make another instance")
    found = list(_events_of(handlers))
    middleware = _middleware_of(handlers)
    missed = list(_missed(type(handlers), {mark.name for mark, _ in found}))
    if not found and middleware is None:
        remedy = "; ".join(missed) or "decorate its methods with event"
        raise ValueError(f"{handlers!r} has no handlers: {remedy}")
    for text in missed:
        hint(text)
    namespace = find()
    done: list[tuple[str, Callable[..., Any]]] = []
    try:
        for (name, keywords), method in found:
            namespace.on(name, method, **keywords)
            done.append((name, method))
        if middleware is not None:
            namespace.use(middleware)
    except BaseException:
        for name, method in done:
            namespace.off(name, method)
        raise
    vars(handlers)[_NAMESPACE] = namespace


def _events_of(handlers: Handlers) -> Iterator[tuple[_Mark, Callable[..., Any]]]:
    """The events and their methods, in the order of definition, those of base classes first."""
    bases = [base for base in reversed(type(handlers).__mro__) if base is not Handlers]
    for attribute in dict.fromkeys(name for base in bases for name in vars(base)):
        marks = _marks_of(type(handlers), attribute)
        if attribute in _LIFECYCLE and not marks:
            marks = [_Mark(attribute, {})]
        for mark in marks:
            method = getattr(handlers, attribute)
            if method is not None:
                yield mark, method


def _missed(kind: type, handled: set[str]) -> Iterator[str]:
    """Methods that handle nothing, but are named as the handlers of other servers' classes are."""
    for attribute in sorted({name for base in kind.__mro__ for name in vars(base)}):
        name = attribute.removeprefix("on_")
        is_meant = (name and name != attribute) or name in _OF_OTHER_SERVERS
        method: object = getattr(kind, attribute, None)
        if not is_meant or not inspect.isroutine(method) or _marks_of(kind, attribute):
            continue
        name = _OF_OTHER_SERVERS.get(name, name)
        if name not in handled:
            remedy = (
                f"name it {name}" if name in _LIFECYCLE else f'decorate it with @event("{name}")'
            )
            yield f"{name_of(method)} is no handler: {remedy}"


def _middleware_of(handlers: Handlers) -> Callable[..., Any] | None:
    if _marks_of(type(handlers), _MIDDLEWARE):
        return None
    return getattr(handlers, _MIDDLEWARE, None)


def _marks_of(kind: type, attribute: str) -> list[_Mark]:
    """The events of a method, of its class or else of a base class."""
    for base in kind.__mro__:
        member: object = vars(base).get(attribute)
        # Of a static or class method the function inside may be the one that was decorated.
        for each in (member, getattr(member, "__func__", None)):
            marks: list[_Mark] = getattr(each, _MARKS, [])
            if marks:
                return marks
    return []


def _mark(function: F, name: str | None, keywords: dict[str, Any]) -> F:
    own: object = getattr(function, "__name__", None)
    if inspect.isclass(function) or not isinstance(own, str):
        raise TypeError(f"event is for methods, found {function!r}")
    name = own if name is None else name
    _handlers.check_event(name)
    setattr(function, _MARKS, [*getattr(function, _MARKS, []), _Mark(name, keywords)])
    return function
