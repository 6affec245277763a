"""The end of sessions by the server, and what a client still sees."""

import asyncio

import pytest
from support.raw import CLOSE, masked_frame

from socketio_rs import Server, Socket

from .wire import Frame, Poller, Wire, ask, echoing, reasons, request, settled


async def test_closing_server_closes_websockets_without_a_packet() -> None:
    io: Server = Server()
    left = reasons(io)
    async with (
        io.serving() as listener,
        Wire.joined(listener) as wire,
        Wire.websocket(listener) as bare,
    ):
        closing = asyncio.ensure_future(io.close())
        for each in (wire, bare):
            assert await each.frame() == Frame(CLOSE, b"")
            each.send(masked_frame(CLOSE, b""))
            assert await each.rest() == b""
        await closing
        assert await left.get() == "server shutting down"


async def test_closing_server_sends_what_was_emitted_before() -> None:
    io: Server = Server()
    async with (
        io.serving() as listener,
        Wire.joined(listener) as wire,
        Poller.joined(listener) as poller,
    ):
        await poller.park()
        io.emit("bye")
        closing = asyncio.ensure_future(io.close())
        assert await wire.text() == '42["bye"]'
        assert await wire.frame() == Frame(CLOSE, b"")
        assert (await poller.gets.answer()).body == '42["bye"]'
        wire.writer.close()
        await closing


async def test_closing_server_ends_connections_that_do_nothing() -> None:
    io: Server = Server()
    async with (
        io.serving() as listener,
        Wire.to(listener) as silent,
        Wire.to(listener) as idle,
        Wire.to(listener) as half,
        Poller.joined(listener) as poller,
    ):
        idle.send(request("/"))
        assert (await idle.answer()).status == 404
        half.send(request("/")[:-1])
        poller.posts.send(request(poller.target, method="POST", body=b"3333")[:-1])
        await settled(listener)
        await io.close()
        for wire in (silent, idle, half, poller.posts):
            assert await wire.rest() == b""
        with pytest.raises(ConnectionRefusedError):
            await ask(listener, request("/"))


async def test_peer_that_does_not_answer_a_close_does_not_hold_the_server() -> None:
    io: Server = Server()
    async with io.serving() as listener, Wire.joined(listener) as wire:
        async with asyncio.timeout(10):
            await io.close()
        assert await wire.frame() == Frame(CLOSE, b"")
        assert await wire.rest() == b""


async def test_packets_emitted_before_a_disconnect_come_first() -> None:
    io: Server = Server()

    @io.event
    def leave(socket: Socket) -> None:
        socket.emit("one")
        socket.disconnect(True)
        socket.emit("two")

    async with (
        io.serving() as listener,
        Wire.joined(listener) as wire,
        Poller.joined(listener) as poller,
    ):
        wire.say('42["leave"]')
        assert [await wire.text(), await wire.text()] == ['42["one"]', "41"]
        assert await wire.frame() == Frame(CLOSE, b"")
        await poller.post('42["leave"]')
        assert (await poller.get()).body == '42["one"]\x1e41'
        assert (await poller.get()).body == "6\x1e1"


async def test_sockets_of_a_client_leave_in_the_order_in_which_they_joined() -> None:
    io: Server = Server()
    left: asyncio.Queue[str] = asyncio.Queue()
    names = ["/b", "/", "/a"]

    def note(socket: Socket, reason: str) -> None:
        left.put_nowait(f"{socket.nsp.name} {reason}")

    for name in names:
        io.of(name).on("disconnect", note)
    async with io.serving() as listener, Wire.websocket(listener) as wire:
        for name in names:
            wire.say(f"40{name},")
            assert (await wire.text()).startswith("40")
        wire.send(masked_frame(CLOSE, b""))
        assert [await left.get() for _ in names] == [f"{name} transport close" for name in names]


async def test_half_a_binary_packet_is_forgotten() -> None:
    io = echoing()
    left = reasons(io)
    async with io.serving() as listener, Wire.joined(listener) as wire:
        wire.say('452-["echo",{"_placeholder":true,"num":0}]', b"x")
        wire.send(masked_frame(CLOSE, b""))
        assert await left.get() == "transport close"
        async with Wire.joined(listener) as other:
            other.say('42["echo"]')
            assert await other.text() == '42["echo"]'
