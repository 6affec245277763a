"""Typed events: a name that type checkers know the arguments and the answer of."""

from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, TypeVarTuple, final, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Self

    from ._core import Ack, Socket

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Ts = TypeVarTuple("Ts")

if TYPE_CHECKING:
    # To a type checker it is no str: else it would pass where any arguments do.
    class EventBase(Generic[R_co, *Ts]):
        """An event to those who wait for its answer: where that may be any object, this one will do."""

        def __init__(self, name: str) -> None: ...
else:

    class EventBase(str, Generic[R_co, *Ts]):
        __slots__ = ()

        def __new__(cls, name: object) -> "Self":
            if not isinstance(name, str):
                raise TypeError(f"the name of an event must be a str, found {name!r}")
            return super().__new__(cls, name)


@final
class Event(EventBase[R, *Ts], Generic[R, *Ts]):
    """An event's name with the types of its answer and its arguments, for type checkers.

    It can stand wherever an event's name can, of those that clients send and those that the server
    emits; calls and handlers are checked against it. `Event[None]` has neither arguments nor an
    answer. While the program runs it is the name, a `str`, and nothing else.

    Args:
        name: The event's name.

    Raises:
        TypeError: The name is no string.

    Example:
        ```python
        chat = Event[str, str, int]("chat")


        @io.on(chat)
        async def on_chat(socket: Socket, text: str, number: int) -> str:
            answer = await socket.emit_with_ack(chat, text, number + 1)  # a str
            return answer.upper()
        ```
    """

    @property
    def name(self) -> str:
        """The name as a plain string."""
        return str(self)

    def __repr__(self) -> str:
        return f"Event({str(self)!r})"


EventName: TypeAlias = str | Event[Any, *tuple[Any, ...]]
"""Whatever names an event."""

if TYPE_CHECKING:
    # A function that may take one argument more or less, as with a default, is of the first type that fits.

    class NamespaceDecorator(Generic[R, *Ts]):
        """What `io.on(chat)` gives: takes handlers of this event, by hand with an `Ack` behind."""

        @overload
        def __call__(  # type: ignore[overload-overlap]
            self, function: Callable[[Socket[Any], *Ts], Coroutine[Any, Any, R]], /
        ) -> Callable[[Socket[Any], *Ts], Coroutine[Any, Any, R]]: ...
        @overload
        def __call__(  # type: ignore[overload-overlap]
            self, function: Callable[[Socket[Any], *Ts], R], /
        ) -> Callable[[Socket[Any], *Ts], R]: ...
        @overload
        def __call__(
            self, function: Callable[[Socket[Any], *Ts, Ack], Coroutine[Any, Any, None]], /
        ) -> Callable[[Socket[Any], *Ts, Ack], Coroutine[Any, Any, None]]: ...
        @overload
        def __call__(
            self, function: Callable[[Socket[Any], *Ts, Ack], None], /
        ) -> Callable[[Socket[Any], *Ts, Ack], None]: ...
        def __call__(self, function: Callable[..., Any], /) -> Any: ...

    class SocketDecorator(Generic[R, *Ts]):
        """What `socket.on(chat)` gives: the same without the socket in front, or with it."""

        @overload
        def __call__(  # type: ignore[overload-overlap]
            self, function: Callable[[*Ts], Coroutine[Any, Any, R]], /
        ) -> Callable[[*Ts], Coroutine[Any, Any, R]]: ...
        @overload
        def __call__(  # type: ignore[overload-overlap]
            self, function: Callable[[*Ts], R], /
        ) -> Callable[[*Ts], R]: ...
        @overload
        def __call__(
            self, function: Callable[[*Ts, Ack], Coroutine[Any, Any, None]], /
        ) -> Callable[[*Ts, Ack], Coroutine[Any, Any, None]]: ...
        @overload
        def __call__(
            self, function: Callable[[*Ts, Ack], None], /
        ) -> Callable[[*Ts, Ack], None]: ...
        @overload
        def __call__(
            self, function: Callable[[Socket[Any], *Ts], Coroutine[Any, Any, R]], /
        ) -> Callable[[Socket[Any], *Ts], Coroutine[Any, Any, R]]: ...
        @overload
        def __call__(
            self, function: Callable[[Socket[Any], *Ts], R], /
        ) -> Callable[[Socket[Any], *Ts], R]: ...
        def __call__(self, function: Callable[..., Any], /) -> Any: ...

    class MethodDecorator(Generic[R, *Ts]):
        """What `event(chat)` gives: takes methods of a `Handlers`, by hand with an `Ack` behind."""

        @overload
        def __call__(
            self, function: Callable[[Any, Socket[Any], *Ts], Coroutine[Any, Any, R]], /
        ) -> Callable[[Any, Socket[Any], *Ts], Coroutine[Any, Any, R]]: ...
        @overload
        def __call__(
            self, function: Callable[[Any, Socket[Any], *Ts], R], /
        ) -> Callable[[Any, Socket[Any], *Ts], R]: ...
        @overload
        def __call__(
            self, function: Callable[[Any, Socket[Any], *Ts, Ack], Coroutine[Any, Any, None]], /
        ) -> Callable[[Any, Socket[Any], *Ts, Ack], Coroutine[Any, Any, None]]: ...
        @overload
        def __call__(
            self, function: Callable[[Any, Socket[Any], *Ts, Ack], None], /
        ) -> Callable[[Any, Socket[Any], *Ts, Ack], None]: ...
        def __call__(self, function: Callable[..., Any], /) -> Any: ...

    class ServerDecorator(Generic[R, *Ts]):
        """What `io.on_server_event(sync)` gives: takes listeners, which need not have an answer."""

        @overload
        def __call__(
            self, function: Callable[[*Ts], Coroutine[Any, Any, R]], /
        ) -> Callable[[*Ts], Coroutine[Any, Any, R]]: ...
        @overload
        def __call__(
            self, function: Callable[[*Ts], Coroutine[Any, Any, R | None]], /
        ) -> Callable[[*Ts], Coroutine[Any, Any, R | None]]: ...
        @overload
        def __call__(self, function: Callable[[*Ts], R], /) -> Callable[[*Ts], R]: ...
        @overload
        def __call__(self, function: Callable[[*Ts], R | None], /) -> Callable[[*Ts], R | None]: ...
        def __call__(self, function: Callable[..., Any], /) -> Any: ...
