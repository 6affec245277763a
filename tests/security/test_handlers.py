"""Handlers that clients or their own faults keep busy: floods, refusals, handlers that hang, what is left behind."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from protocol.wire import Frame, Wire, echoing, reasons
from support.raw import CLOSE, masked_frame

from socketio_rs import ConnectError, Server, Socket


async def test_a42_others_are_answered_while_one_client_sends_as_fast_as_it_can() -> None:
    io: Server = Server()
    io.on("work", lambda socket: None)
    io.on("ask", lambda socket, number: number)
    sent = 0

    async def flood(wire: Wire) -> None:
        nonlocal sent
        events = masked_frame(1, b'42["work"]') * 1_000
        while True:
            wire.send(events)
            await wire.writer.drain()
            sent += 1_000

    async def ask(wire: Wire) -> None:
        for number in range(200):
            wire.say(f'420["ask",{number}]')
            assert await wire.text() == f"430[{number}]"

    async with (
        io.serving() as listener,
        Wire.joined(listener) as flooding,
        Wire.joined(listener) as first,
        Wire.joined(listener) as second,
    ):
        task = asyncio.create_task(flood(flooding))
        await asyncio.gather(ask(first), ask(second))
        assert not task.done()
        task.cancel()
    assert sent > 1_000


class Odd:
    """Nothing that JSON has a form for."""


def fails(socket: Socket) -> None:
    raise RuntimeError("the password is xyzzy")


def refuses(socket: Socket) -> None:
    raise ConnectError("no", data={"code": 1})


def refuses_oddly(socket: Socket) -> None:
    raise ConnectError("no", data=Odd())


def refuses_with_bytes(socket: Socket) -> None:
    raise ConnectError("no", data=b"x")


async def is_cancelled(socket: Socket) -> None:
    raise asyncio.CancelledError


async def returns_oddly(socket: Socket) -> Any:
    return Odd()


INTERNAL = '44{"message":"internal error"}'


@pytest.mark.parametrize(
    ("middleware", "answer"),
    [
        (fails, INTERNAL),
        (refuses, '44{"message":"no","data":{"code":1}}'),
        (refuses_oddly, INTERNAL),
        (refuses_with_bytes, INTERNAL),
        (is_cancelled, INTERNAL),
        (returns_oddly, '40{"sid":"'),
    ],
)
async def test_a64_client_is_told_no_more_of_a_middleware_than_its_verdict(
    middleware: Any, answer: str
) -> None:
    io: Server = Server()
    io.use(middleware)
    async with io.serving() as listener, Wire.websocket(listener) as wire:
        wire.say("40")
        text = await wire.text()
        assert text.startswith(answer)
        assert answer.startswith("40") or text == answer


async def test_a64_client_whose_middleware_does_not_end_is_closed_in_time() -> None:
    io: Server = Server(connect_timeout=0.3)
    io.use(lambda socket: asyncio.Event().wait())
    left = reasons(io)
    async with io.serving() as listener, Wire.websocket(listener) as wire:
        wire.say("40")
        assert await wire.frame() == Frame(CLOSE, b"")
    assert left.empty()


async def test_a85_handlers_that_hang_cost_nobody_the_connection_and_end_with_the_server() -> None:
    hung, cancelled = 1_000, 0
    io = echoing(ping_interval=0.2, ping_timeout=1, max_running_handlers=hung)
    left = reasons(io)
    started: asyncio.Queue[None] = asyncio.Queue()

    @io.event
    async def hang(socket: Socket) -> None:
        nonlocal cancelled
        started.put_nowait(None)
        try:
            await asyncio.Event().wait()
        finally:
            cancelled += 1

    async with (
        io.serving() as listener,
        Wire.joined(listener) as hanging,
        Wire.joined(listener) as other,
    ):
        hanging.say(*['42["hang"]'] * hung)
        for _ in range(hung):
            await started.get()
        # More wait for those to end, and the client for its turn to be read.
        hanging.say(*['42["hang"]'] * hung)
        for _ in range(10):
            assert await other.text() == "2"
            other.say('42["echo"]', "3")
            assert await other.text() == '42["echo"]'
        io.emit("news")
        assert [await hanging.text(), await hanging.text()] == ["2", '42["news"]']
        assert started.empty() and left.empty()
        await io.close(drain=0.05)
    assert cancelled == hung


@pytest.fixture
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
async def test_a90_objects_of_a_client_are_freed_when_it_leaves_without_the_collector() -> None:
    io: Server = Server()
    held: list[weakref.ref[Any]] = []

    @io.on("connection")
    async def connected(socket: Socket) -> None:
        token = Odd()
        socket.data["token"] = token
        socket.on("own", lambda: (socket, token))
        socket.on("disconnect", lambda reason: (socket, token))
        socket.conn.on("upgrade", lambda transport: (socket, token))
        socket.emit("question", ack=lambda answer: (socket, token))
        held.extend([weakref.ref(socket), weakref.ref(token)])

    left = reasons(io)
    async with io.serving() as listener:
        for _ in range(10):
            async with Wire.joined(listener) as wire:
                assert await wire.text() == '420["question"]'.replace("0", str(len(held) // 2 - 1))
                wire.say('42["own"]')
        for _ in range(10):
            await left.get()
        await io.close()
    assert [reference() for reference in held] == [None] * 20


async def test_a100_client_that_vanishes_behind_a_full_queue_is_given_up() -> None:
    io: Server = Server(ping_interval=0.2, ping_timeout=0.3, send_queue_bytes=1 << 26)
    left = reasons(io)
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        (await sockets.get()).emit("much", "x" * 30_000_000)
        assert await left.get() == "ping timeout"
