"""Every way to emit waits for room where it is awaited, and raises past the hard bound."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.client import Client, joined

from socketio_rs import Limits, QueueFull, Server, Socket

Emit = Callable[[str], Awaitable[None]]

NAMES = ["server", "namespace", "to", "broadcast", "timeout", "target", "ack"]
"""Those that address many."""
OWN = ["socket", "operator", "socket target", "socket ack", "fetched"]
"""Those that address one."""


def ignore(*args: Any) -> None:
    """Takes answers."""


@asynccontextmanager
async def served(**options: Any) -> AsyncIterator[tuple[dict[str, Emit], Client]]:
    """All ways to emit a text to one client, which listens."""
    io: Server = Server(**options)
    sockets: asyncio.Queue[Socket[Any]] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    async with io.serving() as listener, joined(listener) as client, joined(listener) as other:
        of_client, of_other = [await sockets.get() for _ in range(2)]
        if of_client.id != client.sid:
            of_client, of_other = of_other, of_client
        of_client.join("room")
        (fetched,) = await io.to("room").fetch_sockets()
        room = io.to("room")
        assert of_other.id == other.sid
        yield (
            {
                "server": lambda text: io.emit("x", text),
                "namespace": lambda text: io.of("/").send(text),
                "to": lambda text: room.emit("x", text),
                "broadcast": lambda text: of_other.broadcast.send(text),
                "timeout": lambda text: room.timeout(30).emit("x", text),
                "target": lambda text: io.target(to="room").emit("x", text),
                "ack": lambda text: room.emit("x", text, ack=ignore),
                "socket": lambda text: of_client.emit("x", text),
                "operator": lambda text: of_client.compress(False).send(text),
                "socket target": lambda text: of_client.target(timeout=30).emit("x", text),
                "socket ack": lambda text: of_client.emit("x", text, ack=ignore),
                "fetched": lambda text: fetched.emit("x", text),
                "volatile": lambda text: room.volatile.emit("x", text),
                "volatile ack": lambda text: room.volatile.emit("x", text, ack=ignore),
                "volatile socket": lambda text: of_client.volatile.emit("x", text),
                "volatile socket ack": lambda text: of_client.volatile.send(text, ack=ignore),
            },
            client,
        )


def is_pending(emitted: Awaitable[None]) -> bool:
    return repr(emitted) == "<an emit that is not awaited>"


async def test_awaited_broadcast_waits_for_the_inbox() -> None:
    async with served(limits=Limits(soft_inbox_bytes=1_000)) as (emits, client):
        for name in NAMES:
            assert not is_pending(emits[name]("short")), name
            emitted = emits[name]("x" * 2_000)
            assert is_pending(emitted), name
            await asyncio.wait_for(emitted, 30)
            for _ in range(2):
                assert str(await client.receive()).startswith("42"), name
        for name in ("volatile", "volatile ack"):
            assert not is_pending(emits[name]("x" * 2_000)), name


async def test_awaited_emit_to_one_waits_for_its_send_queue() -> None:
    async with served(send_queue_bytes=8_000) as (emits, client):
        for name in OWN:
            emitted = emits[name]("short")
            assert not is_pending(emitted), name
            emitted = emits[name]("x" * 4_000)
            assert is_pending(emitted), name
            await asyncio.wait_for(emitted, 30)
            for _ in range(2):
                assert str(await client.receive()).startswith("42"), name
        for name in ("volatile socket", "volatile socket ack"):
            assert not is_pending(emits[name]("x" * 4_000)), name


async def test_every_emit_raises_past_the_hard_bound_and_sends_nothing() -> None:
    limits = Limits(soft_inbox_bytes=1_000, max_inbox_bytes=5_000)
    async with served(limits=limits) as (emits, client):
        for name, emit in emits.items():
            emit("x" * 6_000)
            with pytest.raises(QueueFull, match=r"inbox of .* exceeds the limit of 5000"):
                emit("too much")
            # The I/O thread takes what there is.
            await asyncio.sleep(0)
            packet = str(await client.receive())
            assert packet.startswith("42"), name
            assert len(packet) > 6_000, name
