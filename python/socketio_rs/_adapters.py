"""The adapters of a server's namespaces, and what goes through them where they are the user's own.

The extension calls, from any thread: `broadcast`, `ask`, `ask_back`, `add_sockets`,
`delete_sockets`, `disconnect_sockets`, `fetch_sockets`, `all_sockets`, `add_all` and `delete`; on
the server's loop: `connected` and `left`.
"""

import asyncio
import contextvars
import inspect
import itertools
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakSet

from ._calls import Call, Calls, is_running
from ._errors import AckTimeout, AdapterError, QueueFull, ServerSideAckTimeout
from ._gathering import Gathering
from ._log import log_failure, printable
from ._recall import Restored
from ._remote import RemoteSocket, remote_socket
from ._server_events import ServerEvents
from ._signature import maximum
from .adapter import (
    Adapter,
    AdapterFactory,
    BroadcastFlags,
    BroadcastOptions,
    Packet,
    Session,
    leaving,
)

if TYPE_CHECKING:
    from ._core import NamespaceCore, Server
    from ._namespace import Namespace

# As the extension gives them: rooms, rooms left out, flags.
_Options = tuple[tuple[str, ...], tuple[str, ...], BroadcastFlags]

_packet_ids = itertools.count()


class Adapters:
    """One for each namespace, made when it is first asked for."""

    def __init__(
        self, server: "Server", factory: AdapterFactory, *, limit: int, hook_timeout: float
    ) -> None:
        self._server = server
        self._calls = Calls(server, limit)
        self._hook_timeout = hook_timeout
        self._made: dict[NamespaceCore, Adapter] = {}
        # Of each parent, in the order in which they were made.
        self._children: dict[NamespaceCore, dict[NamespaceCore, None]] = {}
        self.server_events = ServerEvents(server, self._calls)
        self._forgotten: WeakSet[Namespace] = WeakSet()
        self._lock = threading.RLock()
        self._opening: list[Call] = []
        self.use(factory)

    @property
    def factory(self) -> AdapterFactory:
        """What makes them."""
        return self._factory

    def use(self, factory: AdapterFactory) -> None:
        """Has all of them made anew, by another factory."""
        made = {core: self._make(core, factory) for core in tuple(self._made)}
        self._factory = factory
        self._made = made
        for core, adapter in made.items():
            self._settle(core, adapter)
        # What the extension does by itself needs none of what is here.
        self._server.adapters = self if self._is_users else None

    def add_parent(self, core: "NamespaceCore") -> None:
        """A namespace is a parent: what it emits goes to its children."""
        self._children[core] = {}

    def add_child(self, core: "NamespaceCore", parent: "NamespaceCore") -> None:
        """A namespace is a child."""
        self._children[parent][core] = None
        self.server_events.inherit(core, parent)

    def of(self, core: "NamespaceCore") -> Adapter:
        """The adapter of a namespace.

        Raises:
            TypeError: The factory made something else.
        """
        # Without the lock: it is held while a factory runs, which may take its time in another thread.
        adapter = self._made.get(core)
        if adapter is not None:
            return adapter
        is_new = False
        with self._lock:
            adapter = self._made.get(core)
            if adapter is None:
                if core.owner in self._forgotten:
                    # Somebody holds the namespace still; it has no sockets.
                    return Adapter(core.owner)
                adapter = self._made[core] = self._make(core, self._factory)
                is_new = True
        if is_new:
            self._settle(core, adapter)
        return adapter

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """The server begins to be served: calls `init` of each."""
        self._calls.loop = loop
        self._opening = self._call_all("init")

    async def opened(self) -> None:
        """Waits until they have ended, but not for ever."""
        await self._ends_of("init", self._opening)

    async def begun(self) -> None:
        """Lets what was called begin."""
        await self._calls.begun()

    async def close(self) -> None:
        """The server has ended: the same with `close`."""
        try:
            await self._ends_of("close", self._call_all("close"))
        finally:
            self._calls.end()
            # What was cancelled ends before whoever closes the server ends the loop.
            await asyncio.sleep(0)

    def forget(self, core: "NamespaceCore") -> None:
        """A namespace is forgotten."""
        for children in self._children.values():
            children.pop(core, None)
        with self._lock:
            self._forgotten.add(core.owner)
            adapter = self._made.pop(core, None)
        if adapter is not None and self._is_users:
            self._calls.call_anyway(adapter, "close")

    # --- what the extension calls

    def broadcast(
        self, core: "NamespaceCore", options: _Options, data: list[Any]
    ) -> Awaitable[None]:
        """Sends an event to many, of a parent in each of its children."""
        reached = self._reached(core)
        # All of it or nothing is sent.
        self._calls.check_room(self.of(core), len(reached))
        calls = [
            self._call(
                each, "broadcast", Packet(data.copy(), each.name), BroadcastOptions(*options)
            )
            for each in reached
        ]
        return calls[0] if len(calls) == 1 else _All(calls)

    def ask(
        self,
        core: "NamespaceCore",
        options: _Options,
        data: list[Any],
        timeout: float,
        partial: bool,
    ) -> Coroutine[Any, Any, list[Any]]:
        """Sends an event that many are to answer; the answers are awaited on the server's loop."""
        answers = self._ask(core, options, data, timeout)

        async def result() -> list[Any]:
            error, responses = await answers()
            if error is not None and not partial:
                raise error
            return responses

        return result()

    def ask_back(
        self,
        core: "NamespaceCore",
        options: _Options,
        data: list[Any],
        timeout: float,
        function: Callable[..., Any],
    ) -> Awaitable[None]:
        """The same with a function that is called with `(error, responses)`."""
        answers = self._ask(core, options, data, timeout)
        context = contextvars.copy_context()

        async def call_back() -> None:
            try:
                outcome: tuple[Exception | None, list[Any]] = await answers()
            except AdapterError as error:
                outcome = error, []
            try:
                result = context.run(function, *outcome[: maximum(function)])
                if inspect.isawaitable(result):
                    await result
            except Exception as error:  # noqa: BLE001 - nobody waits for it
                log_failure(f"an ack's callback of {data[0]!r}", error)

        if not self._calls.spawn(call_back()) and self._calls.open_loop is not None:
            log_failure(f"the ack of {data[0]!r}", QueueFull("too much goes on already"))
        return _All(())

    def add_sockets(self, core: "NamespaceCore", options: _Options, rooms: list[str]) -> None:
        """Puts many sockets into rooms."""
        self._call(core, "add_sockets", BroadcastOptions(*options), rooms)

    def delete_sockets(self, core: "NamespaceCore", options: _Options, rooms: list[str]) -> None:
        """Takes many sockets out of rooms."""
        self._call(core, "delete_sockets", BroadcastOptions(*options), rooms)

    def disconnect_sockets(self, core: "NamespaceCore", options: _Options, close: bool) -> None:
        """Ends many sockets."""
        self._call(core, "disconnect_sockets", BroadcastOptions(*options), close)

    def fetch_sockets(
        self, core: "NamespaceCore", options: _Options
    ) -> Coroutine[Any, Any, list[RemoteSocket]]:
        """The sockets of all servers."""
        call = self._call(core, "fetch_sockets", BroadcastOptions(*options))

        async def fetched() -> list[RemoteSocket]:
            self._check_loop()
            found = await call
            try:
                everyone = core.everyone
                return [remote_socket(everyone, each) for each in found or ()]
            except Exception as error:
                raise call.fail(error) from error

        return fetched()

    def all_sockets(
        self, core: "NamespaceCore", options: _Options
    ) -> Coroutine[Any, Any, set[str]]:
        """Their ids."""
        sockets = self.fetch_sockets(core, options)

        async def ids() -> set[str]:
            return {each.id for each in await sockets}

        return ids()

    def add_all(self, core: "NamespaceCore", sid: str, rooms: Iterable[str]) -> None:
        """A socket joins rooms."""
        self._call(core, "add_all", sid, frozenset(rooms))

    def delete(self, core: "NamespaceCore", sid: str, rooms: Iterable[str]) -> None:
        """A socket leaves rooms."""
        names = tuple(rooms)
        self._calls.check_room(self.of(core), len(names))
        for room in names:
            self._call(core, "delete", sid, room)

    def connected(self, core: "NamespaceCore", sid: str, rooms: list[str]) -> None:
        """A socket has joined its namespace; one that comes back is in these rooms."""
        self._try(core, "add_all", sid, frozenset(rooms))

    def left(self, core: "NamespaceCore", sid: str, key: tuple[int, int]) -> None:
        """A socket leaves its namespace. If it comes back before the call has ended, that is another one."""
        context = contextvars.copy_context()
        context.run(leaving.set, key)
        context.run(self._try, core, "delete_all", sid)

    # --- other servers

    def emit_to_servers(self, core: "NamespaceCore", event: str, args: tuple[Any, ...]) -> None:
        """Has the other servers handle an event."""
        data = self._server.server_event(event, *args)
        for each in self._reached(core) if self._has_others() else ():
            packet = Packet(data.copy(), each.name)
            self._call(each, "server_side_emit", packet)

    def ask_servers(
        self, core: "NamespaceCore", event: str, args: tuple[Any, ...], timeout: float
    ) -> Coroutine[Any, Any, list[Any]]:
        """The same where each of them is to answer.

        Raises:
            RuntimeError: The namespace is a parent, which has no adapter.
        """
        if core in self._children:
            raise RuntimeError(
                "server_side_emit_with_ack() is not supported on parent namespaces: "
                "ask a child, as in socket.nsp"
            )
        data = self._server.server_event(event, *args)
        gathering = Gathering(self._calls.loop)
        calls: tuple[Call, Call] | None = None
        if self._has_others():
            packet = Packet(data, core.name, next(_packet_ids), gathering.answered)
            calls = (
                self._call(core, "server_side_emit", packet),
                self._calls.call_anyway(self.of(core), "server_count"),
            )

        async def answers() -> list[Any]:
            if calls is None:
                return []
            self._check_loop()
            missing = await gathering.from_servers(*calls, timeout)
            if missing == 0:
                return gathering.responses.copy()
            number = len(gathering.responses)
            of = "an unknown number of" if missing is None else number + missing
            text = f"{number} of {of} other servers answered {event!r}"
            raise ServerSideAckTimeout(text, gathering.responses.copy())

        return answers()

    # --- the rest

    @property
    def _is_users(self) -> bool:
        return self._factory is not Adapter

    def _has_others(self) -> bool:
        """Whether there may be other servers: the adapter in memory has none.

        Raises:
            RuntimeError: There is no loop on which the adapter could reach them.
        """
        if self._is_users and self._calls.loop is None:
            raise RuntimeError("the server is not served: it can't reach other servers yet")
        return self._is_users

    def _reached(self, core: "NamespaceCore") -> Sequence["NamespaceCore"]:
        """The namespaces to which what is emitted in one goes."""
        children = self._children.get(core)
        return (core,) if children is None else tuple(children)

    def _make(self, core: "NamespaceCore", factory: AdapterFactory) -> Adapter:
        if core in self._children:
            return Adapter(core.owner)
        adapter = factory(core.owner)
        if not isinstance(cast("object", adapter), Adapter):
            raise TypeError(f"adapter must make an Adapter, {factory!r} made {adapter!r}")
        kind = type(adapter)
        if getattr(adapter, "nsp", None) is None:
            raise TypeError(f"the __init__ of {kind.__name__} must call super().__init__")
        if adapter.nsp is not core.owner:
            raise TypeError(
                f"each namespace has an adapter of its own: {factory!r} made {adapter!r} for {core.name}"
            )
        if kind.persist_session is not Adapter.persist_session and not _keeps(adapter):
            raise TypeError(
                f"{kind.__name__} has a persist_session: it needs a restore_session too"
            )
        return adapter

    def _settle(self, core: "NamespaceCore", adapter: Adapter) -> None:
        """It is the namespace's from now on."""
        core.sessions = _Sessions(self._calls, adapter) if _keeps(adapter) else None
        if self._is_users:
            self._calls.call_anyway(adapter, "init")

    def _call(self, core: "NamespaceCore", method: str, *args: Any) -> Call:
        return self._calls.call(self.of(core), method, *args)

    def _try(self, core: "NamespaceCore", method: str, *args: Any) -> None:
        try:
            self._call(core, method, *args)
        except QueueFull as error:
            log_failure(f"{method} of the adapter of {printable(core.name)}", error)

    def _call_all(self, method: str) -> list[Call]:
        adapters = tuple(self._made.values()) if self._is_users else ()
        return [self._calls.call_anyway(adapter, method) for adapter in adapters]

    async def _ends_of(self, method: str, calls: list[Call]) -> None:
        try:
            async with asyncio.timeout(self._hook_timeout):
                # The log has those that fail, and the server works for its own clients.
                await asyncio.gather(*map(_end_of, calls), return_exceptions=True)
        except TimeoutError as error:
            log_failure(f"{method} of adapters, which takes longer than hook_timeout,", error)

    def _ask(
        self, core: "NamespaceCore", options: _Options, data: list[Any], timeout: float
    ) -> Callable[[], Coroutine[Any, Any, tuple[AckTimeout | None, list[Any]]]]:
        """Sends an event that many are to answer. What it gives waits for the answers."""
        rooms, except_, flags = options
        asked = BroadcastOptions(rooms, except_, {**flags, "timeout": timeout})
        gathering = Gathering(self._calls.loop)
        packet = Packet(data, core.name, next(_packet_ids))
        take = gathering.counted, gathering.answered
        call = self._call(core, "broadcast_with_ack", packet, asked, *take)
        is_local = flags.get("local", False)
        count = None if is_local else self._calls.call_anyway(self.of(core), "server_count")

        async def answers() -> tuple[AckTimeout | None, list[Any]]:
            if self._calls.loop is None:
                return None, []
            self._check_loop()
            error = await gathering.from_clients(call, count, timeout)
            return error, gathering.responses.copy()

        return answers

    def _check_loop(self) -> None:
        loop = self._calls.loop
        if loop is not None and not is_running(loop):
            raise RuntimeError(
                "an answer is awaited on the server's loop: use asyncio.run_coroutine_threadsafe"
            )


def _keeps(adapter: Adapter) -> bool:
    """Whether it keeps what clients come back to."""
    return type(adapter).restore_session is not Adapter.restore_session


class _Sessions:
    """What an adapter keeps for clients that come back, as the extension asks for it."""

    def __init__(self, calls: Calls, adapter: Adapter) -> None:
        self._calls = calls
        self._adapter = adapter

    def persist(self, sid: str, pid: str, rooms: list[str], data: Any) -> None:
        self._calls.call(self._adapter, "persist_session", Session(sid, pid, rooms, data))

    async def restore(self, pid: str, offset: str) -> Restored | None:
        call = self._calls.call(self._adapter, "restore_session", pid, offset)
        try:
            session: object = await call
        except asyncio.CancelledError:
            # It took too long.
            call.cancel()
            raise
        if session is None:
            return None
        if not isinstance(session, Session):
            raise TypeError("restore_session must give a Session, or None")
        return session.sid, session.pid, session.rooms, session.data, session.missed_packets


async def _end_of(call: Call) -> None:
    await call


class _All:
    """Several calls, to be awaited together."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = calls

    def __await__(self) -> Generator[Any, None, None]:
        for call in self._calls:
            yield from call.__await__()
