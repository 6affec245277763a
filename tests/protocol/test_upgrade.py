"""From polling to WebSocket: the probe, what ends it, and the change of transports."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.raw import CLOSE, PING, PONG, TEXT, masked_frame

from socketio_rs import Listener, Server, Socket

from .wire import (
    POLLING,
    WEBSOCKET,
    Frame,
    Poller,
    Wire,
    ask,
    echoing,
    reasons,
    request,
    settled,
    upgrade,
)

BAD_REQUEST = '{"code":3,"message":"Bad request"}'


@asynccontextmanager
async def probing(listener: Listener, poller: Poller, *packets: str | bytes) -> AsyncIterator[Wire]:
    """A WebSocket that asks for the session of `poller`, and sends these packets."""
    async with Wire.to(listener) as wire:
        wire.send(upgrade(f"{WEBSOCKET}&sid={poller.sid}"))
        assert (await wire.answer()).status == 101
        wire.say(*packets)
        yield wire


async def assert_probed(listener: Listener, poller: Poller) -> None:
    """The session may be probed."""
    async with probing(listener, poller, "2probe") as wire:
        assert await wire.text() == "3probe"


async def assert_polls(poller: Poller) -> None:
    """The session is served by polling."""
    assert (await poller.post('42["echo"]')).body == "ok"
    assert (await poller.get()).body == '42["echo"]'


async def test_probe_is_answered_and_the_session_goes_on_by_polling() -> None:
    async with (
        echoing().serving() as listener,
        Poller.joined(listener) as poller,
        probing(listener, poller, "2probe") as wire,
    ):
        assert await wire.text() == "3probe"
        await assert_polls(poller)


async def test_gets_that_wait_are_freed_while_a_probe_is_open() -> None:
    clock = asyncio.get_running_loop().time
    async with Server().serving() as listener, Poller.joined(listener) as poller:
        await poller.park()
        async with probing(listener, poller, "2probe") as wire:
            assert await wire.text() == "3probe"
            answered = clock()
            assert (await poller.gets.answer()).body == "6"
            assert 0.09 < clock() - answered < 1
            # As often as one waits.
            assert (await poller.get()).body == "6"


async def test_upgrade_changes_the_transport() -> None:
    io = echoing()
    names: asyncio.Queue[str] = asyncio.Queue()

    @io.event
    def connection(socket: Socket) -> None:
        names.put_nowait(socket.conn.transport.name)

        @socket.conn.on("upgrade")
        def upgraded(transport: Any) -> None:
            names.put_nowait(transport.name)

    async with (
        io.serving() as listener,
        Poller.joined(listener) as poller,
        probing(listener, poller, "2probe") as wire,
    ):
        assert await wire.text() == "3probe"
        await poller.post('42["echo",1]')
        wire.say("5")
        # What was queued for a GET, then what follows.
        assert await wire.text() == '42["echo",1]'
        wire.say('42["echo",2]')
        assert await wire.text() == '42["echo",2]'
        assert [await names.get(), await names.get()] == ["polling", "websocket"]


async def test_a28_upgrade_needs_no_probe_and_answers_the_waiting_get() -> None:
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        await poller.park()
        async with probing(listener, poller, "5", '42["echo"]') as wire:
            assert (await poller.gets.answer()).body == "1"
            assert await wire.text() == '42["echo"]'


async def test_binary_that_was_queued_comes_as_frames() -> None:
    header = '451-["echo",{"_placeholder":true,"num":0}]'
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        await poller.post(f"{header}\x1ebAQI=")
        async with probing(listener, poller, "5") as wire:
            assert await wire.text() == header
            assert (await wire.frame()).payload == b"\x01\x02"


async def test_a28_polling_is_refused_after_an_upgrade() -> None:
    async with (
        echoing().serving() as listener,
        Poller.joined(listener) as poller,
        probing(listener, poller, "5", '42["echo"]') as wire,
    ):
        assert await wire.text() == '42["echo"]'
        for answer in (await poller.get(), await poller.post("3")):
            assert (answer.status, answer.body) == (400, BAD_REQUEST)
        wire.say('42["echo"]')
        assert await wire.text() == '42["echo"]'


@pytest.mark.parametrize(
    "packets",
    [
        ["2"],
        ["2probes"],
        ["3probe"],
        ['42["echo"]'],
        ["0"],
        ["1"],
        ["6"],
        ["7"],
        [""],
        [b"\x05"],
        ["2probe", "2"],
        ["2probe", '42["echo"]'],
    ],
)
async def test_a28_other_packets_end_the_probe_alone(packets: list[str | bytes]) -> None:
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        async with probing(listener, poller, *packets) as wire:
            if packets[0] == "2probe":
                assert await wire.text() == "3probe"
            assert await wire.frame() == Frame(CLOSE, b"")
        await assert_polls(poller)
        await assert_probed(listener, poller)


async def test_a28_probe_may_be_asked_twice() -> None:
    async with (
        Server().serving() as listener,
        Poller.joined(listener) as poller,
        probing(listener, poller, "2probe", "2probe") as wire,
    ):
        assert [await wire.text(), await wire.text()] == ["3probe", "3probe"]


async def test_websocket_ping_on_a_probe_is_answered() -> None:
    async with (
        Server().serving() as listener,
        Poller.joined(listener) as poller,
        probing(listener, poller) as wire,
    ):
        wire.send(masked_frame(PING, b"x"))
        assert await wire.frame() == Frame(PONG, b"x")


async def test_lost_probe_leaves_the_session() -> None:
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        async with probing(listener, poller, "2probe") as wire:
            assert await wire.text() == "3probe"
        await settled(listener)
        await assert_polls(poller)
        await assert_probed(listener, poller)


async def test_wrong_frame_on_a_probe_leaves_the_session() -> None:
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        async with probing(listener, poller) as wire:
            wire.send(masked_frame(TEXT, b"2probe\xff"))
            assert await wire.frame() == Frame(CLOSE, b"\x03\xef")
        await assert_polls(poller)
        await assert_probed(listener, poller)


async def test_a28_second_probe_is_closed_at_once() -> None:
    async with (
        echoing().serving() as listener,
        Poller.joined(listener) as poller,
        probing(listener, poller) as first,
        probing(listener, poller) as second,
    ):
        assert await second.frame() == Frame(CLOSE, b"")
        first.say("2probe")
        assert await first.text() == "3probe"
        first.say("5", '42["echo"]')
        assert await first.text() == '42["echo"]'
        # So is one that comes after the upgrade.
        async with probing(listener, poller) as third:
            assert await third.frame() == Frame(CLOSE, b"")


async def test_a28_websocket_session_cannot_be_probed() -> None:
    async with (
        echoing().serving() as listener,
        Wire.to(listener) as wire,
        Wire.to(listener) as other,
    ):
        wire.send(upgrade())
        await wire.answer()
        sid = json.loads((await wire.text())[1:])["sid"]
        other.send(upgrade(f"{WEBSOCKET}&sid={sid}"))
        assert (await other.answer()).status == 101
        assert await other.frame() == Frame(CLOSE, b"")
        wire.say("40")
        assert (await wire.text()).startswith("40{")


@pytest.mark.parametrize("with_session", [False, True])
async def test_upgrade_to_polling_is_closed_at_once(with_session: bool) -> None:
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        target = poller.target if with_session else POLLING
        async with Wire.to(listener) as wire:
            wire.send(upgrade(target))
            assert (await wire.answer()).status == 101
            assert await wire.frame() == Frame(CLOSE, b"")
        await assert_polls(poller)


async def test_probe_is_no_post() -> None:
    async with Server().serving() as listener, Poller.joined(listener) as poller:
        answer = await ask(listener, upgrade(f"{WEBSOCKET}&sid={poller.sid}", method="POST"))
        assert (answer.status, answer.body) == (405, "Invalid HTTP method")


@pytest.mark.parametrize("packets", [[], ["2probe"]])
async def test_probe_has_its_time(packets: list[str]) -> None:
    clock = asyncio.get_running_loop().time
    async with (
        echoing(upgrade_timeout=0.3).serving() as listener,
        Poller.joined(listener) as poller,
    ):
        began = clock()
        async with probing(listener, poller, *packets) as wire:
            frames = [await wire.frame() for _ in range(len(packets) + 1)]
        assert frames[-1] == Frame(CLOSE, b"")
        assert 0.29 < clock() - began < 2
        await assert_polls(poller)
        await assert_probed(listener, poller)


async def test_client_that_may_not_upgrade_does_so_all_the_same() -> None:
    async with (
        echoing(allow_upgrades=False).serving() as listener,
        Poller.joined(listener) as poller,
        probing(listener, poller, "2probe") as wire,
    ):
        assert await wire.text() == "3probe"
        wire.say("5", '42["echo"]')
        assert await wire.text() == '42["echo"]'


async def test_end_of_the_session_ends_its_probe() -> None:
    io: Server = Server()
    left = reasons(io)
    async with (
        io.serving() as listener,
        Poller.joined(listener) as poller,
        probing(listener, poller, "2probe") as wire,
    ):
        assert await wire.text() == "3probe"
        assert (await poller.post("1")).body == "ok"
        assert await wire.frame() == Frame(CLOSE, b"")
        assert await left.get() == "transport close"


async def test_session_that_is_closing_may_still_upgrade() -> None:
    io: Server = Server()
    left = reasons(io)

    @io.event
    def leave(socket: Socket) -> None:
        socket.disconnect(True)

    async with (
        io.serving() as listener,
        Poller.joined(listener) as poller,
        probing(listener, poller, "2probe") as wire,
    ):
        assert await wire.text() == "3probe"
        assert (await poller.post('42["leave"]')).body == "ok"
        assert await left.get() == "server namespace disconnect"
        wire.say("5")
        assert await wire.text() == "41"
        assert await wire.frame() == Frame(CLOSE, b"")


async def test_unread_post_is_given_up_by_an_upgrade() -> None:
    async with echoing().serving() as listener, Poller.joined(listener) as poller:
        poller.posts.send(request(poller.target, method="POST", body=b"3333")[:-1])
        async with probing(listener, poller, "5", '42["echo"]') as wire:
            assert await wire.text() == '42["echo"]'
            assert await poller.posts.rest() == b""
