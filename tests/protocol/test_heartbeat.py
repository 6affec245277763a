"""The heartbeat: the server pings, and a client that does not answer is given up."""

import asyncio
import socket
from typing import Any

import pytest
from support.raw import CLOSE

from socketio_rs import Server

from .wire import WEBSOCKET, Frame, Poller, Wire, echoing, reasons, upgrade

QUICK: dict[str, Any] = {"ping_interval": 0.2, "ping_timeout": 0.3}
# Deadlines are met up to 100 ms late; the rest is for a busy machine.
LATE = 1.0


async def test_client_is_pinged_after_the_interval_and_again_after_its_pong() -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    async with Server(**QUICK).serving() as listener, Wire.joined(listener) as wire:
        for _ in range(3):
            assert await wire.text() == "2"
            assert 0.19 < clock() - began < 0.2 + LATE
            began = clock()
            wire.say("3")


async def test_poller_is_pinged_too() -> None:
    async with Server(**QUICK).serving() as listener, Poller.joined(listener) as poller:
        for _ in range(3):
            assert (await poller.get()).body == "2"
            assert (await poller.post("3")).body == "ok"


async def test_content_of_a_pong_does_not_matter() -> None:
    async with Server(**QUICK).serving() as listener, Wire.joined(listener) as wire:
        for pong in ("3", "3probe", '3{"a":1}'):
            assert await wire.text() == "2"
            wire.say(pong)


async def test_client_without_a_namespace_is_pinged() -> None:
    async with Server(**QUICK).serving() as listener, Wire.websocket(listener) as wire:
        assert await wire.text() == "2"


async def test_a100_missing_pong_ends_the_session() -> None:
    io: Server = Server(**QUICK)
    left = reasons(io)
    clock = asyncio.get_running_loop().time
    async with io.serving() as listener, Wire.joined(listener) as wire:
        assert await wire.text() == "2"
        began = clock()
        assert await wire.frame() == Frame(CLOSE, b"")
        assert 0.29 < clock() - began < 0.3 + LATE
        assert await left.get() == "ping timeout"


async def test_a100_system_gives_up_what_is_not_acknowledged_as_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        io: Server = Server(**QUICK)
        async with Wire.joined(await io.listen(bound)):
            assert bound.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 500
        await io.close()


async def test_missing_pong_ends_a_session_that_polls() -> None:
    io: Server = Server(**QUICK)
    left = reasons(io)
    async with io.serving() as listener, Poller.joined(listener) as poller:
        assert (await poller.get()).body == "2"
        assert (await poller.get()).body == "1"
        assert await left.get() == "ping timeout"


async def test_another_packet_gives_a_late_pong_more_time_once() -> None:
    io: Server = Server(ping_interval=0.1, ping_timeout=0.6)
    left = reasons(io)
    clock = asyncio.get_running_loop().time
    async with io.serving() as listener, Wire.joined(listener) as wire:
        assert await wire.text() == "2"
        began = clock()
        for _ in range(4):
            await asyncio.sleep(0.2)
            wire.say('42["any"]')
        assert await left.get() == "ping timeout"
        # The first came 0.2 s behind the ping.
        assert 0.79 < clock() - began < 1.3


@pytest.mark.parametrize("ping", ["2", "2probe"])
async def test_ping_of_the_client_ends_the_session(ping: str) -> None:
    io: Server = Server()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(ping)
        assert await wire.frame() == Frame(CLOSE, b"")
        assert await left.get() == "transport error"


async def test_pong_that_nobody_asked_for_is_welcome() -> None:
    async with echoing().serving() as listener, Wire.joined(listener) as wire:
        wire.say("3", '42["echo"]')
        assert await wire.text() == '42["echo"]'


async def test_v19_flood_of_pongs_starts_one_interval() -> None:
    io: Server = Server(ping_interval=0.2, ping_timeout=5)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say(*["3"] * 10_000)
        assert await wire.text() == "2"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wire.text(), 0.5)


async def test_upgrade_does_not_excuse_from_the_pong() -> None:
    # The reference forgets the ping here, and such a session never ends.
    io: Server = Server(**QUICK)
    left = reasons(io)
    async with (
        io.serving() as listener,
        Poller.joined(listener) as poller,
        Wire.to(listener) as wire,
    ):
        wire.send(upgrade(f"{WEBSOCKET}&sid={poller.sid}"))
        await wire.answer()
        assert (await poller.get()).body == "2"
        wire.say("5")
        assert await left.get() == "ping timeout"
