"""Row 7: handlers, from the user's function to what the extension calls, and what went wrong in them.

The extension calls, on the server's loop: `compile_listener`, `compile_engine_listener`,
`authorize`, `refusal`, `run_in_thread` and the `log_` functions.
"""

import asyncio
import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from typing import Any, Literal, NamedTuple, TypeGuard

from ._core import Handler, Socket
from ._errors import ConnectError, ReservedEvent
from ._payload import checked
from ._request import Request
from ._signature import Signature, name_of, read

logger = logging.getLogger("socketio_rs")

EXITS = (KeyboardInterrupt, SystemExit)
"""What leaves through the loop, as asyncio lets these two."""

Lifecycle = Literal["connection", "connect", "disconnecting", "disconnect"]
"""The events of a namespace that no client can send."""

Ordering = Literal["concurrent", "serial"]
"""Whether a socket's next event starts at once, or when the one before has ended."""

_LIFECYCLE_DATA: dict[str, int] = {
    "connection": 0,
    "connect": 0,
    "disconnecting": 2,
    "disconnect": 2,
}
_NO_CATCH_ALL = (
    'on("*") is for events of the name "*" alone: for all events of a socket, register a catch-all '
    "(socket.on_any) in a connection handler"
)
_NEVER_ON_SOCKET = frozenset({"connect", "connect_error", "newListener", "removeListener"})
_NEVER_ON_NAMESPACE = frozenset({"connect_error", "error", "newListener", "removeListener"})


@functools.cache
def hint(text: str) -> None:
    """Tells, once, that something legal was hardly meant."""
    logger.warning("%s", text)


def is_lifecycle(event: str) -> TypeGuard[Lifecycle]:
    """Whether the event comes from the server itself, not from clients."""
    return event in _LIFECYCLE_DATA


def check_name(what: str, name: object) -> None:
    """Checks the type of a name.

    Raises:
        TypeError: It is no string.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of {what} must be a str, found {name!r}")


def is_serial(ordering: object) -> bool:
    """What an `ordering` says.

    Raises:
        ValueError: It is neither of the two.
    """
    if ordering not in ("concurrent", "serial"):
        raise ValueError(f"ordering must be 'concurrent' or 'serial', found {ordering!r}")
    return ordering == "serial"


def check_event(event: str) -> None:
    """Checks a name that a namespace is to listen to.

    Raises:
        TypeError: The name is no string.
        ReservedEvent: Such an event never reaches a namespace (a `ValueError`).
    """
    if callable(event):
        name = getattr(event, "__name__", "chat")
        raise TypeError(
            f'the name of an event is missing: write @io.event, or @io.on("{name}"), '
            f"found {event!r} in its place"
        )
    check_name("an event", event)
    if event in _NEVER_ON_NAMESPACE:
        raise ReservedEvent(f'"{event}" is a reserved event name')


class Mode(NamedTuple):
    """How a handler is to run."""

    once: bool = False
    """It is removed before its first call."""
    thread: bool = False
    """It runs in the loop's default executor; plain functions only."""
    cancel_on_disconnect: bool = False
    """It is cancelled when its socket leaves; `async def` only."""
    ordering: Ordering | None = None
    """Whether its socket's next event waits for its end; None: as is usual in its namespace."""
    first: bool = False
    """It runs before those that are there."""


def compile_handler(event: str, function: Callable[..., Any], mode: Mode) -> Handler:
    """Reads a handler of a namespace: it gets the socket first, then what the event carries.

    Args:
        event: A lifecycle event, or any name a client may send.
        function: `async def`, `def`, or any other callable; one that takes fewer arguments than
            come gets the first ones.
        mode: How it is to run.

    Raises:
        TypeError: It can't be called so; the text says why.
        ReservedEvent: No handler of a namespace ever gets an event of this name.
    """
    check_event(event)
    if event == "*":
        hint(_NO_CATCH_ALL)
    signature = read(function, "first")
    if event in _LIFECYCLE_DATA:
        _check_data(event, function, signature, _LIFECYCLE_DATA[event])
        if mode.cancel_on_disconnect and _LIFECYCLE_DATA[event]:
            raise TypeError(f"cancel_on_disconnect has no meaning for {event!r}")
    if mode.ordering is not None and event in _LIFECYCLE_DATA:
        raise TypeError(f"ordering has no meaning for {event!r}: it is of clients' events")
    if mode.cancel_on_disconnect and not signature.wraps_coroutine:
        raise TypeError(f"cancel_on_disconnect needs an async def, found {name_of(function)}")
    checks = not is_lifecycle(event)
    return _handler(function, signature, mode, checks=checks)


def compile_namespace_listener(
    event: str, function: Callable[..., Any], mode: Mode
) -> Callable[[object], Any]:
    """Reads a listener of `new_namespace`, which is called at once, wherever `of` is.

    Returns:
        What to call with the namespace.

    Raises:
        TypeError: It can't be called so: it must be a plain function.
    """
    signature = read(function, "first")
    _check_data(event, function, signature, 0)
    if signature.wraps_coroutine or mode.thread or mode.cancel_on_disconnect or mode.ordering:
        raise TypeError(f"{event!r} needs a plain function that runs at once")
    return function if signature.socket else lambda _: function()


def compile_listener(event: str, function: Callable[..., Any], *, once: bool = False) -> Handler:
    """Reads a listener of one socket (`socket.on`): it gets what the event carries.

    The socket comes in front of that when the first parameter is annotated `Socket`.

    Raises:
        TypeError: It can't be called so, or the name is no string.
        ReservedEvent: No socket ever gets an event of this name.
    """
    check_name("an event", event)
    if event in _NEVER_ON_SOCKET:
        raise ReservedEvent(f'"{event}" is a reserved event name')
    if event == "*":
        hint(_NO_CATCH_ALL)
    signature = read(function, "annotated")
    is_own = event in ("disconnecting", "disconnect")
    if event == "error":
        _check_data(event, function, signature, 1)
    if is_own:
        _check_data(event, function, signature, _LIFECYCLE_DATA[event])
    return _handler(function, signature, Mode(once), checks=not is_own)


def compile_engine_listener(
    event: str, function: Callable[..., Any], *, once: bool, alone: bool
) -> Handler:
    """Reads a listener of an engine socket: it gets what the event carries.

    Args:
        event: `upgrade` (the new transport); where the engine is `alone` also `message` (the data)
            and `close` (the reason, and what is known besides).
        function: Any callable; one that takes fewer arguments gets the first ones.
        once: It is removed before its first call.
        alone: There is no Socket.IO to which the messages belong.

    Raises:
        TypeError: It can't be called so, or the name is no string.
        ValueError: There is no such event.
    """
    check_name("an event", event)
    given = {"message": 1, "close": 2, "upgrade": 1} if alone else {"upgrade": 1}
    if event not in given:
        known = " or ".join(map(repr, given))
        raise ValueError(f"an engine socket's event is {known}, found {event!r}")
    signature = read(function, "annotated")
    _check_data(event, function, signature, given[event])
    return _handler(function, signature, Mode(once))


def compile_middleware(function: Callable[..., Any]) -> Handler:
    """Reads a connection middleware: it gets the socket alone.

    Raises:
        TypeError: It does not take exactly that.
    """
    signature = read(function, "first")
    if not signature.socket or signature.required or signature.ack is not None:
        raise TypeError(
            f"a middleware takes the socket alone, returns to go on and raises to refuse: "
            f"{name_of(function)} can't be called so"
        )
    return _handler(function, signature, Mode())


def compile_allow_request(function: Callable[..., Any], hook_timeout: float) -> Handler:
    """Reads `allow_request`, which gets the request alone; what it awaits ends when its time is over.

    Raises:
        TypeError: It does not take exactly the request.
    """
    signature = read(function, "first")
    if not signature.socket or signature.required or signature.ack is not None:
        raise TypeError(
            f"allow_request takes the request alone: {name_of(function)} can't be called so"
        )

    async def in_time(answer: Awaitable[Any]) -> Any:
        # The client has had its 503 by then, and the log its line, whatever clock is ahead.
        timeout = asyncio.timeout(hook_timeout + 1)
        try:
            async with timeout:
                return await answer
        except TimeoutError:
            if timeout.expired():
                return False
            raise

    def allow(request: Request) -> Any:
        answer = function(request)
        return in_time(answer) if inspect.isawaitable(answer) else answer

    return _handler(allow, read(allow, "first"), Mode())


class HookTimeout(TimeoutError):
    """A middleware took longer than it may."""


async def in_time(awaitable: Awaitable[Any], hook_timeout: float) -> Any:
    """What a hook gives that may take so many seconds.

    Raises:
        HookTimeout: It took longer.
        BaseException: What it raised.
    """
    timeout = asyncio.timeout(hook_timeout)
    try:
        async with timeout:
            return await awaitable
    except TimeoutError:
        if timeout.expired():
            text = f"it took longer than {hook_timeout:g} s: see the option hook_timeout"
            raise HookTimeout(text) from None
        raise


async def authorize(
    socket: Socket[Any], middlewares: Sequence[Handler], hook_timeout: float
) -> None:
    """Runs a namespace's middlewares one after the other; returning accepts the socket.

    Raises:
        BaseException: What the first one that refused raised: see `refusal`.
    """
    for middleware in middlewares:
        verdict = middleware.function(socket)
        if inspect.isawaitable(verdict):
            verdict = await in_time(verdict, hook_timeout)
        if verdict is False:
            raise TypeError("it returned False: a middleware raises ConnectError to refuse")


def denial(cause: object) -> str | None:
    """What the client is told when `allow_request` raised, or returned what is no answer; None: the usual text.

    `ConnectError` and the builtin `ConnectionRefusedError` are told, everything else is logged.
    """
    if isinstance(cause, ConnectError):
        return cause.message
    if _is_refusal(cause):
        return str(cause.args[0]) if cause.args else None
    if not isinstance(cause, BaseException):
        cause = TypeError(f"allow_request returns True, False or None, found {cause!r}")
    if not isinstance(cause, asyncio.CancelledError):
        logger.error("allow_request failed", exc_info=cause)
    return None


def refusal(error: BaseException, namespace: str, sid: str) -> tuple[str, Any]:
    """What the client is told when `authorize` raised, as `(message, data)`; None: no data.

    `ConnectError` is told as it is, the builtin `ConnectionRefusedError` with its message.
    Everything else is "internal error", with the traceback in the log.
    """
    if isinstance(error, ConnectError):
        return error.message, error.data
    if _is_refusal(error):
        return str(error.args[0]) if error.args else "connection refused", None
    if not isinstance(error, asyncio.CancelledError):
        logger.error(
            "a connection middleware of %s failed for socket %s",
            printable(namespace),
            sid,
            exc_info=error,
        )
    return "internal error", None


def _is_refusal(error: object) -> TypeGuard[ConnectionRefusedError]:
    """Whether this is the builtin exception as a refusal of the user's.

    One with an errno comes from a socket of the user's own, say to a database.
    """
    return isinstance(error, ConnectionRefusedError) and not isinstance(error.errno, int)


def run_in_thread(
    loop: asyncio.AbstractEventLoop,
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    context: Context,
) -> asyncio.Future[Any]:
    """Calls a handler in the loop's default executor, inside `context`."""
    call = functools.partial(context.run, function, *args, **kwargs)
    return loop.run_in_executor(None, call)


def printable(name: str) -> str:
    """The name of a namespace for the log: a client may have chosen it."""
    return name if name.isprintable() else ascii(name)


def log_exception(event: str, sid: str, error: BaseException, left_out: int = 0) -> None:
    """A handler of `event` raised; other handlers and sockets go on."""
    if event == "connection" and (isinstance(error, ConnectError) or _is_refusal(error)):
        log_late_refusal(sid)
        return
    text = "a handler of %r failed for socket %s%s"
    logger.error(text, event, sid, _more(left_out), exc_info=error)


def log_late_refusal(sid: str) -> None:
    """A `connection` handler returned False, or raised what refuses in a middleware."""
    logger.error(
        "a handler of 'connection' refuses socket %s: the socket is connected already; "
        "refuse it in a middleware (@io.use), or by allow_request",
        sid,
    )


def log_mismatch(event: str, sid: str, required: int, given: int, left_out: int = 0) -> None:
    """A client sent fewer arguments than a handler requires: it was not called."""
    text = "a handler of %r requires %d arguments, socket %s sent %d%s"
    logger.error(text, event, required, sid, given, _more(left_out))


def _more(left_out: int) -> str:
    return f" (and {left_out} times since the last such line)" if left_out else ""


def log_failure(what: str, error: BaseException) -> None:
    """Something beside a handler raised, for instance an ack's callback: `what` names it."""
    logger.error("%s failed", what, exc_info=error)


def log_line(level: int, text: str) -> None:
    """A line of the extension's own, at a level of `logging`."""
    logger.log(level, "%s", text)


def _check_data(event: str, function: object, signature: Signature, given: int) -> None:
    """Checks a handler of an event that always carries the same."""
    if signature.required > given:
        raise TypeError(
            f"{name_of(function)} requires {signature.required} arguments beside the socket, "
            f"{event!r} has {given}"
        )
    if signature.ack is not None:
        raise TypeError(f"{event!r} has no ack: {name_of(function)} can't get an Ack")


def _handler(
    function: Callable[..., Any], signature: Signature, mode: Mode, *, checks: bool = False
) -> Handler:
    if mode.thread and signature.wraps_coroutine:
        raise TypeError(f"thread=True needs a plain function, found async def {name_of(function)}")
    return Handler(
        function,
        in_thread=mode.thread,
        socket=signature.socket,
        required=signature.required,
        maximum=signature.maximum,
        ack=signature.ack,
        once=mode.once,
        cancel_on_disconnect=mode.cancel_on_disconnect,
        call=checked(function, signature.payloads) if checks else None,
        serial=None if mode.ordering is None else is_serial(mode.ordering),
    )
