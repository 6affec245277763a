"""Row 7: what sees events beside their handlers: catch-alls, packet middlewares, and who is told of failures.

The extension calls, on the server's loop: `compile_catch_all`, `compile_packet_middleware` and
`intercept`.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, cast

from ._core import Handler, Socket
from ._signature import Signature, name_of, read


def compile_catch_all(function: Callable[..., Any], outgoing: bool) -> Handler:
    """Reads a listener of all events of one socket: it gets the name, and what the event carries.

    The socket comes in front of that when the first parameter is annotated `Socket`.

    Raises:
        TypeError: It can't be called so; or it wants an `Ack` of what is sent (`outgoing`).
    """
    signature = read(function, "annotated")
    if outgoing and signature.ack is not None:
        raise TypeError(f"what is sent has no Ack: {name_of(function)} can't get one")
    return _handler(function, signature)


def compile_packet_middleware(function: Callable[..., Any]) -> Handler:
    """Reads a packet middleware (`socket.use`): it gets the event's name and a list of its arguments.

    The socket comes in front of that when the first parameter is annotated `Socket`.

    Raises:
        TypeError: It can't be called so.
    """
    signature = read(function, "annotated")
    takes_two = signature.required <= 2 and (signature.maximum is None or signature.maximum >= 2)
    if not takes_two or signature.ack is not None:
        raise TypeError(
            "a packet middleware takes (event, args), returns to go on and raises to stop: "
            f"{name_of(function)} can't be called so"
        )
    return _handler(function, signature)


def compile_error_handler(function: Callable[..., Any]) -> Handler:
    """Reads a handler of `on_error`: it gets the exception, the socket and the event's name.

    Raises:
        TypeError: It can't be called so.
    """
    signature = read(function, "first")
    if signature.required > 2 or signature.ack is not None:
        raise TypeError(
            f"on_error takes (exc, socket, event): {name_of(function)} can't be called so"
        )
    return _handler(function, signature)


async def intercept(
    socket: Socket[Any], middlewares: Sequence[Handler], event: str, args: list[Any]
) -> Sequence[Any]:
    """Runs a socket's packet middlewares one after the other.

    Returns:
        The arguments that the handlers are to get.

    Raises:
        BaseException: What the first one that stopped the event raised.
    """
    passed: Sequence[Any] = args
    for middleware in middlewares:
        function = middleware.function
        given = function(socket, event, passed) if middleware.socket else function(event, passed)
        if inspect.isawaitable(given):
            given = await given
        if given is None:
            continue
        if not isinstance(given, list | tuple):
            raise TypeError(
                f"{name_of(function)} returned {given!r}: a packet middleware returns None, or "
                "the new arguments in a list or tuple; it raises to stop the event"
            )
        passed = cast("Sequence[Any]", given)
    return passed


def _handler(function: Callable[..., Any], signature: Signature) -> Handler:
    return Handler(
        function,
        in_thread=False,
        socket=signature.socket,
        required=signature.required,
        maximum=signature.maximum,
        ack=signature.ack,
    )
