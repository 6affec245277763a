"""What a client has sent behind the event in whose handler the server disconnects it."""

import asyncio
from collections.abc import Callable

import pytest
from support.client import joined

from socketio_rs import Server, Socket


@pytest.mark.parametrize(
    "put_out",
    [
        lambda io, socket: socket.disconnect(),
        lambda io, socket: socket.disconnect(close=True),
        lambda io, socket: io.in_(socket.id).disconnect_sockets(),
    ],
    ids=["itself", "with its connection", "by its room"],
)
async def test_events_of_a_socket_that_was_put_out_do_not_start(
    put_out: Callable[[Server, Socket], object],
) -> None:
    io: Server = Server()
    heard: list[str] = []
    left = asyncio.Event()

    @io.event
    def out(socket: Socket) -> None:
        put_out(io, socket)

    # Both handlers of the event itself are run.
    io.on("out", lambda _socket: heard.append("out"))
    io.on("more", lambda _socket: heard.append("more"))
    io.on("connection", lambda socket: socket.on_any(heard.append))
    io.on("disconnect", lambda _socket: left.set())
    async with io.serving() as listener, joined(listener) as client:
        client.send('42["out"]', '42["more"]', '42["more"]')
        await left.wait()
        assert heard == ["out", "out"]
        assert io.stats()["events_queued"] == 0


async def test_other_sockets_of_the_client_are_heard_unless_they_are_put_out_too() -> None:
    io: Server = Server()
    heard: list[str] = []
    left: asyncio.Queue[str] = asyncio.Queue()

    @io.event
    def out(socket: Socket, close: bool) -> None:
        socket.disconnect(close)

    other = io.of("/other")
    other.on("more", lambda _socket, what: heard.append(what))
    other.on("disconnect", lambda _socket, reason: left.put_nowait(reason))
    for close in ("false", "true"):
        async with io.serving() as listener, joined(listener) as client:
            await client.enter("/other")
            client.send(f'42["out",{close}]', f'42/other,["more","{close}"]', "41/other,")
            await left.get()
    assert heard == ["false"]


async def test_events_that_wait_for_a_handler_that_runs_alone_do_not_start_either() -> None:
    io: Server = Server(ordering="serial")
    heard: list[str] = []
    begun, ended, left = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @io.event
    async def out(socket: Socket) -> None:
        begun.set()
        await ended.wait()
        socket.disconnect()

    io.on("more", lambda _socket: heard.append("more"))
    io.on("disconnect", lambda _socket: left.set())
    async with io.serving() as listener, joined(listener) as client:
        client.send('42["out"]', '42["more"]')
        await begun.wait()
        ended.set()
        await left.wait()
    assert heard == []
