"""Which names the parents of dynamic namespaces match: path patterns, regular expressions and predicates."""

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, cast

from ._signature import name_of, read
from ._verdicts import in_time

Predicate: TypeAlias = Callable[[str, Any], bool | Awaitable[bool]]
"""Decides about a name, and what the client gave as `auth`."""

Match: TypeAlias = Callable[[str], Mapping[str, str] | None]
"""The `params` of a child of this name; None: there is none."""

_SEGMENT = re.compile(r"\{(.*)\}", re.DOTALL)


def is_pattern(name: str) -> bool:
    """Whether a name is a path pattern."""
    return "{" in name or "}" in name


def match_expression(pattern: re.Pattern[str]) -> Match:
    """Matches the names that a regular expression matches as a whole.

    Raises:
        TypeError: The expression is one of bytes.
    """
    if not isinstance(cast("object", pattern.pattern), str):
        raise TypeError(f"a namespace's pattern must be one of str, found {pattern!r}")
    return lambda name: {} if pattern.fullmatch(name) else None


def match_path(pattern: str) -> Match:
    """Matches the names that have a segment for each in braces: `/org/{org_id}`.

    Raises:
        ValueError: There is something else in braces than whole segments, or a name twice.
    """
    names: list[str] = []

    def read_segment(segment: str) -> str:
        if not is_pattern(segment):
            return re.escape(segment)
        found = _SEGMENT.fullmatch(segment)
        name = found[1] if found else ""
        if not name.isidentifier() or not name.isascii():
            raise ValueError(
                f"a path pattern has whole segments of the form {{name}}, "
                f"as in '/org/{{org_id}}', found {segment!r} in {pattern!r}"
            )
        if name in names:
            raise ValueError(f"a path pattern has each name once, found {name!r} in {pattern!r}")
        names.append(name)
        return f"(?P<{name}>[^/]+)"

    compiled = re.compile("/".join(map(read_segment, pattern.split("/"))))

    def match(name: str) -> Mapping[str, str] | None:
        found = compiled.fullmatch(name)
        return found and found.groupdict()

    return match


def read_predicate(function: Predicate) -> Predicate:
    """Reads a predicate; one that takes the name alone gets no `auth`.

    Raises:
        TypeError: It can't be called so.
    """
    signature = read(function, "first")
    if not signature.socket or signature.required > 1 or signature.ack is not None:
        raise TypeError(
            f"a predicate of namespaces takes (name, auth): {name_of(function)} can't be called so"
        )
    if signature.maximum is None or signature.maximum > 0:
        return function
    of_name = cast("Callable[[str], bool | Awaitable[bool]]", function)
    return lambda name, _: of_name(name)


async def ask(predicate: Predicate, name: str, auth: Any, hook_timeout: float) -> bool:
    """Whether there is to be a namespace of this name.

    Raises:
        HookTimeout: The predicate took too long.
        BaseException: What it raised.
    """
    answer = predicate(name, auth)
    if inspect.isawaitable(answer):
        answer = await in_time(answer, hook_timeout)
    return bool(answer)
