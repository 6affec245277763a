"""Keywords that a method does not have, as those bring along who come from other servers: what is written instead."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

_ROOM = "io.to(room).{method}(...)"
_CALLED = {
    "broadcast": "io.{method}(...) for everyone, socket.broadcast.{method}(...) for all but that socket",
    "callback": "{method}(..., ack=callback)",
    "compress": "io.compress(False).{method}(...)",
    "data": "{method}(event, value), as values have no keyword",
    "except_": "io.except_(room).{method}(...)",
    "include_self": "socket.broadcast.{method}(...) for all but that socket",
    "local": "io.local.{method}(...)",
    "namespace": "io.of(namespace).{method}(...)",
    "room": _ROOM,
    "rooms": "io.to(rooms).{method}(...)",
    "sid": "io.to(sid).{method}(...)",
    "skip_sid": "io.except_(sid).{method}(...)",
    "timeout": "io.timeout(seconds).{method}(...)",
    "to": _ROOM,
    "volatile": "io.volatile.{method}(...)",
}
_OF_METHOD = {
    ("emit_with_ack", "ack"): "emit(..., ack=callback), or await what {method} returns",
    ("emit_with_ack", "callback"): "emit(..., ack=callback), or await what {method} returns",
    ("send", "data"): "{method}(value), as values have no keyword",
}


def refuse(method: str, given: Mapping[str, object], *known: str) -> None:
    """Refuses what came beside the keywords that `method` has, `known`.

    Raises:
        TypeError: Something did; the text says what is written in place of the first.
    """
    for name, value in given.items():
        if name in known:
            continue
        instead = _OF_METHOD.get((method, name)) or _CALLED.get(name)
        if name == "namespace" and value == "*":
            instead = 'io.of(re.compile(".*")).{method}(...)'
        remedy = f": write {instead.format(method=method)}" if instead else ""
        raise TypeError(f"{method}() got an unexpected keyword argument {name!r}{remedy}") from None


def showing(**defaults: object) -> Callable[[F], F]:
    """For a method that hands `**keywords` on: shows which there are, in `help` and to `inspect`.

    Naming them in its own signature would cost each call what telling others apart does.
    """

    def show(function: F) -> F:
        signature = inspect.signature(function)
        *own, _ = signature.parameters.values()
        keywords = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default)
            for name, default in defaults.items()
        ]
        shown = signature.replace(parameters=own + keywords)
        vars(function)["__signature__"] = shown
        return function

    return show


def unnamed(kind: type[T]) -> type[T]:
    """For a private base of public classes: the interpreter's errors name its methods without it."""
    for name, member in vars(kind).items():
        if inspect.isfunction(member) and not name.startswith("_"):
            member.__qualname__ = name
    return kind
