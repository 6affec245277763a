"""Checks of single values: what each must be, said in one line when it is not."""

import inspect
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

logger = logging.getLogger("socketio_rs.server")

_LONGEST_SECONDS = 1_000_000.0  # twice this, in milliseconds, still fits a client's timer
_COUNTS = {0: "no argument", 1: "one argument"}
LARGEST_COUNT = 2**32 - 1


def number_of_seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be seconds as a number, found {value!r}")
    return value


def seconds(name: str, value: object, usual: float = 1_000.0) -> float:
    """So many; a line in the log where they look like milliseconds, being no fewer than `usual`."""
    value = number_of_seconds(name, value)
    if not 0.001 <= value <= _LONGEST_SECONDS:
        raise ValueError(f"{name} must be 0.001 to {_LONGEST_SECONDS:.0f} seconds, found {value!r}")
    if value >= usual:
        logger.warning(
            "%s=%r is in seconds, not in milliseconds: did you mean %g?", name, value, value / 1_000
        )
    return float(value)


def integer(name: str, value: object, least: int, most: int = LARGEST_COUNT) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, found {value!r}")
    if not least <= value <= most:
        raise ValueError(f"{name} must be {least} to {most}, found {value!r}")
    return value


def flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, found {value!r}")
    return value


def text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, found {value!r}")
    return value


def plain_function(name: str, value: object, arguments: int) -> Callable[..., Any]:
    """What is called with so many arguments, and gives its answer at once."""
    wanted = f"{name} must be a plain function or class that takes {_COUNTS[arguments]}"
    if not callable(value) or inspect.iscoroutinefunction(value):
        raise TypeError(f"{wanted}, found {value!r}")
    try:
        signature = inspect.signature(value, follow_wrapped=False)
    except Exception:  # noqa: BLE001 - some written in C have none, other annotations can't be read
        return value
    try:
        signature.bind(*range(arguments))
    except TypeError as error:
        raise TypeError(f"{wanted}, found {value!r}: {error}") from None
    return value


def strings(name: str, value: object) -> list[str]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be strings in a list, found {value!r}")
    found = list(cast("Iterable[object]", value))
    return [text(f"each of {name}", each) for each in found]
