"""What is told in the log, and what is not: that leaves through the loop.

The extension calls, on the server's loop, the `log_` functions.
"""

import functools
import logging

logger = logging.getLogger("socketio_rs")

EXITS = (KeyboardInterrupt, SystemExit)
"""What leaves through the loop, as asyncio lets these two."""


@functools.cache
def hint(text: str) -> None:
    """Tells, once, that something legal was hardly meant."""
    logger.warning("%s", text)


def printable(name: str) -> str:
    """The name of a namespace for the log: a client may have chosen it."""
    return name if name.isprintable() else ascii(name)


def more(left_out: int) -> str:
    """What a line says of those like it that were left out since the last one."""
    return f" (and {left_out} times since the last such line)" if left_out else ""


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
    logger.error(text, event, required, sid, given, more(left_out))


def log_failure(what: str, error: BaseException) -> None:
    """Something beside a handler raised, for instance an ack's callback: `what` names it."""
    logger.error("%s failed", what, exc_info=error)


def log_line(level: int, text: str) -> None:
    """A line of the extension's own, at a level of `logging`."""
    logger.log(level, "%s", text)
