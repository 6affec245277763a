"""Calls of methods of adapters, on the server's loop: begun in the order in which they were made."""

import asyncio
import inspect
import sys
from collections import deque
from collections.abc import Awaitable, Coroutine, Generator
from typing import TYPE_CHECKING, Any

from ._errors import AdapterError, QueueFull
from ._handlers import log_failure

if TYPE_CHECKING:
    from ._core import Server
    from .adapter import Adapter


def is_running(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop runs in this thread."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


class Call:
    """A call of an adapter's method. Awaiting gives its result; it goes on also when nobody does.

    Awaited elsewhere than on the server's loop it is finished at once, and gives None.
    """

    def __init__(self, adapter: "Adapter", method: str, args: tuple[Any, ...]) -> None:
        self._adapter = adapter
        self._method = method
        self._args = args
        self._task: asyncio.Task[Any] | None = None
        self._result: Any = None
        self._error: AdapterError | None = None
        self._takes_time = False

    def run(self) -> Coroutine[Any, Any, Any] | None:
        """Calls the method. What it gives when it has more to do than this is to be made a task."""
        try:
            result = getattr(self._adapter, self._method)(*self._args)
        except Exception as error:  # noqa: BLE001 - whoever awaits gets it
            self._fail(error)
            return None
        self._takes_time = inspect.isawaitable(result)
        if inspect.iscoroutine(result):
            return self._finish(result)
        self._result = result
        return None

    async def run_late(self) -> Any:
        """The same in a task."""
        rest = self.run()
        if rest is not None:
            await rest
        elif self._takes_time:
            await self._finish(self._result)

    def goes_on_in(self, task: asyncio.Task[Any]) -> None:
        """What `run` gave is this task."""
        self._task = task

    @property
    def takes_time(self) -> bool:
        """What it gave is to be awaited: before that it has not ended."""
        return self._takes_time

    def __await__(self) -> Generator[Any, None, Any]:
        return self._wait().__await__()

    async def _wait(self) -> Any:
        if self._task is not None:
            if not is_running(self._task.get_loop()):
                return None
            # The method goes on, whatever becomes of the one who waits.
            await asyncio.wait([self._task])
            if self._task.cancelled():
                raise AdapterError(f"{self._method} of {self._adapter!r} was cancelled")
        if self._error is not None:
            raise self._error
        if self._takes_time and self._task is None:
            return await self._await_result()
        return self._result

    async def _await_result(self) -> Any:
        """What the method gave is no coroutine, but to be awaited: that is up to whoever wants it."""
        try:
            return await self._result
        except Exception as error:
            raise self._fail(error) from error

    async def _finish(self, rest: Awaitable[Any]) -> None:
        try:
            self._result = await rest
        except Exception as error:  # noqa: BLE001 - whoever awaits gets it
            self._fail(error)

    def _fail(self, error: Exception) -> AdapterError:
        log_failure(f"{self._method} of {self._adapter!r}", error)
        self._error = AdapterError(f"{self._method} of {self._adapter!r} failed: {error}")
        self._error.__cause__ = error
        self._adapter.tell("error", error)
        return self._error


class Calls:
    """All calls of a server's adapters that have not ended, at most so many."""

    def __init__(self, server: "Server", limit: int) -> None:
        self._server = server
        self._limit = limit
        self.loop: asyncio.AbstractEventLoop | None = None
        """The server's, from before it listens until it was closed."""
        self._posted: deque[Call] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        # Before Python 3.12 a task begins in the loop's next tick: until then what is called goes behind it.
        self._not_begun = 0

    def call(self, adapter: "Adapter", method: str, *args: Any) -> Call:
        """Calls a method: here, if this is the server's loop, or else there. A server that is not served does nothing.

        Raises:
            QueueFull: Too many calls go on.
        """
        call = Call(adapter, method, args)
        loop = self._open_loop()
        if loop is None:
            return call
        if len(self._tasks) + len(self._posted) >= self._limit:
            self._server.count_full_adapter()
            raise QueueFull(
                f"{self._limit} calls of adapters go on (limits.max_adapter_calls): "
                f"{adapter!r} can't be asked for more"
            )
        if is_running(loop):
            self._begin_posted()
            self._begin(call, loop)
        else:
            self._posted.append(call)
            loop.call_soon_threadsafe(self._begin_posted)
        return call

    def spawn(self, rest: Coroutine[Any, Any, Any]) -> None:
        """Runs something on the server's loop, from any thread."""
        loop = self._open_loop()
        if loop is None:
            rest.close()
        elif is_running(loop):
            self._keep(loop.create_task(rest))
        else:
            loop.call_soon_threadsafe(lambda: self._keep(loop.create_task(rest)))

    def end(self) -> None:
        """The server was closed: what still goes on is cancelled."""
        self.loop = None
        self._posted.clear()
        for task in self._tasks:
            task.cancel()

    def _open_loop(self) -> asyncio.AbstractEventLoop | None:
        return None if self.loop is None or self.loop.is_closed() else self.loop

    def _begin_posted(self) -> None:
        loop = self._open_loop()
        while self._posted and loop is not None:
            self._begin(self._posted.popleft(), loop)

    def _begin(self, call: Call, loop: asyncio.AbstractEventLoop) -> None:
        rest = call.run_late() if self._not_begun else call.run()
        if rest is None:
            return
        if sys.version_info >= (3, 12):
            task = asyncio.Task(rest, loop=loop, eager_start=True)
        else:
            self._not_begun += 1
            task = loop.create_task(self._begun(rest))
        call.goes_on_in(task)
        if not task.done():
            self._keep(task)

    async def _begun(self, rest: Coroutine[Any, Any, Any]) -> None:
        self._not_begun -= 1
        await rest

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
