"""Events between servers: who listens, and what becomes of one that has come."""

import asyncio
import inspect
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ._calls import Calls, is_running
from ._errors import ReservedEvent
from ._handlers import check_name, log_failure
from ._signature import name_of, read

if TYPE_CHECKING:
    from ._core import NamespaceCore

logger = logging.getLogger("socketio_rs")

_RESERVED = frozenset({"connect", "connection", "new_namespace"})


def check_server_event(event: object) -> str:
    """Checks the name of an event for other servers.

    Raises:
        TypeError: It is no string.
        ReservedEvent: It is one of the server's own.
    """
    check_name("an event", event)
    event = cast("str", event)
    if event in _RESERVED:
        raise ReservedEvent(f'"{event}" is a reserved event name')
    return event


class _Listener(NamedTuple):
    function: Callable[..., Any]
    required: int
    maximum: int | None


class ServerEvents:
    """The listeners of all namespaces of a server."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._listeners: dict[NamespaceCore, dict[str, list[_Listener]]] = {}

    def add(self, core: "NamespaceCore", event: str, function: Callable[..., Any]) -> None:
        """Registers a listener: it gets what the event carries.

        Raises:
            TypeError: It can't be called so.
        """
        signature = read(function, "annotated")
        if signature.socket or signature.ack is not None:
            what = "a socket" if signature.socket else "an Ack"
            raise TypeError(
                f"an event of another server has no {what.split()[1]}, what it answers is returned: "
                f"{name_of(function)} can't get {what}"
            )
        listener = _Listener(function, signature.required, signature.maximum)
        of_namespace = self._listeners.setdefault(core, {})
        of_namespace[event] = [*of_namespace.get(event, ()), listener]

    def remove(
        self, core: "NamespaceCore", event: str, function: Callable[..., Any] | None
    ) -> None:
        """Removes a listener, or all of an event."""
        of_namespace = self._listeners.get(core, {})
        of_namespace[event] = [
            listener
            for listener in of_namespace.get(event, ())
            if function is not None and listener.function != function
        ]

    def inherit(self, core: "NamespaceCore", parent: "NamespaceCore") -> None:
        """A child takes over what is registered on its parent."""
        self._listeners[core] = dict(self._listeners.get(parent, {}))

    def forget(self, core: "NamespaceCore") -> None:
        """A namespace is forgotten."""
        self._listeners.pop(core, None)

    def deliver(
        self, core: "NamespaceCore", args: Sequence[Any], answer: Callable[[Any], None] | None
    ) -> None:
        """Has the listeners called, here if this is the server's loop, or else there.

        Raises:
            TypeError: There is no event's name.
        """
        if not args or not isinstance(args[0], str):
            raise TypeError(f"an event and its arguments are delivered, found {args!r}")
        loop = self._calls.loop
        if loop is None:
            logger.warning("dropped event %r of another server: this one is not served", args[0])
        elif is_running(loop):
            self._deliver(core, args, answer)
        else:
            loop.call_soon_threadsafe(self._deliver, core, args, answer)

    def _deliver(
        self, core: "NamespaceCore", args: Sequence[Any], answer: Callable[[Any], None] | None
    ) -> None:
        event, values = args[0], args[1:]
        listeners = self._listeners.get(core, {}).get(event, ())
        answers = _Answers(answer, len(listeners))
        for listener in listeners:
            if listener.required > len(values):
                logger.error(
                    "a listener of server event %r requires %d arguments, another server sent %d",
                    event,
                    listener.required,
                    len(values),
                )
                continue
            try:
                result = listener.function(*values[: listener.maximum])
                if inspect.isawaitable(result):
                    self._calls.spawn(_await(event, result, answers))
                else:
                    answers.ended(result)
            except Exception as error:  # noqa: BLE001 - the other listeners go on
                _failed(event, error)


class _Answers:
    """The answer to a server: of the first listener that has one, or none when all have ended without."""

    def __init__(self, answer: Callable[[Any], None] | None, listeners: int) -> None:
        self._answer = answer
        self._going_on = listeners

    def ended(self, result: Any) -> None:
        """One has returned."""
        self._going_on -= 1
        if self._answer is not None and (result is not None or not self._going_on):
            answer, self._answer = self._answer, None
            answer(result)


async def _await(event: str, result: Any, answers: _Answers) -> None:
    try:
        answers.ended(await result)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - the other listeners go on
        _failed(event, error)


def _failed(event: str, error: Exception) -> None:
    log_failure(f"a listener of server event {event!r}", error)
