"""The states of a socket, an arrow after the other: authorizing, connected, closing, gone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from support.client import POLLING, Client, joined, opened, request

from socketio_rs import ConnectError, Server, Socket


async def test_authorizing_to_connected_by_acceptance() -> None:
    io: Server = Server()
    asked: asyncio.Queue[Socket] = asyncio.Queue()
    gate, heard = asyncio.Event(), asyncio.Event()
    io.on("connection", lambda socket: heard.set())

    @io.use
    async def wait(socket: Socket) -> None:
        socket.join("room")
        asked.put_nowait(socket)
        await gate.wait()

    async with io.serving() as listener, opened(listener) as client:
        client.send("40")
        socket = await asked.get()
        assert (socket.connected, socket.disconnected) == (False, True)
        assert socket.rooms == {"room"}
        assert not heard.is_set()
        io.emit("to all")
        io.to("room").emit("to the room")
        gate.set()
        # No broadcast reached it before.
        assert str(await client.receive()).startswith("40{")
        await heard.wait()
        assert socket.connected
        assert socket.rooms == {"room", socket.id}
        io.to("room").emit("now")
        assert await client.event() == ["now"]


async def test_authorizing_to_gone_by_refusal() -> None:
    io: Server = Server()
    sockets: list[Socket] = []
    heard: list[str] = []
    for event in ("connection", "disconnecting", "disconnect"):
        io.on(event, lambda *_, event=event: heard.append(event))

    @io.use
    def refuse(socket: Socket) -> None:
        socket.join("room")
        sockets.append(socket)
        raise ConnectError("no")

    async with io.serving() as listener, opened(listener) as client:
        client.send("40")
        assert await client.receive() == '44{"message":"no"}'
        (socket,) = sockets
        assert (socket.connected, socket.rooms) == (False, frozenset())
        socket.join("room")
        socket.emit("nobody")
        assert socket.rooms == frozenset()
        assert io.stats()["sockets"] == 0
    assert heard == []


# What a client does to be gone, and the reason.
Act = Callable[[Server, Client, Socket], Awaitable[None]]


async def sends_disconnect(io: Server, client: Client, socket: Socket) -> None:
    client.send("41")


async def is_disconnected(io: Server, client: Client, socket: Socket) -> None:
    socket.disconnect()


async def leaves(io: Server, client: Client, socket: Socket) -> None:
    await client.leave()


async def violates(io: Server, client: Client, socket: Socket) -> None:
    client.send("40")


async def is_shut_down(io: Server, client: Client, socket: Socket) -> None:
    await io.close(drain=5)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (sends_disconnect, "client namespace disconnect"),
        (is_disconnected, "server namespace disconnect"),
        (leaves, "transport close"),
        (violates, "forced close"),
        (is_shut_down, "server shutting down"),
    ],
)
async def test_connected_to_closing_to_gone(act: Act, reason: str) -> None:
    io: Server = Server()
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    seen: list[tuple[Any, ...]] = []
    left = asyncio.Event()
    room = frozenset({"room"})

    @io.on("connection")
    def connected(socket: Socket) -> None:
        socket.join("room")
        sockets.put_nowait(socket)

    @io.event
    async def disconnecting(socket: Socket, reason: str) -> None:
        await asyncio.sleep(0)
        io.to("room").emit("to nobody")
        seen.append(("disconnecting", reason, socket.rooms - {socket.id}, io.stats()["sockets"]))

    @io.event
    async def disconnect(socket: Socket, reason: str) -> None:
        await asyncio.sleep(0)
        seen.append(("disconnect", reason, socket.rooms, io.stats()["sockets"], socket.connected))
        left.set()

    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        await act(io, client, socket)
        await left.wait()
        assert seen == [
            ("disconnecting", reason, room, 1),
            ("disconnect", reason, frozenset(), 0, False),
        ]
        # What comes too late changes nothing.
        socket.disconnect()
        socket.join("room")
        assert socket.rooms == frozenset()
    assert len(seen) == 2


async def test_first_cause_of_an_end_is_its_reason() -> None:
    io: Server = Server()
    reasons: asyncio.Queue[str] = asyncio.Queue()
    io.on("disconnect", lambda socket, reason: reasons.put_nowait(reason))

    @io.event
    def leave(socket: Socket) -> None:
        socket.disconnect()
        socket.conn.close()

    async with io.serving() as listener, joined(listener) as client:
        client.emit("leave")
        assert await reasons.get() == "server namespace disconnect"
        await client.closed()
    assert reasons.empty()


async def test_violation_by_polling_is_a_forced_server_close() -> None:
    io: Server = Server()
    reasons: asyncio.Queue[tuple[str, frozenset[str]]] = asyncio.Queue()
    io.on("connection", lambda socket: socket.join("room"))
    io.on("disconnecting", lambda socket, why: reasons.put_nowait((why, socket.rooms)))
    async with io.serving() as listener:
        opening = await request(listener, "GET", POLLING)
        sid = opening.body.split('"')[3]
        target = f"{POLLING}&sid={sid}"
        await request(listener, "POST", target, "40")
        assert (await request(listener, "GET", target)).body.startswith("40{")
        await request(listener, "POST", target, "41/elsewhere,")
        reason, rooms = await reasons.get()
        assert reason == "forced server close"
        assert "room" in rooms
