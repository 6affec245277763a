"""Clients that send faster than their events are handled: reads pause, and resume."""

import asyncio
from typing import Any

import pytest
from support.raw import CLOSE, PING, PONG, masked_frame

from socketio_rs import Server, Socket

from .wire import Frame, Poller, Wire, reasons, request

LIMIT = 4
ALIVE = masked_frame(PING, b"alive")


class Busy:
    """A server whose handler of `work` runs once at a time, and waits until it is released."""

    def __init__(self, **options: Any) -> None:
        self.io: Server = Server(max_pending_events=LIMIT, max_running_handlers=1, **options)
        self.started: asyncio.Queue[Any] = asyncio.Queue()
        self.released = asyncio.Event()

        @self.io.event
        async def work(socket: Socket, number: int) -> None:
            self.started.put_nowait(number)
            await self.released.wait()


async def assert_silent(wire: Wire) -> None:
    """Nothing comes for a while."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wire.reader.read(1), 0.15)


def work(first: int, count: int) -> list[str]:
    return [f'42["work",{number}]' for number in range(first, first + count)]


async def test_reads_go_on_below_the_limit() -> None:
    busy = Busy()
    async with busy.io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(*work(0, 1))
        assert await busy.started.get() == 0
        wire.say(*work(1, LIMIT - 1))
        wire.send(ALIVE)
        assert await wire.frame() == Frame(PONG, b"alive")
        busy.released.set()


async def test_reads_pause_at_the_limit_and_resume() -> None:
    busy = Busy()
    async with busy.io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(*work(0, 1))
        assert await busy.started.get() == 0
        wire.say(*work(1, 3 * LIMIT))
        wire.send(ALIVE)
        await assert_silent(wire)
        busy.released.set()
        assert await wire.frame() == Frame(PONG, b"alive")
        assert [await busy.started.get() for _ in range(3 * LIMIT)] == [*range(1, 3 * LIMIT + 1)]


async def test_paused_client_is_still_sent_to() -> None:
    busy = Busy()
    async with busy.io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(*work(0, LIMIT + 2))
        wire.send(ALIVE)
        await assert_silent(wire)
        busy.io.emit("news")
        assert await wire.text() == '42["news"]'
        busy.released.set()


async def test_a42_other_clients_are_read_from_meanwhile() -> None:
    busy = Busy()
    async with (
        busy.io.serving() as listener,
        Wire.joined(listener) as wire,
        Wire.joined(listener) as other,
    ):
        wire.say(*work(0, LIMIT + 2))
        wire.send(ALIVE)
        await assert_silent(wire)
        other.send(ALIVE)
        assert await other.frame() == Frame(PONG, b"alive")
        busy.released.set()


async def test_answer_to_a_post_waits_and_gets_are_answered_meanwhile() -> None:
    busy = Busy()
    async with busy.io.serving() as listener, Poller.joined(listener) as poller:
        assert (await poller.post(work(0, 1)[0])).body == "ok"
        assert await busy.started.get() == 0
        body = "\x1e".join(work(1, 3 * LIMIT)).encode()
        poller.posts.send(request(poller.target, method="POST", body=body))
        await assert_silent(poller.posts)
        busy.io.emit("news")
        assert (await poller.get()).body == '42["news"]'
        busy.released.set()
        assert (await poller.posts.answer()).body == "ok"
        assert [await busy.started.get() for _ in range(3 * LIMIT)] == [*range(1, 3 * LIMIT + 1)]


async def test_paused_client_gets_everything_before_the_server_closes_it() -> None:
    busy = Busy(send_queue_bytes=1 << 27)
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    busy.io.on("connection", sockets.put_nowait)
    async with busy.io.serving() as listener, Wire.joined(listener) as wire:
        socket = await sockets.get()
        wire.say(*work(0, 3 * LIMIT))
        wire.send(ALIVE)
        await assert_silent(wire)
        # More than the kernel takes at once, so that the close has to wait.
        socket.emit("last", "x" * 30_000_000)
        socket.disconnect(close=True)
        assert len((await wire.frame()).payload) == 30_000_000 + len('42["last",""]')
        assert await wire.text() == "41"
        assert await wire.frame() == Frame(CLOSE, b"")
        busy.released.set()


async def test_paused_client_need_not_answer_pings() -> None:
    busy = Busy(ping_interval=0.1, ping_timeout=0.2)
    left = reasons(busy.io)
    async with busy.io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(*work(0, LIMIT + 2))
        assert await wire.text() == "2"
        await asyncio.sleep(0.6)
        assert left.empty()
        busy.released.set()
        wire.say("3")
        assert await wire.text() == "2"
        assert await left.get() == "ping timeout"


async def test_paused_client_that_hangs_up_is_given_up_after_a_while() -> None:
    busy = Busy(ping_timeout=0.3)
    left = reasons(busy.io)
    async with busy.io.serving() as listener:
        async with Wire.joined(listener) as wire:
            wire.say(*work(0, LIMIT + 2))
            wire.send(ALIVE)
            await assert_silent(wire)
        assert await left.get() == "transport close"
        busy.released.set()


async def test_client_whose_answer_is_awaited_is_read_from() -> None:
    io: Server = Server(max_pending_events=LIMIT, max_running_handlers=1)
    answers: asyncio.Queue[Any] = asyncio.Queue()

    @io.event
    async def work(socket: Socket, number: int) -> None:
        answers.put_nowait(await socket.emit_with_ack("ready?", number))

    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say('42["work",0]')
        assert await wire.text() == '420["ready?",0]'
        wire.say(*(f'42["work",{number}]' for number in range(1, 3 * LIMIT)), '430["yes"]')
        assert await answers.get() == "yes"
        assert await wire.text() == '421["ready?",1]'


async def test_paused_poller_that_hangs_up_is_given_up_after_a_while() -> None:
    busy = Busy(ping_timeout=0.3)
    left = reasons(busy.io)
    async with busy.io.serving() as listener:
        async with Poller.joined(listener) as poller:
            body = "\x1e".join(work(0, 3 * LIMIT)).encode()
            poller.posts.send(request(poller.target, method="POST", body=body))
            await assert_silent(poller.posts)
        assert await left.get() == "ping timeout"
        busy.released.set()
