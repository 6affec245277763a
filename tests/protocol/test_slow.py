"""Clients that take too long. How long they may is fixed, so all of them wait at once."""

import asyncio

from socketio_rs import Server

from .wire import Poller, Wire, reasons, request, settled

HEAD_SECONDS = 10
BODY_SECONDS = 15


async def test_slow_clients_are_given_up() -> None:
    io: Server = Server()
    left = reasons(io)
    clock = asyncio.get_running_loop().time
    async with (
        io.serving() as listener,
        Poller.joined(listener) as poller,
        Wire.to(listener) as later,
        Wire.to(listener) as first,
        Wire.to(listener) as silent,
    ):
        later.send(request("/"))
        assert (await later.answer()).status == 404
        later.send(request("/")[:-1])
        first.send(request("/")[:-1])
        poller.posts.send(request(poller.target, method="POST", body=b"42")[:-1])
        await settled(listener)
        began = clock()

        for wire in (first, silent, later):
            assert (await wire.answer()).status == 408
            assert await wire.rest() == b""
        assert HEAD_SECONDS - 1 < clock() - began < HEAD_SECONDS + 3

        assert await left.get() == "transport error"
        assert await poller.posts.rest() == b""
        assert BODY_SECONDS - 1 < clock() - began < BODY_SECONDS + 3
