"""Where and how long a server, or an engine alone, is served: the same for both."""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from operator import attrgetter

from ._checks import number_of_seconds
from ._company import Company, check_same
from ._core import Server as CoreServer
from ._handlers import compile_allow_request
from ._keywords import unnamed
from ._listener import (
    File,
    Listener,
    StaticFiles,
    Target,
    open_listener,
    pair,
    read_files,
    resolve,
)
from ._options import CheckedOptions
from ._process import on_signals, shown_log

logger = logging.getLogger("socketio_rs.server")

_SIGNAL_DRAIN = 5.0


def has_running_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@unnamed
class Served:
    """What is served: made without a loop, and bound to one by `listen`, `serving` or `run`."""

    _protocol: str
    """Its name in the log."""

    def __init__(self, options: CheckedOptions, *, raw: bool) -> None:
        hook = options.allow_request
        self._path = options.path
        self._connect_timeout = options.connect_timeout
        self._server = CoreServer(
            ping_interval=options.ping_interval,
            ping_timeout=options.ping_timeout,
            upgrade_timeout=options.upgrade_timeout,
            max_http_buffer_size=options.max_http_buffer_size,
            transports=options.transports,
            allow_upgrades=options.allow_upgrades,
            cors=options.cors,
            send_queue_bytes=options.send_queue_bytes,
            slow_client=options.slow_client,
            max_pending_events=options.max_pending_events,
            max_running_handlers=options.max_running_handlers,
            slow_handler=options.slow_handler,
            serial=options.ordering == "serial",
            max_attachments=options.max_attachments,
            data=options.data,
            json_default=options.json_default,
            allow_request=hook and compile_allow_request(hook, options.hook_timeout),
            hook_timeout=options.hook_timeout,
            connection_state_recovery=options.connection_state_recovery,
            limits=options.limits,
            forgets_empty=options.cleanup_empty_child_namespaces,
            raw=raw,
        )
        self._stopping: asyncio.Future[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._closed: asyncio.Event | None = None
        self._company = Company(self._server, self._start, self._opened, self.close)

    def stats(self) -> dict[str, int]:
        """Counts since the server was made, and what there is now; from any thread.

        `closed.<reason>` has the connections that have ended, by reason (`closed.ping_timeout`);
        `limit.<name>` how often an option or a field of `Limits` was reached. `sessions` are the
        open connections, `sockets` those in namespaces, `events_queued` the events that have not
        been started, with `event_bytes_queued`, and `inbox_bytes` what was emitted and not taken.
        """
        return self._server.stats()

    async def listen(self, target: Target, *, static_files: StaticFiles | None = None) -> Listener:
        """Listens and serves clients on the running loop; several calls add listeners.

        Args:
            target: A port on 127.0.0.1 (say `("0.0.0.0", 3000)` or `("::", 3000)` for the world; 0
                is any free port), `(host, port)`, `"unix:/path"`, a bound `socket.socket`, or an
                inherited descriptor as `"fd:3"`. Socket and descriptor are duplicated.
            static_files: A few files served at exact URL paths, as in `{"/": "index.html"}`. They
                are read now; the content type goes by the extension.

        Returns:
            The listener; the port in its `address` is the real one.

        Raises:
            OSError: The address can't be listened on, or a file can't be read.
            RuntimeError: The server is served on another loop, or is just being closed.
            TypeError: `target` is nothing of that kind.
            ValueError: A port, URL path or socket can't be used.
        """
        loop = asyncio.get_running_loop()
        self._check_loop(loop)
        bundles, files = await loop.run_in_executor(None, self._read_files, static_files or {})
        addresses = await resolve(target)
        # No await from here on: what was checked stays true.
        self._check_loop(loop)
        first = self._company.begin(loop)
        self._company.listens = True
        try:
            await self._company.opened()
            self._check_loop(loop)
            return open_listener(
                lambda address: self._server.listen(address, bundles, files), addresses
            )
        except BaseException:
            if first:
                await self.close()
            raise

    async def close(self, drain: float = 0.0) -> None:
        """Stops listening and closes every client.

        Sockets get the reason `server shutting down`, those of an engine alone `forced close`. What clients sent before is handled. Afterwards any loop may serve the server again, with
        its handlers. Closing a server that is not served does nothing; when it is being closed
        already, both calls end with it, and the shorter drain counts.

        Args:
            drain: Seconds for which handlers may go on before they are cancelled.

        Raises:
            RuntimeError: The server is served on another loop than the running one.
            TypeError: `drain` is no number.
            ValueError: `drain` is negative or not finite.
        """
        drain = number_of_seconds("drain", drain)
        if not math.isfinite(drain) or drain < 0:
            raise ValueError(f"drain must be seconds from 0, found {drain!r}")
        if self._server.served:
            check_same(self._server, asyncio.get_running_loop())
            await self._closing()
        if self._server.served:
            # Shielded: the end of one that waits must not take the future from the others.
            await asyncio.shield(self._stop(drain))
        if self._ending is not None:
            await asyncio.shield(self._ending)

    @asynccontextmanager
    async def serving(
        self, port: int = 0, host: str = "127.0.0.1", *, static_files: StaticFiles | None = None
    ) -> AsyncGenerator[Listener, None]:
        """Serves clients during a block: listens at its start, closes the server at its end.

        Args:
            port: The port; 0 is any free one.
            host: A name or an address.
            static_files: As for `listen`.

        Raises:
            OSError, RuntimeError, TypeError, ValueError: As `listen`.

        Example:
            ```python
            async with io.serving() as listener:
                print(listener.url)
            ```
        """
        listener = await self.listen(pair(port, host), static_files=static_files)
        try:
            yield listener
        finally:
            await self.close()

    def run(
        self,
        port: int = 3000,
        host: str = "127.0.0.1",
        *,
        static_files: StaticFiles | None = None,
    ) -> None:
        """Serves clients on a loop of its own until it is told to stop; blocks.

        SIGINT (Ctrl+C) or SIGTERM close the server and give handlers 5 seconds, a second one none;
        so does `close`. Outside the main thread `close` alone works. One line in the log says where
        it listens; when logging is not configured, it is shown on standard error meanwhile.

        Args:
            port: The port; 0 is any free one.
            host: A name or an address; `0.0.0.0` or `::` for all.
            static_files: As for `listen`.

        Raises:
            OSError, TypeError, ValueError: As `listen`.
            RuntimeError: A loop runs in this thread (use `listen` there), or as `listen`.
        """
        if has_running_loop():
            raise RuntimeError("a loop runs in this thread already: use await listen(...) there")
        with shown_log(), asyncio.Runner() as runner:
            runner.run(self._run(pair(port, host), static_files))

    async def _run(self, target: Target, static_files: StaticFiles | None) -> None:
        listener = await self.listen(target, static_files=static_files)
        try:
            with on_signals(self._signalled):
                logger.info("serving %s on %s (Ctrl+C to stop)", self._protocol, listener.url)
                if self._closed is not None:
                    await self._closed.wait()
        finally:
            await self.close()

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._server.start(loop, self._path, self._connect_timeout)
        self._closed = asyncio.Event()
        self._company.listens = False
        self._started(loop)

    def _signalled(self) -> None:
        if self._server.served:
            self._stop(_SIGNAL_DRAIN if self._stopping is None else 0.0)

    def _stop(self, drain: float) -> asyncio.Future[None]:
        stopping = self._server.stop(drain)
        if stopping is not self._stopping:
            self._stopping = stopping
            stopping.add_done_callback(self._stopped)
        self._company.is_ending = True
        return stopping

    def _stopped(self, _: asyncio.Future[None]) -> None:
        self._stopping = None
        self._ending = asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        try:
            await self._ended()
        finally:
            self._ending = None
            self._company.is_ending = False
            if self._closed is not None:
                self._closed.set()

    def _started(self, loop: asyncio.AbstractEventLoop) -> None:
        """It is served from now on."""

    async def _opened(self) -> None:
        """It is about to listen."""

    async def _closing(self) -> None:
        """It is about to be closed."""

    async def _ended(self) -> None:
        """It is not served any more."""

    def _check_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        self._company.check(loop)
        if self._stopping is not None or self._ending is not None:
            raise RuntimeError("the server is just being closed: await its close() first")

    def _read_files(
        self, static_files: StaticFiles
    ) -> tuple[dict[str, File | None], dict[str, File]]:
        """The client's bundles by their paths, and the files."""
        return {}, read_files(static_files, self._path)


company_of: Callable[[Served], Company] = attrgetter("_company")
"""With whom it is served: for this package alone."""
