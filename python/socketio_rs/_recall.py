"""Row 7: sessions that a namespace's adapter keeps, for clients that come back.

The extension calls `recall`, on the server's loop, where `NamespaceCore.sessions` is set.
"""

import inspect
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, cast

from ._verdicts import in_time

Restored: TypeAlias = tuple[str, str, Iterable[str], Any, Iterable[Sequence[Any]]]
"""A socket's id, its `pid`, its rooms, its data, and what it has missed: each `[event, *args]`."""

_Answer: TypeAlias = tuple[str, str, list[str], Any, list[tuple[str, tuple[Any, ...]]]]


class Sessions(Protocol):
    """Keeps what sockets of one namespace may come back to, in place of the server."""

    def persist(self, sid: str, pid: str, rooms: list[str], data: Any) -> object:
        """A socket has lost its connection, and is about to leave its rooms.

        Args:
            sid: Its id.
            pid: The secret with which its client will ask; for `restore` alone.
            rooms: Those that it is in, its own among them.
            data: Its `data`.
        """

    def restore(self, pid: str, offset: str) -> Awaitable[Restored | None] | Restored | None:
        """A client asks to come back.

        Args:
            pid: The secret, as the client says.
            offset: The last argument of the last event that it has got, as it says.

        Returns:
            What it comes back to, or None: it begins anew.
        """
        ...


async def recall(
    sessions: Sessions | None, auth: Mapping[str, Any], hook_timeout: float
) -> _Answer | None:
    """What the client comes back to that sent `auth`.

    Raises:
        HookTimeout: `restore` took too long.
        BaseException: What it raised.
        TypeError: It returned something else.
    """
    pid, offset = auth.get("pid"), auth.get("offset")
    if sessions is None or not isinstance(pid, str) or not isinstance(offset, str):
        return None
    found: object = sessions.restore(pid, offset)
    if inspect.isawaitable(found):
        found = await in_time(found, hook_timeout)
    return None if found is None else _check(found)


def _check(found: object) -> _Answer:
    """Checks what `restore` returned. What it says is not told: `pid` is a secret."""
    if not isinstance(found, tuple | list) or len(cast("Sequence[Any]", found)) != 5:
        raise TypeError(
            "restore_session must give sid, pid, rooms, data and missed_packets, or None"
        )
    sid, pid, rooms, data, missed = cast("Sequence[Any]", found)
    if not isinstance(sid, str) or not isinstance(pid, str):
        raise TypeError(
            "restore_session must give sid and pid as persist_session got them, each a str"
        )
    if isinstance(rooms, str):
        raise TypeError("restore_session must give rooms as a list of str, found a str")
    names = list(rooms)
    if not all(isinstance(name, str) for name in names):
        raise TypeError("restore_session must give rooms as a list of str")
    return sid, pid, names, data, [_packet(packet) for packet in missed]


def _packet(packet: object) -> tuple[str, tuple[Any, ...]]:
    if isinstance(packet, list | tuple):
        values = cast("Sequence[Any]", packet)
        if values and isinstance(values[0], str):
            return values[0], tuple(values[1:])
    raise TypeError("restore_session must give missed_packets as lists of the form [event, *args]")
