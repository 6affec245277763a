"""Adapters that fail, hang or come back late: they hold up nobody, lose nobody's rooms, and end with the server."""

import asyncio
import threading
from typing import Any

import pytest
from support.client import opened
from support.entering import entered, until
from support.sessions import connect

from socketio_rs import (
    AckTimeout,
    Adapter,
    AdapterError,
    ConnectError,
    Limits,
    Namespace,
    QueueFull,
    Server,
    ServerSideAckTimeout,
    Socket,
)
from socketio_rs.adapter import BroadcastOptions, Packet
from socketio_rs.engine import Engine


async def never(*_: object) -> Any:
    await asyncio.Event().wait()


class Rude(BaseException):
    """What is no Exception."""


class Odd(Exception):
    """One whose own code is broken."""

    def __str__(self) -> str:
        raise ValueError("on purpose")


async def test_who_finds_no_adapter_gets_in_nowhere_unguarded(caplog: Any) -> None:
    broken = ["/secret"]

    def factory(namespace: Namespace) -> Adapter:
        if namespace.name in broken:
            broken.clear()
            raise ConnectionError("the broker is down for a moment")
        return Adapter(namespace)

    io = Server(adapter=factory)
    io.of("/{name}")

    @io.on("new_namespace")
    def guard(namespace: Namespace) -> None:
        @namespace.use
        def refuse(socket: Socket) -> None:
            raise ConnectError("no entry")

    async with io.serving() as listener, opened(listener) as client:
        client.send("40/secret,")
        assert await client.receive() == '44/secret,{"message":"Invalid namespace"}'
        assert "the broker is down" in caplog.text
        for _ in range(2):
            client.send("40/secret,")
            assert await client.receive() == '44/secret,{"message":"no entry"}'


async def test_a_slow_delete_all_does_not_touch_the_one_that_came_back() -> None:
    go = asyncio.Event()
    ended = asyncio.Event()
    told: list[tuple[str, set[str]]] = []

    class Slow(Adapter):
        async def add_all(self, sid: str, rooms: Any) -> None:
            told.append((sid, set(rooms)))
            super().add_all(sid, rooms)

        async def delete_all(self, sid: str) -> None:
            await go.wait()
            super().delete_all(sid)
            ended.set()

    io = Server(adapter=Slow, connection_state_recovery=True)
    came: asyncio.Queue[Socket] = asyncio.Queue()
    left = asyncio.Event()
    io.on("connection", came.put_nowait)
    io.on("disconnect", lambda _: left.set())
    async with io.serving() as listener:
        async with opened(listener) as client:
            first, _ = await connect(client)
            socket = await came.get()
            socket.join("red")
            await io.emit("one")
            offset = (await client.event())[1]
            await client.abort()
            await left.wait()
        async with opened(listener) as client:
            again, _ = await connect(client, first["pid"], offset)
            assert again == first
            back = await came.get()
            go.set()
            await ended.wait()
            assert back.rooms == {back.id, "red"}
            await until(lambda: len(told) == 3)
            assert told == [(back.id, {back.id}), (back.id, {"red"}), (back.id, {back.id, "red"})]


class Uncounted(Adapter):
    server_count = never  # type: ignore[assignment]


class Unsent(Adapter):
    server_side_emit = never  # type: ignore[assignment]


@pytest.mark.parametrize("adapter", [Uncounted, Unsent])
async def test_answers_have_their_time_whatever_hangs(adapter: type[Adapter]) -> None:
    io = Server(adapter=adapter)
    async with io.serving():
        with pytest.raises(ServerSideAckTimeout, match="0 of an unknown number of other servers"):
            await io.server_side_emit_with_ack("x", timeout=0.02)
        called: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        io.timeout(0.02).emit("x", ack=lambda *args: called.put_nowait(args))
        error, responses = await called.get()
        assert responses == []
        assert isinstance(error, AckTimeout) == (adapter is Uncounted)
        if adapter is Uncounted:
            with pytest.raises(AckTimeout, match="did not say how many servers there are"):
                await io.timeout(0.02).emit_with_ack("x")


async def test_a_callback_hears_of_an_adapter_that_fails() -> None:
    class Failing(Adapter):
        def broadcast_with_ack(self, *_: object) -> Any:
            raise ConnectionError("gone")

    io = Server(adapter=Failing)
    called: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
    async with io.serving():
        io.timeout(30).emit("x", ack=lambda *args: called.put_nowait(args))
        error, responses = await called.get()
        assert isinstance(error, AdapterError)
        assert responses == []
        with pytest.raises(AdapterError, match="gone"):
            await io.timeout(30).emit_with_ack("x")


async def test_what_hangs_ends_with_the_server() -> None:
    class Hanging(Adapter):
        def broadcast(self, packet: Packet, options: BroadcastOptions) -> Any:
            return asyncio.get_running_loop().create_future()

    io = Server(adapter=Hanging)
    async with io.serving():
        emit = asyncio.ensure_future(_await(io.emit("x")))
        await asyncio.sleep(0)
    with pytest.raises(AdapterError, match="broadcast of <Hanging of /> was cancelled"):
        await emit


async def _await(awaitable: Any) -> Any:
    return await awaitable


async def test_an_adapter_that_has_too_much_to_do_is_closed_all_the_same() -> None:
    closed: list[str] = []

    class Busy(Adapter):
        broadcast = never  # type: ignore[assignment]

        def close(self) -> None:
            closed.append(self.nsp.name)

    io = Server(adapter=Busy, limits=Limits(max_adapter_calls=2))
    for name in ("/a", "/b", "/c"):
        io.of(name)
    async with io.serving():
        for _ in range(2):
            io.emit("x")
        with pytest.raises(QueueFull):
            io.emit("x")
        await asyncio.gather(io.close(), io.close())
    assert sorted(closed) == ["/", "/a", "/b", "/c"]


async def test_what_there_is_no_room_for_is_not_begun() -> None:
    calls: list[str] = []

    class Hanging(Adapter):
        async def broadcast(self, packet: Packet, options: BroadcastOptions) -> None:
            calls.append(self.nsp.name)
            await never()

        def delete(self, sid: str, room: str) -> None:
            calls.append(room)

    io = Server(adapter=Hanging, limits=Limits(max_adapter_calls=3))
    parent = io.of("/{name}")
    for name in ("/a", "/b", "/c"):
        io.of(name)
    sockets: list[Socket] = []
    io.on("connection", sockets.append)
    async with io.serving() as listener, entered(io, listener):
        io.of("/a").emit("x")
        await until(lambda: calls == ["/a"])
        with pytest.raises(QueueFull):
            parent.emit("x")
        with pytest.raises(QueueFull):
            sockets[0].leave("r", "s", "t")
        assert calls == ["/a"]


async def test_events_of_other_servers_are_bounded(caplog: Any) -> None:
    io = Server(limits=Limits(max_adapter_calls=2))
    begun: list[int] = []

    @io.on_server_event("x")
    async def hangs(number: int) -> None:
        begun.append(number)
        await never()

    async with io.serving():
        for number in range(4):
            io.sockets.deliver_server_event(["x", number])
        await until(lambda: len(begun) == 2)
        assert caplog.text.count("too many of them go on (limits.max_adapter_calls)") == 2
        await io.emit("goes on")


async def test_one_listener_that_fails_leaves_the_answer_to_the_others() -> None:
    io = Server()

    @io.on_server_event("x")
    def fails() -> None:
        raise Rude

    io.on_server_event("x", lambda: None)
    answers: asyncio.Queue[Any] = asyncio.Queue()
    async with io.serving():
        io.sockets.deliver_server_event(("x",), answers.put_nowait)
        assert await answers.get() is None
        for args in ("x", {"x": 1}, b"x", [], [1]):
            with pytest.raises(
                TypeError, match="an event and its arguments are delivered in a list"
            ):
                io.sockets.deliver_server_event(args)  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), Rude("on purpose"), Odd()])
@pytest.mark.parametrize("waits", [False, True])
async def test_whatever_a_method_raises_handlers_run(error: BaseException, waits: bool) -> None:
    class Raising(Adapter):
        def add_all(self, sid: str, rooms: Any) -> Any:
            return self.fail()

        def delete_all(self, sid: str) -> Any:
            return self.fail()

        def broadcast(self, packet: Packet, options: BroadcastOptions) -> Any:
            return self.fail()

        def fail(self) -> Any:
            if waits:
                return self.fail_later()
            raise error

        async def fail_later(self) -> None:
            await asyncio.sleep(0)
            raise error

    io = Server(adapter=Raising)
    left = asyncio.Event()
    io.on("disconnect", lambda _: left.set())
    async with io.serving() as listener:
        async with entered(io, listener) as client:
            with pytest.raises(AdapterError, match="broadcast of <Raising of />"):
                await io.emit("x")
            client.send("41")
            await left.wait()
        await until(lambda: io.stats()["sockets"] == 0)


async def test_a_listener_may_be_removed_while_others_are_told() -> None:
    io = Server()
    adapter = io.sockets.adapter
    seen: list[str] = []

    def second(room: str) -> None:
        seen.append(f"second {room}")

    @adapter.once("create_room")
    def first(room: str) -> None:
        seen.append(f"first {room}")
        adapter.off("create_room", second)
        io.sockets_join("again")

    adapter.once("create_room", second)
    adapter.on("create_room", lambda room: seen.append(f"third {room}"))
    async with io.serving() as listener, entered(io, listener) as client:
        assert seen == [f"first {client.sid}", f"third {client.sid}", "third again"]


async def test_a_task_that_never_began_leaves_nothing_behind() -> None:
    class Waiting(Adapter):
        async def broadcast(self, packet: Packet, options: BroadcastOptions) -> None:
            await super().broadcast(packet, options)

    io = Server(adapter=Waiting)
    sockets: list[Socket] = []
    io.on("connection", sockets.append)
    async with io.serving():
        loop = asyncio.get_running_loop()
        io.emit("x")
        closing = asyncio.ensure_future(io.close())
        while not closing.done():
            loop.call_soon(io.emit, "x")
            await asyncio.sleep(0)
    async with io.serving() as listener, entered(io, listener):
        sockets[-1].join("room")
        assert "room" in sockets[-1].rooms


async def test_a_server_is_closed_however_much_is_emitted_meanwhile() -> None:
    class Waiting(Adapter):
        async def broadcast(self, packet: Packet, options: BroadcastOptions) -> None:
            await super().broadcast(packet, options)

    io = Server(adapter=Waiting)

    async def emit_for_ever() -> None:
        while True:
            io.emit("x")
            await asyncio.sleep(0)

    async with io.serving():
        emitting = asyncio.ensure_future(emit_for_ever())
        await asyncio.sleep(0)
        await io.close()
        emitting.cancel()


async def test_last_words_are_sent() -> None:
    class Waiting(Adapter):
        async def broadcast(self, packet: Packet, options: BroadcastOptions) -> None:
            await super().broadcast(packet, options)

    io = Server(adapter=Waiting)
    async with io.serving() as listener, entered(io, listener) as client:
        io.emit("bye")
        await io.close()
        assert await client.receive() == '42["bye"]'


async def test_nobody_listens_before_init_has_ended() -> None:
    go = asyncio.Event()
    begun: list[str] = []

    class Slow(Adapter):
        async def init(self) -> None:
            begun.append(self.nsp.name)
            await go.wait()

    io = Server(adapter=Slow)
    engine = Engine()
    io.bind(engine)
    opening = [
        asyncio.ensure_future(io.listen(0)),
        asyncio.ensure_future(io.listen(0)),
        asyncio.ensure_future(engine.listen(0)),
    ]
    await until(lambda: bool(begun))
    done, _ = await asyncio.wait(opening, timeout=0.05)
    assert done == set()
    go.set()
    await asyncio.gather(*opening)
    assert begun == ["/"]
    await io.close()
    go.clear()
    cancelled = asyncio.ensure_future(io.listen(0))
    await until(lambda: len(begun) == 2)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    async with Server().serving():
        pass
    go.set()
    async with io.serving():
        assert len(begun) == 3


async def test_what_an_adapter_finds_is_checked() -> None:
    class Junk(Adapter):
        async def fetch_sockets(self, options: BroadcastOptions) -> Any:
            return [{"id": "x"}]

        async def server_count(self) -> Any:
            return "three"

    io = Server(adapter=Junk)
    errors: list[str] = []
    io.sockets.adapter.on("error", lambda error: errors.append(type(error).__name__))
    async with io.serving():
        with pytest.raises(AdapterError, match="fetch_sockets of <Junk of /> failed"):
            await io.fetch_sockets()
        with pytest.raises(AdapterError, match="server_count must give the number of servers"):
            await io.server_side_emit_with_ack("x")
        with pytest.raises(AdapterError, match="found 'three'"):
            await io.timeout(5).emit_with_ack("x")
    assert errors == ["KeyError", "TypeError", "TypeError"]


async def test_answers_that_come_late_are_not_added() -> None:
    late: list[Any] = []

    class Late(Adapter):
        def server_side_emit(self, packet: Packet) -> None:
            late.append(packet.answer)

        async def server_count(self) -> int:
            return 3

    io = Server(adapter=Late)
    async with io.serving():
        with pytest.raises(ServerSideAckTimeout) as raised:
            await io.server_side_emit_with_ack("x", timeout=0.01)
        late[0]("too late")
        assert raised.value.responses == []


async def test_sockets_are_fetched_on_the_loop() -> None:
    class Own(Adapter):
        pass

    io = Server(adapter=Own)
    async with io.serving():
        outcome: list[Any] = []

        def fetch() -> None:
            try:
                outcome.append(asyncio.run(_await(io.fetch_sockets())))
            except RuntimeError as error:
                outcome.append(str(error))

        thread = threading.Thread(target=fetch)
        thread.start()
        await asyncio.to_thread(thread.join)
        assert "awaited on the server's loop" in outcome[0]


def test_a_factory_that_fails_changes_nothing() -> None:
    class Own(Adapter):
        pass

    def fails(namespace: Namespace) -> Adapter:
        raise ConnectionError("no broker")

    io = Server(adapter=Own)
    adapter = io.sockets.adapter
    with pytest.raises(ConnectionError, match="no broker"):
        io.adapter = fails
    assert io.adapter is Own
    assert io.sockets.adapter is adapter
