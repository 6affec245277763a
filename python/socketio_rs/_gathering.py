"""Answers that come from several servers, while they come."""

import asyncio
from collections.abc import Callable
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

    async def from_clients(self, call: Call, servers: int, seconds: float) -> AckTimeout | None:
        """Waits until the clients of so many servers have answered, or time is over.

        Args:
            call: What asks them. Where there is this server alone, nobody is left to wait for when
                it has ended.
            servers: How many servers there are.
            seconds: How long they have.

        Returns:
            An error when some are missing.
        """

        async def end() -> None:
            try:
                await call
                self._is_over = servers <= 1 and call.takes_time
            finally:
                self._changed.set()

        ending = asyncio.ensure_future(end())
        await self._wait(
            lambda: (
                self._is_over
                or _has_failed(ending)
                or (self._reports >= servers and len(self.responses) >= self._clients)
            ),
            seconds,
        )
        if ending.done():
            ending.result()
        else:
            ending.cancel()
        missing = self._clients - len(self.responses)
        silent = servers - self._reports
        if missing <= 0 and silent <= 0:
            return None
        text = f"{missing} of {self._clients} clients did not answer"
        if silent > 0:
            text += f", and {silent} of {servers} servers did not say how many they have"
        return AckTimeout(text, self.responses)

    async def from_servers(self, servers: int, seconds: float) -> bool:
        """Waits until so many servers have answered, or time is over; whether they have."""
        return await self._wait(lambda: len(self.responses) >= servers, seconds)

    async def _wait(self, is_complete: Callable[[], bool], seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while not is_complete():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

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
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, value)


def _has_failed(task: asyncio.Task[None]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is not None
