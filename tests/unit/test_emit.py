"""What is emitted, to whom, and what an emit returns."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from support.client import Client, joined, opened

from socketio_rs import Namespace, ReservedEvent, Server, Socket

Emit = Callable[..., Awaitable[None]]


def watched(io: Server[Any], namespace: str = "/") -> "asyncio.Queue[Socket[Any]]":
    """Gets each socket that connects."""
    sockets: asyncio.Queue[Socket[Any]] = asyncio.Queue()
    io.of(namespace).on("connection", sockets.put_nowait)
    return sockets


# What


async def test_every_kind_of_json_arrives_as_it_was_sent() -> None:
    io: Server = Server()
    values = [None, True, False, 0, -1, 2**53, 1.5, "", "ü\u2028😀\n", [], {}, [[{"a": [None]}]]]
    async with io.serving() as listener, joined(listener) as client:
        io.emit("all", *values)
        assert await client.event() == ["all", *values]


async def test_bytes_at_any_depth_become_attachments() -> None:
    io: Server = Server()
    async with io.serving() as listener, joined(listener) as client:
        io.emit("b", b"1", {"a": [bytearray(b"2"), {"b": memoryview(b"3")}]})
        assert await client.receive() == (
            '453-["b",{"_placeholder":true,"num":0},'
            '{"a":[{"_placeholder":true,"num":1},{"b":{"_placeholder":true,"num":2}}]}]'
        )
        assert [await client.receive() for _ in range(3)] == [b"1", b"2", b"3"]


async def test_bytes_of_a_client_arrive_as_bytes_and_go_back_in_the_ack() -> None:
    io: Server = Server()
    seen: list[Any] = []

    @io.event
    def b(socket: Socket, *args: Any) -> Any:
        seen.extend(args)
        return {"back": args[1]["a"][0]}

    async with io.serving() as listener, joined(listener) as client:
        client.send(
            '452-7["b",{"_placeholder":true,"num":1},{"a":[{"_placeholder":true,"num":0},1]}]',
            b"zero",
            b"",
        )
        assert await client.receive() == '461-7[{"back":{"_placeholder":true,"num":0}}]'
        assert await client.receive() == b"zero"
    assert seen == [b"", {"a": [b"zero", 1]}]


async def test_send_is_the_event_message() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        senders: list[Any] = [io, io.sockets, io.to(socket.id), socket, socket.volatile]
        for number, sender in enumerate(senders):
            sender.send(number, "x")
            assert await client.event() == ["message", number, "x"]


async def test_names_of_the_protocol_are_refused_by_every_emit() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        emits: list[Emit] = [
            io.emit,
            io.of("/").emit,
            io.to("room").emit,
            socket.emit,
            socket.volatile.emit,
            socket.broadcast.emit,
            socket.emit_with_ack,
        ]
        for emit in emits:
            for name in ("connect", "connect_error", "disconnect", "disconnecting"):
                with pytest.raises(ReservedEvent, match=name):
                    emit(name)
            with pytest.raises(TypeError, match="name of an event"):
                emit(1)
        io.emit("end")
        assert await client.event() == ["end"]


async def test_value_that_is_no_json_is_named_with_its_place_and_nothing_is_sent() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        for emit in (io.emit, socket.emit, socket.emit_with_ack):
            with pytest.raises(TypeError, match=r'event "chat": argument 2\["a"\]\[1\].*object'):
                emit("chat", 1, {"a": [0, object()]})
        io.emit("end")
        assert await client.event() == ["end"]


# To whom


async def received(client: Client) -> list[str]:
    """The names of the events that come before `end`."""
    names: list[str] = []
    while (event := (await client.event())[0]) != "end":
        names.append(event)
    return names


async def test_operators_choose_the_receivers() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with (
        io.serving() as listener,
        joined(listener) as first,
        joined(listener) as second,
        joined(listener) as third,
    ):
        one, two, three = [await sockets.get() for _ in range(3)]
        one.join("a", "b")
        two.join("a", "c")
        io.emit("everyone")
        io.to("a").emit("a")
        io.in_("b", ["c"]).emit("b or c")
        io.to("b").to("c").emit("b and c")
        io.to(three.id).emit("one of them")
        io.except_("a").emit("not a")
        io.to("a").except_("b").emit("a not b")
        io.of("/").to("c").local.emit("c")
        io.to().emit("nobody")
        io.to([]).emit("nobody")
        io.to("unknown").emit("nobody")
        one.broadcast.emit("not me")
        one.to("a").emit("a but me")
        two.in_("b", "c").emit("b or c but me")
        three.except_(one.id).emit("not one, not me")
        one.emit("me")
        io.emit("end")
        assert await received(first) == [
            *("everyone", "a", "b or c", "b and c"),
            *("b or c but me", "me"),
        ]
        assert await received(second) == [
            *("everyone", "a", "b or c", "b and c", "a not b", "c"),
            *("not me", "a but me", "not one, not me"),
        ]
        assert await received(third) == ["everyone", "one of them", "not a", "not me"]


async def test_operators_are_immutable() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        nobody = io.to("nobody")
        nobody.to(socket.id).emit("both")
        nobody.except_(socket.id).volatile.emit("neither")
        nobody.emit("nobody")
        assert socket.volatile is not socket.volatile
        io.emit("end")
        assert await received(client) == ["both"]


async def test_namespaces_keep_apart() -> None:
    io: Server = Server()
    chat = io.of("/chat")
    async with io.serving() as listener, joined(listener) as client:
        await client.enter("/chat")
        chat.emit("chat", 1)
        io.emit("main")
        chat.send("text")
        assert [await client.receive() for _ in range(3)] == [
            '42/chat,["chat",1]',
            '42["main"]',
            '42/chat,["message","text"]',
        ]


async def test_rooms_of_one_name_are_each_namespaces_own() -> None:
    io: Server = Server()
    for name in ("/", "/chat"):

        @io.of(name).on("connection")
        def connected(socket: Socket) -> None:
            socket.join("room")
            socket.emit("joined")

    async with io.serving() as listener, opened(listener) as client:
        client.send("40/chat,")
        assert str(await client.receive()).startswith("40/chat,{")
        assert await client.receive() == '42/chat,["joined"]'
        io.to("room").emit("main")
        io.of("/chat").to("room").emit("chat")
        assert await client.receive() == '42/chat,["chat"]'


async def test_emit_to_a_socket_that_has_left_is_dropped() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        socket.disconnect()
        await socket.emit("late")
        assert socket.volatile.emit("late") is not None
        socket.broadcast.emit("still")
        assert await client.receive() == "41"
        await client.enter("/")
        io.to(socket.id).emit("late")
        io.emit("end")
        assert await client.event() == ["end"]


def test_emit_of_a_server_that_is_not_served_is_dropped() -> None:
    io: Server = Server()
    asyncio.run(asyncio.wait_for(io.emit("x", 1), 1))
    io.to("a").except_("b").volatile.emit("x")


# What it returns


@pytest.fixture
async def emits() -> Any:
    """The emits of a server, of a namespace, of an operator and of a socket, with a client that takes all."""
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        yield [io.emit, io.to(socket.id).emit, socket.emit, socket.volatile.emit]


async def test_emit_can_be_awaited_in_every_way(emits: list[Emit]) -> None:
    for emit in emits:
        assert await emit("x") is None
        assert await asyncio.wait_for(emit("x"), 5) is None
        assert await asyncio.gather(emit("x"), emit("x")) == [None, None]
        assert await asyncio.ensure_future(emit("x")) is None
        anything: Any = emit("x")
        assert await asyncio.create_task(anything) is None
        async with asyncio.TaskGroup() as group:
            group.create_task(anything)
        async with asyncio.timeout(5):
            await anything


async def test_awaiting_emits_gives_the_loop_a_turn_at_every_64th(emits: list[Emit]) -> None:
    turns = 0

    async def other_work() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    work = asyncio.create_task(other_work())
    for emit in emits:
        await asyncio.sleep(0)
        before = turns
        for _ in range(640):
            await emit("x")
        assert 10 <= turns - before <= 11
    work.cancel()


async def test_emit_is_not_awaited_without_a_warning(emits: list[Emit]) -> None:
    for emit in emits:
        emit("x")


async def test_awaiting_an_emit_on_another_loop_is_finished_at_once(emits: list[Emit]) -> None:
    async def elsewhere() -> None:
        for emit in emits:
            for _ in range(200):
                await emit("x")

    await asyncio.to_thread(asyncio.run, elsewhere())


ROOMY = 64 << 20
"""Bytes that may wait for a client: the tests send more than the kernel takes and less than this."""


async def test_emit_to_a_client_that_does_not_read_is_pending_until_it_does() -> None:
    io: Server = Server(send_queue_bytes=ROOMY)
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        client.pause()
        fill(socket)
        pending = asyncio.ensure_future(socket.emit("last"))
        assert not await finishes(pending)
        client.resume()
        names = [(await client.event())[0] for _ in range(CHUNKS + 1)]
        await pending
    assert names == ["chunk"] * CHUNKS + ["last"]


async def test_emit_that_waits_ends_when_its_client_leaves() -> None:
    io: Server = Server(send_queue_bytes=ROOMY)
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        client.pause()
        fill(socket)
        pending = asyncio.ensure_future(socket.emit("last"))
        assert not await finishes(pending)
        await client.abort()
        await pending


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
async def test_awaited_emit_ends_with_the_smallest_queues(limit: int) -> None:
    io: Server = Server(send_queue_bytes=limit)
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        for _ in range(3):
            await asyncio.wait_for(socket.emit("x"), 5)
            assert await client.event() == ["x"]


async def test_volatile_is_dropped_for_a_client_that_has_something_unsent() -> None:
    io: Server = Server(send_queue_bytes=ROOMY)
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client, joined(listener) as second:
        socket, other = [await sockets.get() for _ in range(2)]
        if other.id != second.sid:
            socket, other = other, socket
        socket.volatile.emit("taken")
        assert await client.event() == ["taken"]
        client.pause()
        fill(socket)
        assert not await finishes(asyncio.ensure_future(socket.emit("chunk")))
        mine = client.sid
        for volatile in (
            io.volatile,
            io.target(volatile=True),
            io.to(mine).volatile,
            io.volatile.except_("nobody").local.compress(False).timeout(5),
            io.of("/").volatile.in_(mine),
            socket.volatile,
            socket.target(volatile=True),
            socket.timeout(5).volatile.local,
            other.volatile.broadcast,
            other.broadcast.volatile,
            other.volatile.to(mine),
            other.except_("nobody").target(volatile=True),
        ):
            await volatile.emit("dropped")
            await volatile.send("dropped")
            await volatile.emit("dropped", ack=print)
        client.resume()
        io.emit("end")
        assert await received(client) == ["chunk"] * (CHUNKS + 1)


CHUNKS = 400


def fill(socket: Socket) -> None:
    """Sends 40 MB."""
    for _ in range(CHUNKS):
        socket.emit("chunk", "x" * 100_000)


async def finishes(future: asyncio.Future[None]) -> bool:
    """Whether it ends within a moment."""
    done, _ = await asyncio.wait([future], timeout=0.05)
    return bool(done)


# Threads


async def test_everything_may_be_called_from_any_thread() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        done = threading.Event()

        def call() -> None:
            socket.join("room")
            assert socket.rooms == {socket.id, "room"}
            io.to("room").emit("room")
            socket.leave("room")
            socket.emit("socket")
            socket.data["x"] = 1
            assert socket.handshake.auth == {}
            assert socket.connected
            socket.disconnect()
            assert socket.disconnected
            done.set()

        await asyncio.to_thread(call)
        assert done.is_set()
        assert [await client.receive() for _ in range(3)] == ['42["room"]', '42["socket"]', "41"]


async def test_thread_is_not_held_up_by_a_handler_that_blocks_the_loop() -> None:
    io: Server = Server()
    emitted, received_it = threading.Event(), threading.Event()

    @io.event
    def block(socket: Socket) -> None:
        socket.emit("from the loop")
        emitted.set()
        assert received_it.wait(10)

    def elsewhere(address: Any) -> list[str]:
        from support.raw import RawClient  # noqa: PLC0415 - blocking, as the test is about

        client = RawClient.join(address)
        client.send_text('42["block"]')
        assert emitted.wait(10)
        io.emit("from a thread")
        texts = [client.receive_text() for _ in range(2)]
        received_it.set()
        client.close()
        return texts

    async with io.serving() as listener:
        texts = await asyncio.to_thread(elsewhere, listener.address)
    assert texts == ['42["from the loop"]', '42["from a thread"]']


async def test_namespace_is_given_by_of_and_its_socket() -> None:
    io: Server = Server()
    made: list[Namespace] = []
    io.on("new_namespace", made.append)
    chat = io.of("/chat")
    sockets = watched(io, "/chat")
    async with io.serving() as listener, opened(listener) as client:
        await client.enter("/chat")
        assert (await sockets.get()).nsp is chat is made[0]
