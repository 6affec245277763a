"""`ordering="serial"`: a client has left, and its events wait still."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from support.client import joined, opened
from support.steps import Steps, leave

from socketio_rs import Server, Socket


class Probe:
    """A server that handles `step` one after the other and notes how its sockets leave."""

    def __init__(self, **options: Any) -> None:
        self.io: Server = Server(ordering="serial", **options)
        self.steps = Steps()
        self.left = asyncio.Event()
        self.io.on("step", self._step)
        self.io.on("disconnecting", self._disconnecting)
        self.io.on("disconnect", self._disconnect)

    @property
    def ran(self) -> list[str]:
        return self.steps.ran

    async def _step(self, socket: Socket, name: str) -> None:
        await self.steps.run(name)

    def _disconnecting(self, socket: Socket) -> None:
        self.ran.append("disconnecting")

    def _disconnect(self, socket: Socket) -> None:
        self.ran.append("disconnect")
        self.left.set()


async def test_handlers_that_do_not_end_do_not_keep_a_leave_from_being_told_when_the_server_closes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    probe = Probe()
    io, begun, ends = probe.io, asyncio.Event(), asyncio.Event()

    @io.event
    async def stubborn(socket: Socket) -> None:
        begun.set()
        while not ends.is_set():
            with suppress(asyncio.CancelledError):
                await ends.wait()

    async with io.serving() as listener, joined(listener) as client:
        client.send('42["stubborn"]', '42["step","1"]')
        await begun.wait()
        await leave(client, io)
        closing = asyncio.ensure_future(io.close(60))
        try:
            await asyncio.wait_for(probe.left.wait(), 40)
        finally:
            ends.set()
        await closing
        assert io.stats()["events_queued"] == 0
    assert probe.ran == ["disconnecting", "disconnect"]
    assert len(caplog.messages) == 1
    assert "dropped 1 events of socket" in caplog.messages[0]


async def test_handlers_that_run_alone_may_be_as_many_as_may_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    probe = Probe(max_running_handlers=1)
    async with probe.io.serving() as listener, joined(listener) as client:
        client.send('42["step","1"]', '42["step","2"]')
        await probe.steps.begun("1")
        await leave(client, probe.io)
        probe.steps.let_go("1", "2")
        await probe.left.wait()
    assert probe.ran == ["begin 1", "end 1", "begin 2", "end 2", "disconnecting", "disconnect"]
    assert caplog.messages == []


async def test_events_that_wait_for_handlers_that_do_not_run_alone_are_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    probe = Probe(max_running_handlers=2)

    @probe.io.on("free", ordering="concurrent")
    async def free(socket: Socket) -> None:
        await probe.steps.run("free")

    async with probe.io.serving() as listener, joined(listener) as client:
        client.send('42["free"]', '42["step","1"]', '42["step","2"]')
        await probe.steps.begun("1")
        await leave(client, probe.io)
        await probe.left.wait()
        probe.steps.let_go("free", "1")
    assert probe.ran[:4] == ["begin free", "begin 1", "disconnecting", "disconnect"]
    assert len(caplog.messages) == 1
    assert "2 of its handlers ran (max_running_handlers)" in caplog.messages[0]


async def test_a_client_that_is_back_while_its_events_wait_is_there_once_and_has_its_data() -> None:
    probe = Probe(connection_state_recovery=True)
    io = probe.io
    came: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", came.put_nowait)

    @io.event
    def note(socket: Socket) -> None:
        socket.data["noted"] = True

    async with io.serving() as listener:
        async with opened(listener) as client:
            client.send("40")
            first = json.loads(str(await client.receive())[2:])
            old = await came.get()
            old.emit("hello")
            offset = (await client.event())[1]
            client.send('42["step","1"]', '42["note"]')
            await probe.steps.begun("1")
            await leave(client, io, None)
        assert [socket.id for socket in await io.fetch_sockets()] == [old.id]
        async with opened(listener) as client:
            client.send("40" + json.dumps({"pid": first["pid"], "offset": offset}))
            new = await came.get()
            assert (new.id, new.recovered) == (old.id, True)
            assert [socket.id for socket in await io.fetch_sockets()] == [new.id]
            assert list(io.sockets.sockets.values()) == [new]
            probe.steps.let_go("1")
            await probe.left.wait()
            assert list(io.sockets.sockets.values()) == [new]
            assert new.data == {"noted": True}
