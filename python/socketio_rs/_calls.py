"""Calls of methods of adapters, on the server's loop: begun in the order in which they were made."""

import asyncio
import contextvars
import inspect
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import TYPE_CHECKING, Any

from ._errors import AdapterError, QueueFull
from ._log import EXITS, log_failure

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
        self._given: Any = None
        self._result: Any = None
        self._error: AdapterError | None = None
        self.takes_time = False
        """What it gave is to be awaited: before that it has not ended."""

    def run(self) -> Coroutine[Any, Any, Any] | None:
        """Calls the method. What it gives when it has more to do than this is to be made a task."""
        try:
            result = getattr(self._adapter, self._method)(*self._args)
        except EXITS:
            raise
        except BaseException as error:  # noqa: BLE001 - whoever awaits gets it
            self.fail(error)
            return None
        self.takes_time = inspect.isawaitable(result)
        # What an emit of the extension gives goes on by itself.
        if self.takes_time and type(result).__module__ != "socketio_rs._core":
            self._given = result
            return self._finish(result)
        self._result = result
        return None

    async def run_late(self) -> None:
        """The same in a task."""
        rest = self.run()
        if rest is not None:
            await rest
        elif self.takes_time:
            await self._finish(self._result)

    def goes_on_in(self, task: asyncio.Task[Any]) -> None:
        """What `run` gave is this task."""
        self._task = task

    def drop(self) -> None:
        """What it gave was never awaited, and will not be."""
        if inspect.iscoroutine(self._given):
            self._given.close()

    def cancel(self) -> None:
        """Nobody wants its result any more."""
        if self._task is not None:
            self._task.cancel()

    def fail(self, error: BaseException) -> AdapterError:
        """It has failed, which is told to all who have to know."""
        what = f"{self._method} of {self._adapter!r}"
        log_failure(what, error)
        self._error = AdapterError(f"{what} failed: {_text_of(error)}")
        self._error.__cause__ = error
        self._adapter.tell("error", error)
        return self._error

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
        elif self.takes_time:
            return await self._result
        if self._error is not None:
            raise self._error
        return self._result

    async def _finish(self, rest: Awaitable[Any]) -> None:
        try:
            self._result = await rest
        except (asyncio.CancelledError, GeneratorExit, *EXITS):
            raise
        except BaseException as error:  # noqa: BLE001 - whoever awaits gets it
            self.fail(error)


class Calls:
    """All calls of a server's adapters that have not ended, at most so many."""

    def __init__(self, server: "Server", limit: int) -> None:
        self._server = server
        self._limit = limit
        self.loop: asyncio.AbstractEventLoop | None = None
        """The server's, from before it listens until it was closed."""
        self._posted: deque[tuple[Call, contextvars.Context]] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._others: set[asyncio.Task[Any]] = set()
        # Before Python 3.12 a task begins in the loop's next tick: until then what is called goes behind it.
        self._not_begun: set[asyncio.Task[Any]] = set()

    @property
    def open_loop(self) -> asyncio.AbstractEventLoop | None:
        """The server's loop, while something can be done there."""
        return None if self.loop is None or self.loop.is_closed() else self.loop

    def check_room(self, adapter: "Adapter", calls: int = 1) -> None:
        """Checks that so many more calls may go on; none, where the server is not served.

        Raises:
            QueueFull: They may not.
        """
        if len(self._tasks) + len(self._posted) + calls > self._limit:
            self._server.count_full_adapter()
            raise QueueFull(
                f"{self._limit} calls of adapters go on (limits.max_adapter_calls): "
                f"{adapter!r} can't be asked for more"
            )

    def call(self, adapter: "Adapter", method: str, *args: Any) -> Call:
        """Calls a method: here, if this is the server's loop, or else there. A server that is not served does nothing.

        Raises:
            QueueFull: Too many calls go on.
        """
        self.check_room(adapter)
        return self.call_anyway(adapter, method, *args)

    def call_anyway(self, adapter: "Adapter", method: str, *args: Any) -> Call:
        """The same however many go on; for what there is not more of than of others."""
        call = Call(adapter, method, args)
        loop = self.open_loop
        if loop is None:
            return call
        if is_running(loop):
            self._begin_posted()
            self._begin(call, loop)
        else:
            self._posted.append((call, contextvars.copy_context()))
            self._soon(loop, self._begin_posted)
        return call

    def spawn(self, rest: Coroutine[Any, Any, Any]) -> bool:
        """Runs something beside the calls on the server's loop, from any thread; False: it can't."""
        loop = self.open_loop
        if loop is None or len(self._others) >= self._limit:
            rest.close()
            return False
        if is_running(loop):
            self._keep(self._others, loop.create_task(rest))
            return True
        return self._soon(loop, lambda: self._keep(self._others, loop.create_task(rest)))

    async def begun(self) -> None:
        """Lets what was called up to now begin, whatever is called meanwhile."""
        waiting = self._not_begun.copy()
        while waiting & self._not_begun:  # noqa: ASYNC110 - a tick is all it takes
            await asyncio.sleep(0)

    def end(self) -> None:
        """The server was closed: what still goes on is cancelled."""
        self.loop = None
        self._posted.clear()
        for task in (*self._tasks, *self._others):
            task.cancel()

    def _begin_posted(self) -> None:
        loop = self.open_loop
        while self._posted and loop is not None:
            call, context = self._posted.popleft()
            context.run(self._begin, call, loop)

    def _begin(self, call: Call, loop: asyncio.AbstractEventLoop) -> None:
        rest = call.run_late() if self._not_begun else call.run()
        if rest is None:
            return
        if sys.version_info >= (3, 12):
            task = asyncio.Task(rest, loop=loop, eager_start=True)
        else:
            task = loop.create_task(self._begun(rest))
            self._not_begun.add(task)
            task.add_done_callback(lambda task: self._ended(task, call, rest))
        call.goes_on_in(task)
        if not task.done():
            self._keep(self._tasks, task)

    async def _begun(self, rest: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._not_begun.discard(task)
        await rest

    def _ended(self, task: asyncio.Task[Any], call: Call, rest: Coroutine[Any, Any, Any]) -> None:
        if task in self._not_begun:
            # It was cancelled before.
            self._not_begun.discard(task)
            rest.close()
            call.drop()

    def _keep(self, tasks: set[asyncio.Task[Any]], task: asyncio.Task[Any]) -> None:
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _soon(self, loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> bool:
        try:
            loop.call_soon_threadsafe(function)
        except RuntimeError:
            # It was closed just now.
            return False
        return True


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - its own code is broken
        return type(error).__name__
