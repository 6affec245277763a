"""Row 7: who may come in: the middlewares run, and what they raised is what the client is told.

The extension calls, on the server's loop: `authorize`, `refusal`, `denial` and `log_exception`.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Sequence
from typing import Any, TypeGuard

from ._core import Handler, Socket
from ._errors import ConnectError
from ._log import log_late_refusal, logger, more, printable


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
        if verdict is False or isinstance(verdict, BaseException):
            raise TypeError(f"it returned {verdict!r}: a middleware raises ConnectError to refuse")


def denial(cause: object) -> str | None:
    """What the client is told when `allow_request` raised, or returned what is no answer; None: the usual text.

    `ConnectError` and the builtin `ConnectionRefusedError` are told, everything else is logged.
    """
    if isinstance(cause, ConnectError):
        return cause.message
    if is_refusal(cause):
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
    if is_refusal(error):
        return str(error.args[0]) if error.args else "connection refused", None
    if not isinstance(error, asyncio.CancelledError):
        logger.error(
            "a connection middleware of %s failed for socket %s",
            printable(namespace),
            sid,
            exc_info=error,
        )
    return "internal error", None


def log_exception(event: str, sid: str, error: BaseException, left_out: int = 0) -> None:
    """A handler of `event` raised; other handlers and sockets go on."""
    if event == "connection" and (isinstance(error, ConnectError) or is_refusal(error)):
        log_late_refusal(sid)
        return
    text = "a handler of %r failed for socket %s%s"
    logger.error(text, event, sid, more(left_out), exc_info=error)


def is_refusal(error: object) -> TypeGuard[ConnectionRefusedError]:
    """Whether this is the builtin exception as a refusal of the user's.

    One with an errno comes from a socket of the user's own, say to a database.
    """
    return isinstance(error, ConnectionRefusedError) and not isinstance(error.errno, int)
