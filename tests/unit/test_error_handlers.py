"""Handlers of `on_error`: told what handlers raised."""

import asyncio
from typing import Any

import pytest
from support.client import joined

from socketio_rs import EventError, Server, Socket


async def test_error_handlers_are_told_what_a_handler_raised_with_its_socket_and_event() -> None:
    io: Server = Server()
    told: list[tuple[Any, ...]] = []
    sockets: asyncio.Queue[Socket] = asyncio.Queue()

    @io.on_error
    async def all_of_it(error: Exception, socket: Socket, event: str) -> None:
        await asyncio.sleep(0)
        told.append((error, socket, event))

    @io.on_error
    def the_exception(error: Exception) -> None:
        told.append((error,))

    @io.on("connection")
    def connected(socket: Socket) -> None:
        sockets.put_nowait(socket)
        socket.on("own", fails)

    errors: list[Exception] = []

    async def fails(*args: Any) -> None:
        errors.append(ValueError(len(errors)))
        raise errors[-1]

    @io.event
    async def waits(socket: Socket) -> None:
        await asyncio.sleep(0)
        await fails()

    @io.event
    def deliberate(socket: Socket) -> None:
        raise EventError("no", None)

    io.on("shared", fails)
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        client.send('42["shared"]', '42["own"]', '42["waits"]')
        assert await client.ask("deliberate") == [{"error": {"message": "no", "data": None}}]
        await client.ask("end")
        socket = await sockets.get()
    assert sorted(
        ((error.args[0], event) for error, _, event in filter(lambda each: len(each) == 3, told))
    ) == [(0, "shared"), (1, "own"), (2, "waits")]
    assert all(each[1] is socket for each in told if len(each) == 3)
    assert [each[0] for each in told if len(each) == 1] == errors


async def test_error_handler_of_a_namespace_is_told_of_it_alone_and_the_servers_of_all() -> None:
    io: Server = Server()
    told: list[tuple[str, str]] = []
    chat = io.of("/chat")
    io.on_error(lambda error, socket, event: told.append(("server", socket.nsp.name)))
    chat.on_error(lambda error, socket, event: told.append(("namespace", socket.nsp.name)))

    def fails(socket: Socket) -> None:
        raise ValueError

    io.on("fails", fails)
    chat.on("fails", fails)
    chat.on("disconnect", fails)
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        await client.enter("/chat")
        client.send('42["fails"]', '42/chat,["fails"]', "41/chat,")
        await client.ask("end")
    in_chat = [("namespace", "/chat"), ("server", "/chat")]
    assert told == [("server", "/"), *in_chat, *in_chat]


async def test_failing_error_handler_is_logged_and_goes_nowhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()

    @io.on_error
    def fails(error: Exception) -> None:
        raise TypeError

    @io.on_error
    async def fails_too(error: Exception) -> None:
        await asyncio.sleep(0)
        raise TypeError

    @io.event
    def chat(socket: Socket) -> None:
        raise ValueError

    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        client.emit("chat")
        await client.ask("end")
        sid = client.sid
    assert caplog.messages == [
        f"a handler of 'chat' failed for socket {sid}",
        *["a handler of on_error failed"] * 2,
    ]


def test_what_is_no_error_handler_is_refused() -> None:
    io: Server = Server()
    for on_error in (io.on_error, io.sockets.on_error):
        with pytest.raises(TypeError, match=r"on_error takes \(exc, socket, event\)"):
            on_error(lambda a, b, c, d: None)
        with pytest.raises(TypeError, match="must be callable"):
            on_error(1)  # type: ignore[type-var]
