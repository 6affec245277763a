"""Checks of single values: what each must be, said in one line when it is not."""

from collections.abc import Iterable, Mapping
from typing import cast

_LONGEST_SECONDS = 1_000_000.0  # twice this, in milliseconds, still fits a client's timer
LARGEST_COUNT = 2**32 - 1


def number_of_seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be seconds as a number, found {value!r}")
    return value


def seconds(name: str, value: object) -> float:
    value = number_of_seconds(name, value)
    if not 0.001 <= value <= _LONGEST_SECONDS:
        raise ValueError(f"{name} must be 0.001 to {_LONGEST_SECONDS:.0f} seconds, found {value!r}")
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


def strings(name: str, value: object) -> list[str]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be strings in a list, found {value!r}")
    found = list(cast("Iterable[object]", value))
    return [text(f"each of {name}", each) for each in found]
