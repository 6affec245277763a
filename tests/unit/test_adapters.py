"""Adapters that users write in Python: what goes through them, and what becomes of their failures."""

import asyncio
import gc
import re
import weakref
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from support.client import opened
from support.entering import entered, until

from socketio_rs import (
    Adapter,
    AdapterError,
    Limits,
    Namespace,
    QueueFull,
    RemoteSocket,
    Server,
    Socket,
)
from socketio_rs.adapter import BroadcastOptions, Packet, Session


class Recording(Adapter):
    """Notes what is called, and does it."""

    def __init__(self, namespace: Namespace) -> None:
        super().__init__(namespace)
        self.calls: list[tuple[Any, ...]] = []

    def init(self) -> None:
        self.calls.append(("init",))

    def close(self) -> None:
        self.calls.append(("close",))

    def add_all(self, sid: str, rooms: Any) -> None:
        self.calls.append(("add_all", sid, set(rooms)))
        super().add_all(sid, rooms)

    def delete(self, sid: str, room: str) -> None:
        self.calls.append(("delete", sid, room))
        super().delete(sid, room)

    def delete_all(self, sid: str) -> None:
        self.calls.append(("delete_all", sid))
        super().delete_all(sid)

    async def broadcast(self, packet: Packet, options: BroadcastOptions) -> None:
        self.calls.append(("broadcast", packet, options))
        await super().broadcast(packet, options)

    def add_sockets(self, options: BroadcastOptions, rooms: Sequence[str]) -> None:
        self.calls.append(("add_sockets", options, list(rooms)))
        super().add_sockets(options, rooms)

    def delete_sockets(self, options: BroadcastOptions, rooms: Sequence[str]) -> None:
        self.calls.append(("delete_sockets", options, list(rooms)))
        super().delete_sockets(options, rooms)

    def disconnect_sockets(self, options: BroadcastOptions, close: bool) -> None:
        self.calls.append(("disconnect_sockets", options, close))
        super().disconnect_sockets(options, close)


def recording(io: Server[Any], namespace: str = "/") -> Recording:
    adapter = io.of(namespace).adapter
    assert isinstance(adapter, Recording)
    return adapter


async def test_everything_about_many_goes_through_the_users_own() -> None:  # noqa: PLR0915
    io = Server(adapter=Recording, data=dict)
    adapter = recording(io)
    assert adapter.calls == []
    when = datetime(2026, 1, 2, tzinfo=UTC)
    sockets: list[Socket] = []
    io.on("connection", sockets.append)
    gone = asyncio.Event()
    io.on("disconnect", lambda _: gone.set())
    async with io.serving() as listener, entered(io, listener) as client:
        sid = client.sid
        (socket,) = sockets
        assert adapter.calls == [("init",), ("add_all", sid, {sid})]
        adapter.calls.clear()
        socket.join("red", ["blue"])
        assert socket.rooms == {sid, "red", "blue"}
        socket.leave("blue")
        assert socket.rooms == {sid, "red"}
        assert adapter.calls == [("add_all", sid, {"red", "blue"}), ("delete", sid, "blue")]
        adapter.calls.clear()
        await io.to("red", "blue").except_("green").volatile.compress(False).emit("hi", when, b"x")
        assert (
            await client.receive()
            == '451-["hi","2026-01-02T00:00:00Z",{"_placeholder":true,"num":0}]'
        )
        assert await client.receive() == b"x"
        (call,) = adapter.calls
        # What the packet has is plain, whatever was emitted.
        assert call == (
            "broadcast",
            Packet(["hi", "2026-01-02T00:00:00Z", b"x"], "/"),
            BroadcastOptions(("red", "blue"), ("green",), {"volatile": True, "compress": False}),
        )
        adapter.calls.clear()
        await socket.broadcast.emit("not to me")
        await socket.to("red").emit("nor this")
        io.local.timeout(3).sockets_join("here")
        io.sockets_leave("red")
        io.to([]).emit("nobody")
        await socket.emit("just to one")
        assert await client.receive() == '42["just to one"]'
        assert [
            (name, options.rooms, options.except_) for name, _, options in adapter.calls[:2]
        ] == [
            ("broadcast", (), (sid,)),
            ("broadcast", ("red",), (sid,)),
        ]
        assert adapter.calls[2:] == [
            ("add_sockets", BroadcastOptions(flags={"local": True, "timeout": 3}), ["here"]),
            ("add_all", sid, {"here"}),
            ("delete_sockets", BroadcastOptions(), ["red"]),
            ("delete", sid, "red"),
        ]
        adapter.calls.clear()
        assert await io.all_sockets() == {sid}
        (found,) = await io.to("here").fetch_sockets()
        assert isinstance(found, RemoteSocket)
        assert found.rooms == {sid, "here"}
        answer = asyncio.ensure_future(io.to("here").timeout(5).emit_with_ack("q"))
        assert await client.receive() == '420["q"]'
        client.send('430["a"]')
        assert await answer == ["a"]
        io.in_("here").disconnect_sockets()
        assert await client.receive() == "41"
        await gone.wait()
        assert adapter.calls == [
            ("disconnect_sockets", BroadcastOptions(("here",)), False),
            ("delete_all", sid),
        ]
        adapter.calls.clear()
    assert adapter.calls == [("close",)]
    async with io.serving():
        pass
    assert adapter.calls == [("close",), ("init",), ("close",)]


async def test_calls_begin_in_the_order_of_the_emits_also_from_threads() -> None:
    class Mixed(Adapter):
        """Its methods are of both kinds, and one waits."""

        order: list[Any] = []  # noqa: RUF012 - of this test

        async def broadcast(self, packet: Packet, options: BroadcastOptions) -> None:
            self.order.append(packet.data[1])
            await asyncio.sleep(0.001)
            await super().broadcast(packet, options)

        def add_sockets(self, options: BroadcastOptions, rooms: Sequence[str]) -> None:
            self.order.append(rooms[0])
            super().add_sockets(options, rooms)

    io = Server(adapter=Mixed)
    async with io.serving() as listener, entered(io, listener):

        def emit(start: int) -> None:
            for number in range(start, start + 20, 2):
                io.emit("n", number)
                io.sockets_join(str(number + 1))

        emit(0)
        await asyncio.to_thread(emit, 20)
        emit(40)
        await until(lambda: len(Mixed.order) == 60)
    assert [int(each) for each in Mixed.order] == list(range(60))


async def test_a_method_that_fails_is_logged_told_and_raised_where_it_is_awaited(
    caplog: Any,
) -> None:
    class Broken(Adapter):
        def broadcast(self, packet: Packet, options: BroadcastOptions) -> Any:
            raise ConnectionError("the broker is down")

        async def fetch_sockets(self, options: BroadcastOptions) -> Any:
            raise ConnectionError("nobody there")

        async def add_all(self, sid: str, rooms: Any) -> None:
            raise ConnectionError("no room")

    io = Server(adapter=Broken)
    errors: list[str] = []
    sockets: list[Socket] = []
    io.on("connection", sockets.append)
    io.sockets.adapter.on("error", lambda error: errors.append(str(error)))
    async with io.serving() as listener, entered(io, listener) as client:
        io.emit("lost")
        with pytest.raises(
            AdapterError, match="broadcast of <Broken of /> failed: the broker is"
        ) as raised:
            await io.emit("lost")
        assert isinstance(raised.value.__cause__, ConnectionError)
        with pytest.raises(AdapterError, match="nobody there"):
            await io.fetch_sockets()
        with pytest.raises(TypeError, match='event "bad"'):
            io.emit("bad", object())
        sockets[0].emit("the server goes on")
        assert await client.receive() == '42["the server goes on"]'
    assert errors == ["no room", "the broker is down", "the broker is down", "nobody there"]
    assert caplog.text.count("the broker is down") >= 2


async def test_an_awaiter_that_is_cancelled_does_not_cancel_the_broadcast() -> None:
    done = asyncio.Event()
    go = asyncio.Event()

    class Slow(Adapter):
        async def broadcast(self, packet: Packet, options: BroadcastOptions) -> None:
            await go.wait()
            await super().broadcast(packet, options)
            done.set()

    io = Server(adapter=Slow)
    async with io.serving() as listener, entered(io, listener) as client:
        waiting = asyncio.ensure_future(_await(io.emit("x")))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        go.set()
        await done.wait()
        assert await client.receive() == '42["x"]'


async def _await(awaitable: Any) -> Any:
    return await awaitable


async def test_calls_that_hang_are_bounded() -> None:
    go = asyncio.Event()

    class Hanging(Adapter):
        async def broadcast(self, packet: Packet, options: BroadcastOptions) -> None:
            await go.wait()

    io = Server(adapter=Hanging, limits=Limits(max_adapter_calls=5))
    async with io.serving():
        for _ in range(5):
            io.emit("x")
        with pytest.raises(
            QueueFull, match=r"5 calls of adapters go on \(limits.max_adapter_calls\)"
        ):
            io.emit("x")
        assert io.stats()["limit.max_adapter_calls"] == 1
        go.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await io.emit("x")


async def test_parents_emit_through_the_adapters_of_their_children() -> None:
    io = Server(adapter=Recording)
    parent = io.of(re.compile("/room-."))
    async with io.serving() as listener, opened(listener) as client:
        await client.enter("/room-a")
        await client.enter("/room-b")
        await parent.emit("all")
        # In the order in which they were made.
        assert [await client.receive(), await client.receive()] == [
            '42/room-a,["all"]',
            '42/room-b,["all"]',
        ]
        for name in ("/room-a", "/room-b"):
            assert ("broadcast", Packet(["all"], name), BroadcastOptions()) in recording(
                io, name
            ).calls


async def test_a_child_that_is_forgotten_closes_its_adapter() -> None:
    io = Server(adapter=Recording, cleanup_empty_child_namespaces=True)
    io.of(re.compile("/room-."))
    made: list[Namespace] = []
    io.on("new_namespace", made.append)
    async with io.serving() as listener, opened(listener) as client:
        await client.enter("/room-a")
        adapter = made[0].adapter
        assert isinstance(adapter, Recording)
        client.send("41/room-a,")
        await until(lambda: ("close",) in adapter.calls)
        # Whoever holds it still does no harm.
        await made[0].emit("nobody")
        assert type(made[0].adapter) is Adapter
        await client.enter("/room-a")
        assert [type(each.adapter) for each in made] == [Adapter, Recording]


async def test_it_can_be_set_until_the_server_listens() -> None:
    io = Server()
    other = io.of("/other")
    assert type(other.adapter) is Adapter
    io.adapter = Recording
    assert io.adapter is Recording
    assert isinstance(other.adapter, Recording)
    async with io.serving():
        with pytest.raises(RuntimeError, match="adapter can't be set while the server listens"):
            io.adapter = Adapter
    io.adapter = Adapter
    assert type(other.adapter) is Adapter


def test_what_is_no_adapter_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"adapter must be a class derived from Adapter, or a function .* found 5"
    ):
        Server(adapter=5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"adapter must make an Adapter, .* made 5"):
        Server(adapter=lambda _: 5)  # type: ignore[arg-type,return-value]

    class Forgets(Adapter):
        def __init__(self, namespace: Namespace) -> None:
            pass

    with pytest.raises(TypeError, match="an adapter is made for a Namespace, found 'x'"):
        Adapter("x")  # type: ignore[arg-type]
    one: list[Adapter] = []

    def same(namespace: Namespace) -> Adapter:
        one.append(Adapter(namespace))
        return one[0]

    with pytest.raises(TypeError, match=r"each namespace has an adapter of its own: .* for /other"):
        Server(adapter=same).of("/other")

    class Persists(Adapter):
        def persist_session(self, session: Session) -> None: ...

    with pytest.raises(
        TypeError, match="Persists has a persist_session: it needs a restore_session"
    ):
        Server(adapter=Persists)
    with pytest.raises(TypeError, match=r"__init__ of Forgets must call super\(\).__init__"):
        Server(adapter=Forgets)


async def test_init_that_hangs_or_fails_does_not_keep_the_server_from_serving(caplog: Any) -> None:
    class Hangs(Adapter):
        async def init(self) -> None:
            if self.nsp.name == "/":
                raise ConnectionError("no broker")
            await asyncio.Event().wait()

    io = Server(adapter=Hangs, hook_timeout=0.05)
    io.of("/other")
    async with io.serving() as listener, entered(io, listener):
        assert "no broker" in caplog.text
        assert "init of adapters, which takes longer than hook_timeout, failed" in caplog.text


async def test_nothing_happens_before_it_is_served() -> None:
    io = Server(adapter=Recording)
    await io.emit("x")
    io.sockets_join("red")
    assert await io.fetch_sockets() == []
    assert await io.emit_with_ack("x") == []
    assert recording(io).calls == []
    with pytest.raises(RuntimeError, match="the server is not served"):
        io.server_side_emit("x")


async def test_outgoing_listeners_see_what_the_adapter_delivers() -> None:
    io = Server(adapter=Recording)
    seen: list[Any] = []
    io.on("connection", lambda socket: socket.on_any_outgoing(lambda *args: seen.append(args)))
    async with io.serving() as listener, entered(io, listener) as client:
        await io.emit("x", 1)
        assert await client.receive() == '42["x",1]'
    assert seen == [("x", 1)]


async def test_a_socket_that_is_refused_leaves_the_rooms_it_was_put_into() -> None:
    io = Server(adapter=Recording)
    adapter = recording(io)

    @io.use
    def refuse(socket: Socket) -> None:
        socket.join("red")
        raise ConnectionRefusedError("no")

    async with io.serving() as listener, opened(listener) as client:
        client.send("40")
        assert str(await client.receive()).startswith("44")
        names = [call[0] for call in adapter.calls]
        assert names == ["init", "add_all", "delete_all"]
        assert dict(adapter.rooms) == {}


async def test_server_and_adapters_are_collected() -> None:
    class Own(Adapter):
        pass

    io = Server(adapter=Own)
    io.sockets.adapter.on("join_room", lambda *_: None)
    async with io.serving() as listener, entered(io, listener):
        pass
    kept = [weakref.ref(io), weakref.ref(io.sockets.adapter)]
    del io
    await asyncio.sleep(0)
    gc.collect()
    assert [each() for each in kept] == [None, None]
