"""`socket.conn`: its id, its transport, and the event `upgrade`."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.client import POLLING, WEBSOCKET, Client, joined, request

from socketio_rs import Listener, Server, Socket


@pytest.fixture
async def polling() -> AsyncIterator[tuple[Listener, str, Socket]]:
    """A client that polls: where, its engine's id, and its socket."""
    io: Server = Server()
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    async with io.serving() as listener:
        opening = await request(listener, "GET", POLLING)
        sid = json.loads(opening.body.removeprefix("0"))["sid"]
        await request(listener, "POST", f"{POLLING}&sid={sid}", "40")
        assert (await request(listener, "GET", f"{POLLING}&sid={sid}")).body.startswith("40{")
        yield listener, sid, await sockets.get()


@asynccontextmanager
async def upgraded(listener: Listener, sid: str) -> AsyncIterator[Client]:
    """Moves the session to WebSocket; then the client emits `ready`."""
    client = await Client.open(listener, f"{WEBSOCKET}&sid={sid}")
    try:
        client.send("2probe")
        assert await client.receive() == "3probe"
        client.send("5", '42["ready"]')
        yield client
    finally:
        await client.leave()


async def test_connection_has_an_id_and_a_transport() -> None:
    io: Server = Server()
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    async with io.serving() as listener, joined(listener):
        conn = (await sockets.get()).conn
        assert len(conn.id) == 20
        assert conn.transport.name == "websocket"
        assert conn.id not in repr(conn), "the id is a secret of its client"


async def test_upgrade_changes_the_transport_and_tells_its_listeners(
    polling: tuple[Listener, str, Socket],
) -> None:
    listener, sid, socket = polling
    assert socket.conn.id == sid
    assert socket.conn.transport.name == "polling"
    heard: asyncio.Queue[str] = asyncio.Queue()

    @socket.conn.on("upgrade")
    def plain(transport: Any) -> None:
        heard.put_nowait(transport.name)

    @socket.conn.once("upgrade")
    async def task() -> None:
        await asyncio.sleep(0)
        heard.put_nowait("once")

    def removed() -> None:
        heard.put_nowait("removed")

    assert socket.conn.on("upgrade", removed) is removed
    assert socket.conn.off("upgrade", removed) is socket.conn
    async with upgraded(listener, sid) as client:
        assert [await heard.get(), await heard.get()] == ["websocket", "once"]
        assert heard.empty()
        assert socket.conn.transport.name == "websocket"
        socket.emit("over websocket")
        assert await client.event() == ["over websocket"]


async def test_failing_listener_of_an_upgrade_is_logged_and_touches_nothing(
    polling: tuple[Listener, str, Socket], caplog: pytest.LogCaptureFixture
) -> None:
    listener, sid, socket = polling
    ready = asyncio.Event()
    socket.on("ready", ready.set)

    @socket.conn.on("upgrade")
    def fail() -> None:
        raise ValueError

    async with upgraded(listener, sid):
        await ready.wait()
        assert socket.connected
    assert caplog.messages == ["a listener of 'upgrade' failed"]


async def test_off_removes_all_listeners(polling: tuple[Listener, str, Socket]) -> None:
    listener, sid, socket = polling
    heard: list[Any] = []
    ready = asyncio.Event()
    socket.on("ready", ready.set)
    for _ in range(2):
        socket.conn.on("upgrade", heard.append)
    socket.conn.off()
    async with upgraded(listener, sid):
        await ready.wait()
    assert heard == []
