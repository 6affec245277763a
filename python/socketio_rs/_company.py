"""Who shares a loop with whom: a server and the engines that are bound to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._core import Server as CoreServer

Loop = asyncio.AbstractEventLoop


class Company:
    """What those see of a server, or of an engine alone, who are served with it.

    Args:
        core: What is served.
        start: Serves it on a loop.
        opened: Waits until it may listen.
        close: Closes it.
    """

    def __init__(
        self,
        core: "CoreServer",
        start: Callable[[Loop], None],
        opened: Callable[[], Awaitable[None]],
        close: Callable[[float], Awaitable[None]],
    ) -> None:
        self.core = core
        self.close = close
        self.listens = False
        """It was told to listen itself, and not served for its engines alone."""
        self.is_ending = False
        self._start = start
        self._opened = opened
        self.server: Company | None = None
        self.engines: list[Company] = []

    def bind(self, engine: "Company") -> None:
        """An engine is to hand its connections over.

        Raises:
            RuntimeError: Both are served, on two loops; or it is, and this is another thread.
            ValueError: It is bound already.
        """
        if engine.server is not None:
            to = "this server" if engine.server is self else "another server"
            raise ValueError(f"the engine is bound to {to} already")
        loop = engine.core.loop
        if loop is not None:
            if not self.core.served and not _is_running(loop):
                raise RuntimeError(
                    f"the engine is served on {loop!r}: bind it there, not in another thread"
                )
            self.begin(loop)
        self.engines.append(engine)
        engine.server = self

    def begin(self, loop: Loop) -> bool:
        """Serves it on this loop, if it is not served; whether it was not.

        Raises:
            RuntimeError: It is served on another loop.
        """
        if self.core.served:
            check_same(self.core, loop)
            return False
        self._start(loop)
        if self.server is not None:
            self.server.begin(loop)
        return True

    async def opened(self) -> None:
        """Waits until it may listen, and the server with it that it is bound to."""
        await self._opened()
        if self.server is not None:
            await self.server.opened()

    def check(self, loop: Loop) -> None:
        """Checks that all who are served with it are so on this loop.

        Raises:
            RuntimeError: One is served on another.
        """
        for other in [self, *self.engines, *([self.server] if self.server else [])]:
            if other.core.loop is not None:
                check_same(other.core, loop)

    async def close_engines(self, drain: float) -> None:
        """Closes the engines that are bound to it."""
        for engine in self.engines:
            await engine.close(drain)

    async def close_server(self, drain: float) -> None:
        """Closes the one that it is bound to, if that was served for its engines alone."""
        server = self.server
        if server is None or server.listens or not server.core.served:
            return
        if not any(engine.core.served for engine in server.engines):
            await server.close(drain)


def _is_running(loop: Loop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def check_same(core: "CoreServer", loop: Loop) -> None:
    """Checks that it is served on this loop.

    Raises:
        RuntimeError: It is not.
    """
    serving = core.loop
    if serving is not loop:
        raise RuntimeError(
            f"the server is served on {serving!r} at {id(serving):#x}, "
            f"not on {loop!r} at {id(loop):#x}: close it there first"
        )
