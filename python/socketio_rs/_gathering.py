"""Answers that come from several servers, while they come."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from ._calls import Call, is_running
from ._errors import AckTimeout


class Gathering:
    """What an adapter tells of the answers to one event; it may do so from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None) -> None:
        self._loop = loop
        self._changed = asyncio.Event()
        self._is_over = False
        self._clients = 0
        self._reports = 0
        self.responses: list[Any] = []

    def counted(self, clients: int) -> None:
        """Another server asks so many clients."""
        self._in_loop(self._count, clients)

    def answered(self, value: Any = None) -> None:
        """An answer has come."""
        self._in_loop(self._add, value)

    async def from_clients(
        self, call: Call, count: Call | None, seconds: float
    ) -> AckTimeout | None:
        """Waits until the clients of all servers have answered, or time is over.

        Args:
            call: What asks them. Where there is this server alone, nobody is left to wait for when
                it has ended.
            count: What tells how many servers there are; None: this one.
            seconds: How long they have.

        Returns:
            An error when some are missing.

        Raises:
            AdapterError: The adapter failed.
        """
        servers: int | None = 1 if count is None else None

        async def ask() -> None:
            nonlocal servers
            if count is not None:
                servers = number_of_servers(count, await count)
            self._changed.set()
            await call
            self._is_over = servers == 1 and call.takes_time
            self._changed.set()

        def is_complete() -> bool:
            if self._is_over:
                return True
            has_all = len(self.responses) >= self._clients
            return servers is not None and self._reports >= servers and has_all

        await self._wait(ask(), is_complete, seconds)
        missing = self._clients - len(self.responses)
        silent = 1 if servers is None else servers - self._reports
        if missing <= 0 and silent <= 0:
            return None
        text = f"{missing} of {self._clients} clients did not answer"
        if servers is None:
            text += ", and the adapter did not say how many servers there are"
        elif silent > 0:
            text += f", and {silent} of {servers} servers did not say how many they have"
        return AckTimeout(text, self.responses.copy())

    async def from_servers(self, call: Call, count: Call, seconds: float) -> int | None:
        """Waits until all other servers have answered, or time is over.

        Args:
            call: What asks them.
            count: What tells how many there are, this one among them.
            seconds: How long they have.

        Returns:
            How many are missing; None: nobody knows how many there are.

        Raises:
            AdapterError: The adapter failed.
        """
        others: int | None = None

        async def ask() -> None:
            nonlocal others
            await call
            others = number_of_servers(count, await count) - 1

        def is_complete() -> bool:
            return others is not None and len(self.responses) >= others

        await self._wait(ask(), is_complete, seconds)
        return None if others is None else max(0, others - len(self.responses))

    async def _wait(
        self, ask: Coroutine[Any, Any, None], is_complete: Callable[[], bool], seconds: float
    ) -> None:
        """Asks, and waits until it is enough, time is over or what asks has failed, which it raises."""
        asking = asyncio.ensure_future(ask)
        asking.add_done_callback(lambda _: self._changed.set())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while not _has_failed(asking) and not is_complete():
                        self._changed.clear()
                        await self._changed.wait()
        finally:
            asking.cancel()
        if _has_failed(asking):
            asking.result()

    def _count(self, clients: int) -> None:
        self._reports += 1
        self._clients += clients
        self._changed.set()

    def _add(self, value: Any) -> None:
        self.responses.append(value)
        self._changed.set()

    def _in_loop(self, function: Callable[[Any], None], value: Any) -> None:
        if self._loop is None or is_running(self._loop):
            function(value)
        else:
            # Nobody waits on a loop that was closed.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function, value)


def number_of_servers(call: Call, found: object) -> int:
    """What `server_count` gave; a server that is not served is alone.

    Raises:
        AdapterError: It gave something else.
    """
    if found is None:
        return 1
    if not isinstance(found, int) or found < 1:
        raise call.fail(TypeError(f"server_count must give the number of servers, found {found!r}"))
    return found


def _has_failed(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None
