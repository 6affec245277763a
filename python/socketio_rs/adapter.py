"""What adapters are made of: they carry what concerns many sockets, to this server's and to other servers'.

Example:
    ```python
    from socketio_rs import Adapter, Server
    from socketio_rs.adapter import BroadcastOptions, Packet


    class Counting(Adapter):
        broadcasts = 0

        async def broadcast(self, packet: Packet, options: BroadcastOptions) -> None:
            Counting.broadcasts += 1
            await super().broadcast(packet, options)


    io = Server(adapter=Counting)
    ```
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict, TypeVar, overload

from ._core import AdapterCore
from ._elsewhere import attribute
from ._log import EXITS, hint, log_failure, printable
from ._signature import name_of, read
from ._views import View

if TYPE_CHECKING:
    from ._core import BroadcastOperator
    from ._namespace import Namespace

__all__ = ["Adapter", "BroadcastFlags", "BroadcastOptions", "Packet", "Session"]

F = TypeVar("F", bound=Callable[..., Any])

AdapterEvent = Literal["create_room", "delete_room", "join_room", "leave_room", "error"]
_EVENTS = {
    "create_room": ("room",),
    "delete_room": ("room",),
    "join_room": ("room", "id"),
    "leave_room": ("room", "id"),
    "error": ("error",),
}


class BroadcastFlags(TypedDict, total=False):
    """How something is sent; what was not said is not there."""

    volatile: bool
    compress: bool
    local: bool
    """To this server's sockets alone."""
    timeout: float
    """Seconds for the answers."""


@dataclass(frozen=True, slots=True)
class BroadcastOptions:
    """Whom something is for, and how it is sent.

    Attributes:
        rooms: The names of the rooms whose members it is for, each of whom it reaches once; empty:
            everyone in the namespace.
        except_: The rooms whose members it is not for.
        flags: How it is sent.
    """

    rooms: tuple[str, ...] = ()
    except_: tuple[str, ...] = ()
    flags: BroadcastFlags = field(default_factory=BroadcastFlags)


@dataclass(slots=True)
class Packet:
    """An event on its way to many.

    Attributes:
        data: Its name and arguments. They are plain, what JSON can carry and `bytes`, as the
            clients will see them, so that every encoder can take them along.
        nsp: The name of the namespace.
        id: Of a packet that is to be answered, the number under which the sender knows it; None: it
            has none.
        answer: Of what `server_side_emit` gets: takes the answer of another server, from any
            thread; None: none is wanted.
    """

    data: list[Any]
    nsp: str = "/"
    id: int | None = None
    answer: Callable[[Any], None] | None = None


@dataclass(slots=True)
class Session:
    """What a socket had when its connection was lost: see `connection_state_recovery`.

    Attributes:
        sid: The socket's id.
        pid: The secret with which its client may come back.
        rooms: The rooms that it was in, its id among them.
        data: Its `data`.
        missed_packets: The `data` of the packets that it is still to get, in their order.
    """

    sid: str
    pid: str
    rooms: Sequence[str]
    data: Any
    missed_packets: Sequence[Sequence[Any]] = ()


leaving: ContextVar[tuple[int, int] | None] = ContextVar("leaving", default=None)
"""The socket that leaves its namespace while `delete_all` is called: another one may have its id by now."""


class _Listener(NamedTuple):
    function: Callable[..., Any]
    maximum: int | None
    once: bool


class Adapter:
    """The adapter in memory, and the base class of others: there is one for each namespace.

    Through it goes what concerns many sockets, or rooms. This class does it to the sockets of this
    server; a class derived from it can have other servers do the same, and call `super()` for this
    one. `Server(adapter=...)` takes a class of that kind, or a function that makes one.

    Every method may be overridden, those that return an awaitable also as `async def`. They are called
    on the server's loop and begin in the order in which emits, joins and so forth were made; on what they
    wait does not hold up the next. What is called from another thread is posted to the loop, so that
    `socket.rooms` follows a `join` a little later there. An exception is logged and told to the listeners of `error`, and
    whoever awaits the emit gets an `AdapterError`. At most `max_adapter_calls` go on at a time, then
    emits raise `QueueFull`. A derived class that has an `__init__` calls that of this class.

    Args:
        namespace: The namespace whose sockets it is for.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in vars(cls):
            meant = attribute(name)
            if meant != name and not hasattr(Adapter, name) and hasattr(Adapter, meant):
                hint(f"{cls.__name__}.{name} overrides nothing: here the name is {meant}")

    def __init__(self, namespace: "Namespace") -> None:
        self.nsp = namespace
        self.__core = AdapterCore(namespace)
        self.__listeners: dict[str, list[_Listener]] = {}

    # --- beginning and end

    def init(self) -> Awaitable[None] | None:
        """Is called when the server begins to be served, before it listens, and for a new namespace."""
        return None

    def close(self) -> Awaitable[None] | None:
        """Is called when the server was closed, or the namespace is forgotten."""
        return None

    # --- what there is

    @property
    def rooms(self) -> Mapping[str, frozenset[str]]:
        """The rooms of this server, each with the ids of the sockets in it: a live, read-only view."""
        return _Rooms(self.__core)

    @property
    def sids(self) -> Mapping[str, frozenset[str]]:
        """The ids of this server's sockets, each with the rooms that it is in: a live, read-only view."""
        return _Sids(self.__core)

    def sockets(self, rooms: AbstractSet[str]) -> set[str]:
        """The ids of this server's sockets that are in one of the rooms; without rooms of all."""
        return set(self.__core.members(rooms) if rooms else self.__core.members())

    def socket_rooms(self, sid: str) -> frozenset[str] | None:
        """The rooms of a socket of this server; None when it is not there."""
        return self.__core.rooms_of(sid)

    # --- single sockets of this server

    def add_all(self, sid: str, rooms: AbstractSet[str]) -> Awaitable[None] | None:
        """Puts a socket into rooms, which are made if need be; its own id is the first."""
        self.__core.join(sid, rooms)
        return None

    def delete(self, sid: str, room: str) -> Awaitable[None] | None:
        """Takes a socket out of a room; nothing when it is not there."""
        self.__core.leave(sid, room)
        return None

    def delete_all(self, sid: str) -> Awaitable[None] | None:
        """Takes a socket out of all its rooms: it has left its namespace."""
        self.__core.leave_all(sid, leaving.get())
        return None

    # --- many sockets, of all servers

    def broadcast(self, packet: Packet, options: BroadcastOptions) -> Awaitable[None]:
        """Sends an event to many.

        Returns:
            What waits while the server has too much to send; it need not be awaited.
        """
        return self.__target(options).emit(*packet.data)

    def broadcast_with_ack(
        self,
        packet: Packet,
        options: BroadcastOptions,
        on_client_count: Callable[[int], None],
        on_response: Callable[[Any], None],
    ) -> Awaitable[None]:
        """Sends an event to many that are to answer it.

        Args:
            packet: The event.
            options: Whom it is for; `flags["timeout"]` are the seconds for the answers.
            on_client_count: To be called once for each server, with how many of its clients are
                asked. From any thread, as the other.
            on_response: To be called with each answer.

        Returns:
            What ends when this server's clients have answered, left, or had their time.
        """
        timeout = options.flags.get("timeout", 0.0)
        core, target = self.__core, self.__target(options)
        count, answered = core.ask_each(target, timeout, on_response, *packet.data)
        on_client_count(count)
        return answered

    def fetch_sockets(self, options: BroadcastOptions) -> Awaitable[Sequence[Any]]:
        """The sockets that `options` mean.

        Returns:
            In an awaitable, a `RemoteSocket` of each of this server. For one of another server a
            class may give what its `RemoteSocket.to_dict` was: `id`, `handshake`, `rooms`, `data`.
        """
        return self.__target(options).fetch_sockets()

    def add_sockets(
        self, options: BroadcastOptions, rooms: Sequence[str]
    ) -> Awaitable[None] | None:
        """Puts the sockets that `options` mean into rooms: those of this server by `add_all`."""
        for socket in self.__core.addressed(self.__target(options)):
            socket.join(rooms)
        return None

    def delete_sockets(
        self, options: BroadcastOptions, rooms: Sequence[str]
    ) -> Awaitable[None] | None:
        """Takes the sockets that `options` mean out of rooms: those of this server by `delete`."""
        for socket in self.__core.addressed(self.__target(options)):
            socket.leave(rooms)
        return None

    def disconnect_sockets(self, options: BroadcastOptions, close: bool) -> Awaitable[None] | None:
        """Ends the sockets that `options` mean, and with `close` their clients' connections."""
        self.__target(options).disconnect_sockets(close)
        return None

    # --- other servers

    def server_side_emit(self, packet: Packet) -> Awaitable[None] | None:  # noqa: ARG002 - others use it
        """Has the other servers handle an event (`deliver_server_event`); in memory there are none."""
        return None

    async def server_count(self) -> int:
        """How many servers there are, this one counted."""
        return 1

    # --- clients that come back

    def persist_session(self, session: Session) -> Awaitable[None] | None:  # noqa: ARG002 - likewise
        """Keeps what a socket had whose connection was lost, where `connection_state_recovery` is on.

        In memory the server does that by itself. A class that overrides `restore_session` does it in
        its place, and is then also given what is emitted to single sockets, as a broadcast to the room
        of its id. To the `data` of each packet that it broadcasts, unless it is volatile or to be
        answered, it appends a string by which it knows the packet again: the offset.

        It also gets back what `restore_session` has given for a client that left meanwhile.
        """
        return None

    async def restore_session(self, pid: str, offset: str) -> Session | None:  # noqa: ARG002 - likewise
        """Gives back what `persist_session` kept, with the packets behind `offset`; None: it can't.

        A `pid` is to be used once. It may take `hook_timeout`.
        """
        return None

    # --- listeners

    @overload
    def on(self, event: AdapterEvent, function: None = None) -> Callable[[F], F]: ...
    @overload
    def on(self, event: AdapterEvent, function: F) -> F: ...
    def on(self, event: AdapterEvent, function: F | None = None) -> Callable[[F], F] | F:
        """Registers a plain function for what becomes of this server's rooms: a decorator, or called.

        `create_room` and `delete_room` give the room, `join_room` and `leave_room` the room and the
        socket's id; one may take fewer. A new room is told of before its first member. They are
        called on the server's loop. `error` gives what a method of the adapter raised.

        Raises:
            TypeError: It is no function, or an `async def`.
            ValueError: There is no such event.
        """
        return self.__on(event, function, once=False)

    @overload
    def once(self, event: AdapterEvent, function: None = None) -> Callable[[F], F]: ...
    @overload
    def once(self, event: AdapterEvent, function: F) -> F: ...
    def once(self, event: AdapterEvent, function: F | None = None) -> Callable[[F], F] | F:
        """Registers as `on` does, for one call."""
        return self.__on(event, function, once=True)

    def off(self, event: AdapterEvent, function: Callable[..., Any] | None = None) -> None:
        """Removes a listener, or all of an event; one that is not registered is no error."""
        _check_event(event)
        self.__listeners[event] = [
            listener
            for listener in self.__listeners.get(event, [])
            if function is not None and listener.function != function
        ]

    def __on(self, event: str, function: F | None, *, once: bool) -> Callable[[F], F] | F:
        _check_event(event)

        def register(function: F) -> F:
            signature = read(function, "annotated")
            given = _EVENTS[event]
            if signature.wraps_coroutine or signature.ack is not None or signature.socket:
                raise TypeError(f"a listener of {event!r} must be a plain function of {given}")
            if signature.required > len(given):
                raise TypeError(
                    f"{name_of(function)} requires {signature.required} arguments, {event!r} has {given}"
                )
            listener = _Listener(function, signature.maximum, once)
            self.__listeners.setdefault(event, []).append(listener)
            if event != "error":
                self.__core.watch_rooms()
            return function

        return register if function is None else register(function)

    def tell(self, event: AdapterEvent, *args: object) -> None:
        """Calls the listeners of an event; for derived classes, whose broker has an `error` for instance.

        To be called on the server's loop.
        """
        for listener in self.__listeners.get(event, []).copy():
            listeners = self.__listeners[event]
            if listener.once and listener not in listeners:
                continue
            if listener.once:
                listeners.remove(listener)
            try:
                listener.function(*args[: listener.maximum])
            except EXITS:
                raise
            except BaseException as error:  # noqa: BLE001 - the other listeners go on
                log_failure(f"a listener of {event!r} of an adapter", error)

    def __target(self, options: BroadcastOptions) -> "BroadcastOperator":
        flags = options.flags
        return self.__core.here.target(
            to=options.rooms or None,
            except_=options.except_ or None,
            volatile=flags.get("volatile"),
            compress=flags.get("compress"),
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {printable(self.__core.name)}>"


AdapterFactory = Callable[["Namespace"], Adapter]
"""What makes the adapter of a namespace: a class derived from `Adapter` is one."""


class _Rooms(View[frozenset[str]]):
    """The view that `rooms` gives."""

    def __init__(self, core: AdapterCore) -> None:
        self._core = core

    def _names(self) -> list[str]:
        return self._core.room_names()

    def _find(self, name: str) -> frozenset[str] | None:
        return self._core.placed(name) or None


class _Sids(View[frozenset[str]]):
    """The view that `sids` gives."""

    def __init__(self, core: AdapterCore) -> None:
        self._core = core

    def _names(self) -> frozenset[str]:
        return self._core.placed()

    def _find(self, name: str) -> frozenset[str] | None:
        rooms = self._core.rooms_of(name)
        # Without rooms it is there when it was accepted.
        return rooms if rooms or name in self._core.members() else None


def _check_event(event: str) -> None:
    if event not in _EVENTS:
        known = ", ".join(map(repr, _EVENTS))
        raise ValueError(f"an adapter's events are {known}, found {event!r}")
