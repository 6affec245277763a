"""Parents of dynamic namespaces: which names they match, and what their children have in common."""

import asyncio
import inspect
import itertools
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, cast, final

from ._handlers import HookTimeout
from ._namespace import Namespace
from ._signature import name_of, read

if TYPE_CHECKING:
    from ._core import NamespaceCore

Predicate: TypeAlias = Callable[[str, Any], bool | Awaitable[bool]]
"""Decides about a name, and what the client gave as `auth`."""

_SEGMENT = re.compile(r"\{(.*)\}", re.DOTALL)
_numbers = itertools.count()


def next_name() -> str:
    """The name of the next parent, which no client can use."""
    return f"/_{next(_numbers)}"


def is_pattern(name: str) -> bool:
    """Whether a name is a path pattern."""
    return "{" in name or "}" in name


class Matcher:
    """Which names a parent matches."""

    def match(self, name: str) -> Mapping[str, str] | None:
        """The `params` of a child of this name; None: it matches no such name by itself."""
        raise NotImplementedError

    async def ask(self, name: str, auth: Any, hook_timeout: float) -> Mapping[str, str] | None:
        """The same for a client that asks for it with `auth`.

        Raises:
            BaseException: What a predicate raised, `HookTimeout` among others.
        """
        return self.match(name)


@final
class RegularExpression(Matcher):
    """Matches the names that a compiled pattern matches as a whole."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        if not isinstance(cast("object", pattern.pattern), str):
            raise TypeError(f"a namespace's pattern must be of str, found {pattern!r}")
        self._pattern = pattern

    def match(self, name: str) -> Mapping[str, str] | None:
        return {} if self._pattern.fullmatch(name) else None


@final
class PathPattern(Matcher):
    """Matches the names with a segment for each in braces: `/org/{org_id}`."""

    def __init__(self, pattern: str) -> None:
        self._names: list[str] = []
        segments = [self._segment(segment, pattern) for segment in pattern.split("/")]
        self._pattern = re.compile("/".join(segments), re.DOTALL)

    def match(self, name: str) -> Mapping[str, str] | None:
        found = self._pattern.fullmatch(name)
        return found and found.groupdict()

    def _segment(self, segment: str, pattern: str) -> str:
        if not is_pattern(segment):
            return re.escape(segment)
        found = _SEGMENT.fullmatch(segment)
        name = found[1] if found else ""
        if not name.isidentifier() or not name.isascii():
            raise ValueError(
                f"a path pattern has whole segments of the form {{name}}, "
                f"as in '/org/{{org_id}}', found {segment!r} in {pattern!r}"
            )
        if name in self._names:
            raise ValueError(f"a path pattern has each name once, found {name!r} in {pattern!r}")
        self._names.append(name)
        return f"(?P<{name}>[^/]+)"


@final
class ByPredicate(Matcher):
    """Matches the names for which a function of the application's returns True."""

    def __init__(self, function: Predicate) -> None:
        signature = read(function, "first")
        if not signature.socket or signature.required > 1 or signature.ack is not None:
            raise TypeError(
                f"a predicate of namespaces takes (name, auth): "
                f"{name_of(function)} can't be called so"
            )
        self._function: Callable[..., Any] = function
        self._takes_auth = signature.maximum is None or signature.maximum > 0

    def match(self, name: str) -> Mapping[str, str] | None:
        return None

    async def ask(self, name: str, auth: Any, hook_timeout: float) -> Mapping[str, str] | None:
        answer = self._function(name, auth) if self._takes_auth else self._function(name)
        if inspect.isawaitable(answer):
            timeout = asyncio.timeout(hook_timeout)
            try:
                async with timeout:
                    answer = await answer
            except TimeoutError:
                if timeout.expired():
                    text = (
                        f"{name_of(self._function)} took longer than {hook_timeout:g} s: "
                        f"see the option hook_timeout"
                    )
                    raise HookTimeout(text) from None
                raise
        return {} if answer else None


@final
class ParentNamespace(Namespace):
    """What dynamic namespaces have in common: made by `Server.of` with a pattern or a predicate.

    No client can join it. When one asks for a name that it matches, a namespace of that name is made,
    its child, which takes over the middlewares and handlers that are registered here by then. What is
    emitted here reaches all children that there are.
    """

    def __init__(self, core: "NamespaceCore", matcher: Matcher) -> None:
        super().__init__(core)
        self._matcher = matcher

    async def fetch_sockets(self) -> NoReturn:
        """A parent has no sockets: ask its children.

        Raises:
            RuntimeError: Always.
        """
        raise RuntimeError(
            "fetch_sockets() is not supported on parent namespaces: ask a child, as in socket.nsp"
        )
