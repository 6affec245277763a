"""Events between servers: who listens, and what becomes of one that has come."""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from ._calls import Calls, is_running
from ._errors import QueueFull, ReservedEvent
from ._handlers import check_name
from ._log import EXITS, log_failure, logger
from ._signature import Signature, name_of, read

if TYPE_CHECKING:
    from ._core import NamespaceCore, Server


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


def check_listener(function: Callable[..., Any]) -> Signature:
    """Reads a listener of what other servers emit: it gets what the event carries.

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
    return signature


class _Listener(NamedTuple):
    function: Callable[..., Any]
    required: int
    maximum: int | None


class ServerEvents:
    """The listeners of all namespaces of a server."""

    def __init__(self, server: "Server", calls: Calls) -> None:
        self._server = server
        self._calls = calls
        # By the namespaces, of which one that is forgotten may be held still.
        self._listeners: WeakKeyDictionary[Any, dict[str, list[_Listener]]] = WeakKeyDictionary()

    def add(self, core: "NamespaceCore", event: str, function: Callable[..., Any]) -> None:
        """Registers a listener: it gets what the event carries.

        Raises:
            TypeError: It can't be called so.
        """
        signature = check_listener(function)
        listener = _Listener(function, signature.required, signature.maximum)
        of_namespace = self._listeners.setdefault(core.owner, {})
        of_namespace[event] = [*of_namespace.get(event, ()), listener]

    def remove(
        self, core: "NamespaceCore", event: str, function: Callable[..., Any] | None
    ) -> None:
        """Removes a listener, or all of an event."""
        of_namespace = self._listeners.get(core.owner, {})
        of_namespace[event] = [
            listener
            for listener in of_namespace.get(event, ())
            if function is not None and listener.function != function
        ]

    def inherit(self, core: "NamespaceCore", parent: "NamespaceCore") -> None:
        """A child takes over what is registered on its parent."""
        self._listeners[core.owner] = dict(self._listeners.get(parent.owner, {}))

    def deliver(
        self, core: "NamespaceCore", args: Sequence[Any], answer: Callable[[Any], None] | None
    ) -> None:
        """Has the listeners called, here if this is the server's loop, or else there.

        Raises:
            TypeError: There is no event's name.
        """
        is_sequence = isinstance(cast("object", args), Sequence) and not isinstance(
            args, str | bytes
        )
        if not is_sequence or not args or not isinstance(args[0], str):
            raise TypeError(f"an event and its arguments are delivered in a list, found {args!r}")
        loop = self._calls.open_loop
        if loop is not None and is_running(loop):
            self._deliver(core, args, answer)
            return
        try:
            if loop is not None:
                loop.call_soon_threadsafe(self._deliver, core, args, answer)
                return
        except RuntimeError:
            # It was closed just now.
            pass
        logger.warning("dropped event %r of another server: this one is not served", args[0])

    def _deliver(
        self, core: "NamespaceCore", args: Sequence[Any], answer: Callable[[Any], None] | None
    ) -> None:
        event, values = args[0], args[1:]
        listeners = self._listeners.get(core.owner, {}).get(event, ())
        answers = _Answers(self._plain(event, answer), len(listeners))
        for listener in listeners:
            if listener.required > len(values):
                logger.error(
                    "a listener of server event %r requires %d arguments, another server sent %d",
                    event,
                    listener.required,
                    len(values),
                )
                answers.failed()
                continue
            try:
                result = listener.function(*values[: listener.maximum])
            except EXITS:
                raise
            except BaseException as error:  # noqa: BLE001 - the other listeners go on
                _failed(event, error, answers)
                continue
            if not inspect.isawaitable(result):
                _end(event, result, answers)
            elif not self._calls.spawn(_await(event, result, answers)):
                if inspect.iscoroutine(result):
                    result.close()
                text = f"too many of them go on (limits.max_adapter_calls): {event!r} was dropped"
                _failed(event, QueueFull(text), answers)

    def _plain(
        self, event: str, answer: Callable[[Any], None] | None
    ) -> Callable[[Any], None] | None:
        """Answers as the other server will see them, whatever the adapter does to get them there."""
        if answer is None:
            return None

        def answer_plainly(result: Any) -> None:
            answer(self._server.server_event(event, result)[1])

        return answer_plainly


class _Answers:
    """The answer to a server: of the first listener that has one, or none when all have ended without."""

    def __init__(self, answer: Callable[[Any], None] | None, listeners: int) -> None:
        self._answer = answer
        self._going_on = listeners
        self._has_returned = False

    def ended(self, result: Any) -> None:
        """One has returned."""
        self._going_on -= 1
        self._has_returned = True
        if result is not None or not self._going_on:
            self._give(result)

    def failed(self) -> None:
        """One has no answer: where all have none, nobody answers."""
        self._going_on -= 1
        if self._has_returned and not self._going_on:
            self._give(None)

    def _give(self, result: Any) -> None:
        if self._answer is not None:
            answer, self._answer = self._answer, None
            answer(result)


async def _await(event: str, result: Any, answers: _Answers) -> None:
    try:
        found = await result
    except (asyncio.CancelledError, GeneratorExit, *EXITS):
        raise
    except BaseException as error:  # noqa: BLE001 - the other listeners go on
        _failed(event, error, answers)
    else:
        _end(event, found, answers)


def _end(event: str, result: Any, answers: _Answers) -> None:
    try:
        answers.ended(result)
    except Exception as error:  # noqa: BLE001 - it can't be sent, or the adapter can't take it
        log_failure(f"answering server event {event!r}", error)


def _failed(event: str, error: BaseException, answers: _Answers) -> None:
    log_failure(f"a listener of server event {event!r}", error)
    answers.failed()
