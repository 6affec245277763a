"""The engine alone: `Engine`, its `EngineSocket`s and their messages."""

import asyncio
import json
from typing import Any

import pytest
from support.client import Client, request

from socketio_rs import DisconnectReason, Listener, Server
from socketio_rs.engine import Engine, EngineSocket

WEBSOCKET = "/engine.io/?EIO=4&transport=websocket"
POLLING = "/engine.io/?EIO=4&transport=polling"


async def opened(listener: Listener, target: str = WEBSOCKET) -> Client:
    client = await Client.open(listener, target)
    packet = await client.receive()
    assert isinstance(packet, str)
    client.sid = json.loads(packet.removeprefix("0"))["sid"]
    return client


def watched(engine: Engine) -> "asyncio.Queue[EngineSocket]":
    """Gets each connection."""
    sockets: asyncio.Queue[EngineSocket] = asyncio.Queue()
    engine.on("connection", sockets.put_nowait)
    return sockets


async def test_messages_are_echoed_as_they_came() -> None:
    engine = Engine()

    @engine.on("connection")
    def connected(socket: EngineSocket) -> None:
        @socket.on("message")
        async def echo(data: str | bytes) -> None:
            await socket.send(data)

    async with engine.serving() as listener:
        client = await opened(listener)
        client.send("4text", "4", b"\x00\xff", '42["no event"]')
        packets = [await client.receive() for _ in range(4)]
        assert packets == ["4text", "4", b"\x00\xff", '42["no event"]']
        await client.leave()


async def test_polling_client_is_one_like_any_other() -> None:
    engine = Engine()
    sockets = watched(engine)
    heard: asyncio.Queue[Any] = asyncio.Queue()
    async with engine.serving() as listener:
        sid = json.loads((await request(listener, "GET", POLLING)).body[1:])["sid"]
        socket = await sockets.get()
        assert (socket.id, socket.transport.name) == (sid, "polling")
        socket.on("message", heard.put_nowait)
        socket.on("upgrade", heard.put_nowait)
        target = f"{POLLING}&sid={sid}"
        await request(listener, "POST", target, "4é\x1ebAQI=")
        assert [await heard.get(), await heard.get()] == ["é", b"\x01\x02"]
        socket.send("a")
        socket.send(b"\x03")
        assert (await request(listener, "GET", target)).body == "4a\x1ebAw=="
        client = await Client.open(listener, f"{WEBSOCKET}&sid={sid}")
        client.send("2probe")
        assert await client.receive() == "3probe"
        client.send("5")
        transport = await heard.get()
        assert transport.name == socket.transport.name == "websocket"
        await client.leave()


async def test_messages_wait_for_the_handlers_that_connection_handlers_register() -> None:
    engine = Engine()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    late = asyncio.Event()

    @engine.on("connection")
    async def connected(socket: EngineSocket) -> None:
        await late.wait()
        socket.on("message", heard.put_nowait)

    async with engine.serving() as listener:
        client = await opened(listener)
        client.send("41", "4", b"3")
        # The server reads in the order of arrival.
        await request(listener, "GET", "/settled")
        late.set()
        assert [await heard.get() for _ in range(3)] == ["1", "", b"3"]
        await client.leave()


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("client", DisconnectReason.TRANSPORT_CLOSE),
        ("server", DisconnectReason.FORCED_CLOSE),
        ("engine", DisconnectReason.FORCED_CLOSE),
        ("nonsense", DisconnectReason.PARSE_ERROR),
    ],
)
async def test_close_comes_once_with_its_reason(how: str, reason: DisconnectReason) -> None:
    engine = Engine()
    sockets = watched(engine)
    left: list[tuple[Any, ...]] = []
    async with engine.serving() as listener:
        client = await opened(listener)
        socket = await sockets.get()
        over = asyncio.Event()

        @socket.on("close")
        def closed(reason: DisconnectReason, description: str | None) -> None:
            left.append((reason, description))
            over.set()

        if how == "client":
            await client.leave()
        elif how == "server":
            socket.send("last")
            socket.close()
            socket.close()
            assert await client.receive() == "4last"
        elif how == "engine":
            await engine.close()
        else:
            client.send("x")
        await asyncio.wait_for(over.wait(), 5)
        socket.send("to nobody")
        socket.close()
        await client.abort()
    assert left == [(reason, None)]


async def test_engine_knows_its_clients() -> None:
    engine = Engine()
    sockets = watched(engine)
    assert (engine.clients, engine.clients_count) == ({}, 0)
    async with engine.serving() as listener:
        clients = [await opened(listener) for _ in range(3)]
        known = [await sockets.get() for _ in range(3)]
        assert engine.clients == {socket.id: socket for socket in known}
        assert set(engine.clients) == {client.sid for client in clients}
        left = asyncio.Event()
        known[1].on("close", left.set)
        await clients[1].leave()
        await left.wait()
        assert engine.clients_count == 2
        assert set(engine.clients) == {clients[0].sid, clients[2].sid}
        for client in clients:
            await client.abort()
    assert engine.clients_count == 0


async def test_handlers_are_removed_and_called_once() -> None:
    engine = Engine()
    calls: list[str] = []
    sockets = watched(engine)

    @engine.once("connection")
    def first(_: EngineSocket) -> None:
        calls.append("first")

    def never(_: EngineSocket) -> None:
        calls.append("never")

    engine.on("connection", never)
    assert engine.off("connection", never) is engine
    async with engine.serving() as listener:
        one, two = await opened(listener), await opened(listener)
        socket = await sockets.get()
        await sockets.get()
        assert calls == ["first"]

        @socket.once("message")
        def once(data: str) -> None:
            calls.append(f"once {data}")

        @socket.on("message")
        def gone(data: str) -> None:
            calls.append("gone")

        heard: asyncio.Queue[Any] = asyncio.Queue()
        socket.on("message", heard.put_nowait)
        assert socket.off("message", gone) is socket
        one.send("41", "42")
        assert [await heard.get(), await heard.get()] == ["1", "2"]
        assert calls == ["first", "once 1"]
        for client in (one, two):
            await client.abort()


async def test_failing_handler_is_logged_and_the_connection_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engine = Engine()
    sockets = watched(engine)
    async with engine.serving() as listener:
        client = await opened(listener)
        socket = await sockets.get()

        @socket.on("message")
        def fail(data: str) -> None:
            socket.send(data)
            raise ValueError(data)

        client.send("4why", "4again")
        assert [await client.receive(), await client.receive()] == ["4why", "4again"]
        await client.leave()
    assert "a handler of 'message' failed" in caplog.text
    assert "ValueError: why" in caplog.text


async def test_message_without_a_handler_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine()
    gone = asyncio.Event()

    @engine.on("connection")
    def connected(socket: EngineSocket) -> None:
        socket.on("close", lambda *_: gone.set())

    async with engine.serving() as listener:
        client = await opened(listener)
        client.send("41", "42")
        await client.leave()
        await gone.wait()
    assert caplog.text.count('@socket.on("message") makes one') == 1


async def test_what_can_not_be_sent_or_listened_to_is_refused() -> None:
    engine = Engine()
    sockets = watched(engine)
    wrong: Any = 5
    event: Any = "disconnect"
    with pytest.raises(ValueError, match="'connection', found 'disconnect'"):
        engine.on(event, print)
    with pytest.raises(TypeError, match=r"Engine\(\) has no option 'connect_timeout'"):
        Engine(connect_timeout=1)
    async with engine.serving() as listener:
        client = await opened(listener)
        socket = await sockets.get()
        with pytest.raises(TypeError, match="str or bytes, found 5"):
            socket.send(wrong)
        with pytest.raises(ValueError, match="'message' or 'close' or 'upgrade', found"):
            socket.on(event, print)
        with pytest.raises(TypeError, match="requires 2 arguments"):
            socket.on("message", lambda a, b: None)
        await client.abort()


async def test_message_of_a_socketio_client_can_be_sent_beneath_it() -> None:
    io: Server = Server()
    conns: asyncio.Queue[Any] = asyncio.Queue()
    left: asyncio.Queue[Any] = asyncio.Queue()
    io.on("connection", lambda socket: conns.put_nowait(socket.conn))
    io.on("disconnect", lambda socket, reason: left.put_nowait(reason))
    async with io.serving() as listener:
        client = await Client.open(listener, WEBSOCKET.replace("engine", "socket"))
        await client.receive()
        await client.enter("/")
        conn = await conns.get()
        with pytest.raises(ValueError, match="'upgrade', found 'message'"):
            conn.on("message", print)
        await conn.send('2["hand made"]')
        assert await client.receive() == '42["hand made"]'
        conn.close()
        assert await left.get() == "forced close"
        await client.abort()


async def test_awaited_message_waits_for_a_client_that_does_not_read() -> None:
    engine = Engine(send_queue_bytes=64 << 20)
    sockets = watched(engine)
    async with engine.serving() as listener:
        client = await opened(listener)
        socket = await sockets.get()
        client.pause()
        sent = [asyncio.ensure_future(socket.send(bytes(1 << 20))) for _ in range(40)]
        _, waiting = await asyncio.wait(sent, timeout=0.2)
        assert waiting
        client.resume()
        for _ in sent:
            assert len(await client.receive()) == 1 << 20
        await asyncio.gather(*sent)
        await client.leave()
