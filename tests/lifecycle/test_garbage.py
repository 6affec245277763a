"""Servers and sockets that nobody needs any more are collected, though their handlers hold them in turn."""

import asyncio
import gc
import socket
import weakref
from contextlib import suppress
from typing import Any

import pytest
from support.client import joined
from support.raw import RawClient

from socketio_rs import Server, Socket


class Token:
    """Held by a handler; its death shows that the handlers are gone."""


def made() -> tuple[Server, "weakref.ref[Token]"]:
    """A server whose handlers hold it in turn."""
    io: Server = Server()
    token = Token()

    @io.use
    async def accept(socket: Socket) -> None:
        socket.data["server"] = io

    @io.event
    async def chat(socket: Socket) -> Token:
        io.emit("chat")
        socket.on("own", lambda: (io, token))
        socket.conn.on("upgrade", lambda: (io, socket))
        return token

    io.of("/other").on("disconnect", lambda socket: (io, token))
    return io, weakref.ref(token)


def collected(reference: "weakref.ref[Any]") -> bool:
    gc.collect()
    return reference() is None


def test_server_that_was_never_served_is_collected() -> None:
    io, token = made()
    io.emit("x")
    assert not collected(token)
    del io
    assert collected(token)


async def test_closed_server_is_collected() -> None:
    io, token = made()
    async with io.serving() as listener, joined(listener) as client:
        client.emit("chat")
        assert await client.event() == ["chat"]
    del io, listener
    assert collected(token)


def test_server_whose_loop_was_closed_under_it_is_collected() -> None:
    async def main(io: Server) -> Any:
        listener = await io.listen(0)
        async with joined(listener) as client:
            client.emit("chat")
            assert await client.event() == ["chat"]
        return listener.address

    io, token = made()
    address = asyncio.run(main(io))
    assert not collected(token)
    del io
    assert collected(token)
    # Its I/O thread ends, and with it the listener.
    with pytest.raises(ConnectionRefusedError):
        connect_for_ever(address)


def test_server_whose_loop_was_closed_while_answers_were_awaited_is_collected() -> None:
    async def main(io: Server, token: Token) -> RawClient:
        listener = await io.listen(0)
        client = await asyncio.to_thread(RawClient.join, listener.address)
        io.timeout(30).emit("question", ack=lambda *args: (io, token))
        assert await asyncio.to_thread(client.receive_text) == '420["question"]'
        return client

    io, token = Server(), Token()
    reference = weakref.ref(token)
    client = asyncio.run(main(io, token))
    del token
    assert not collected(reference)
    del io
    assert collected(reference)
    client.close()


def connect_for_ever(address: Any) -> None:
    while True:
        # One that was not accepted yet is reset when the listener ends.
        with suppress(ConnectionResetError):
            socket.create_connection(address).close()


def test_awaitables_that_are_never_awaited_are_collected() -> None:
    kept: list[Any] = []

    async def main(io: Server) -> None:
        io.on("connection", lambda socket: kept.append(socket.emit_with_ack("x")))
        async with io.serving() as listener, joined(listener) as client:
            assert await client.receive() == '420["x"]'

    io, token = made()
    asyncio.run(main(io))
    del io
    kept.clear()
    assert collected(token)
