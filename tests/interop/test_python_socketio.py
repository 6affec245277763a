"""`python-socketio`'s client, an implementation of its own, over polling, WebSocket and through the upgrade."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import socketio
from engineio.payload import Payload

from socketio_rs import ConnectError, Server, Socket

TRANSPORTS = {
    "polling": ["polling"],
    "websocket": ["websocket"],
    "upgrade": ["polling", "websocket"],
}

pytestmark = pytest.mark.parametrize("transport", TRANSPORTS)

JSON = {"text": "é👩\n", "n": [1, -2.5, None, True], "deep": [{"er": {}}]}
BYTES = bytes(range(256))


@asynccontextmanager
async def connected(
    io: Server, transport: str, *namespaces: str, auth: Any = None
) -> AsyncIterator[tuple[socketio.AsyncClient, asyncio.Queue[Any]]]:
    """A client that has joined the namespaces, and what its handlers get: `(namespace, event, *arguments)`."""
    received: asyncio.Queue[Any] = asyncio.Queue()
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    for namespace in namespaces or ("/",):
        listen(client, namespace, received)
    async with io.serving(port=0) as listener:
        await client.connect(
            listener.url,
            auth=auth,
            namespaces=list(namespaces or ("/",)),
            transports=TRANSPORTS[transport],
            wait_timeout=10,
        )
        assert client.transport() == ("polling" if transport == "polling" else "websocket")
        try:
            yield client, received
        finally:
            await client.disconnect()


def listen(client: socketio.AsyncClient, namespace: str, received: asyncio.Queue[Any]) -> None:
    async def heard(event: str, *args: Any) -> Any:
        received.put_nowait((namespace, event, *args))
        return "heard", args[0] if args else None

    client.on("*", heard, namespace=namespace)
    client.on(
        "disconnect", lambda reason: received.put_nowait((namespace, "left", reason)), namespace
    )


async def test_events_go_both_ways(transport: str) -> None:
    io: Server = Server(serve_client=False)

    @io.on("connection")
    def greet(socket: Socket) -> None:
        first, now = socket.handshake.query["transport"], socket.conn.transport.name
        socket.emit("hello", socket.handshake.auth, [first, now])

    @io.event
    def echo(socket: Socket, *args: Any) -> None:
        socket.emit("echo", *args)

    auth = {"token": "secret", "n": [1]}
    async with connected(io, transport, auth=auth) as (client, received):
        # It upgrades before it joins a namespace.
        names = [TRANSPORTS[transport][0], TRANSPORTS[transport][-1]]
        assert await received.get() == ("/", "hello", auth, names)
        for args in [(), ("text",), (JSON, 1), (BYTES,), ([{"deep": [b"", BYTES]}], "text", b"x")]:
            await client.emit("echo", args)
            assert await received.get() == ("/", "echo", *args)


async def test_many_events_keep_their_order(
    transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of its own accord it takes 16 packets of one answer, whatever the server.
    monkeypatch.setattr(Payload, "max_decode_packets", 1000)
    io: Server = Server(serve_client=False)
    arrived: list[Any] = []

    @io.event
    def n(socket: Socket, number: int, data: str | bytes) -> None:
        arrived.append((number, data))

    @io.event
    def go(socket: Socket) -> None:
        for number, data in arrived:
            socket.emit("n", number, data)

    sent = [(number, b"bytes" if number % 7 == 0 else "text") for number in range(200)]
    async with connected(io, transport) as (client, received):
        for each in sent:
            await client.emit("n", each)
        await client.emit("go")
        assert [(await received.get())[2:] for _ in sent] == sent
    assert arrived == sent


async def test_both_sides_answer(transport: str) -> None:
    io: Server = Server(serve_client=False)

    @io.event
    def values(socket: Socket, *args: Any) -> tuple[Any, ...]:
        return args

    @io.event
    async def ask_me(socket: Socket, question: Any) -> Any:
        return await socket.emit_with_ack("question", question, all_args=True)

    async with connected(io, transport) as (client, _):
        assert await client.call("values", ()) is None
        assert await client.call("values", ("one",)) == "one"
        assert await client.call("values", (BYTES, JSON)) == (BYTES, JSON)
        assert await client.call("ask_me", "text") == ("heard", "text")
        assert await client.call("ask_me", {"bytes": [BYTES]}) == ("heard", {"bytes": [BYTES]})


async def test_namespaces_share_a_connection(transport: str) -> None:
    io: Server = Server(serve_client=False)
    connections = set()
    for name in ("/", "/two", "/drei/é"):

        @io.of(name).event
        def echo(socket: Socket, data: Any) -> Any:
            connections.add(socket.conn.id)
            socket.nsp.emit("said", data)
            return socket.nsp.name

    async with connected(io, transport, "/", "/two", "/drei/é") as (client, received):
        for name in ("/drei/é", "/", "/two"):
            assert await client.call("echo", [b"data", name], namespace=name) == name
            assert await received.get() == (name, "said", [b"data", name])
        assert len(set(client.namespaces.values())) == 3
    assert len(connections) == 1


async def test_a_middleware_refuses_with_data(transport: str) -> None:
    io: Server = Server(serve_client=False)

    @io.use
    def refuse(socket: Socket) -> None:
        raise ConnectError("not you", data={"retry": [1]})

    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    errors: asyncio.Queue[Any] = asyncio.Queue()
    client.on("connect_error", errors.put)
    async with io.serving(port=0) as listener:
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(
                listener.url, transports=TRANSPORTS[transport], wait_timeout=10, auth={"a": 1}
            )
        assert await errors.get() == {"message": "not you", "data": {"retry": [1]}}
        await client.disconnect()


async def test_the_client_leaves(transport: str) -> None:
    io: Server = Server(serve_client=False)
    left: asyncio.Queue[Any] = asyncio.Queue()
    for name in ("/", "/two"):

        @io.of(name).event
        def disconnect(socket: Socket, reason: str) -> None:
            left.put_nowait((socket.nsp.name, reason))

    async with connected(io, transport, "/", "/two") as (client, received):
        await client.disconnect()
        reasons = {"client namespace disconnect"}
        if transport != "polling":
            # It may close the WebSocket before it has sent what it queued.
            reasons.add("transport close")
        assert {
            name for name, reason in (await left.get(), await left.get()) if reason in reasons
        } == {"/", "/two"}
        assert {(await received.get())[:2] for _ in range(2)} == {("/", "left"), ("/two", "left")}


async def test_the_server_puts_the_client_out(transport: str) -> None:
    io: Server = Server(serve_client=False)
    left: asyncio.Queue[Any] = asyncio.Queue()

    @io.event
    def out(socket: Socket, close: bool) -> None:
        socket.emit("last words", b"bye")
        socket.disconnect(close)

    @io.event
    def disconnect(socket: Socket, reason: str) -> None:
        left.put_nowait(reason)

    for close in (False, True):
        async with connected(io, transport) as (client, received):
            await client.emit("out", close)
            assert await received.get() == ("/", "last words", b"bye")
            assert (await received.get())[:2] == ("/", "left")
            assert await left.get() == "server namespace disconnect"


async def test_heartbeats_keep_the_client(transport: str) -> None:
    io: Server = Server(serve_client=False, ping_interval=0.1, ping_timeout=0.9)

    @io.event
    async def wait(socket: Socket) -> str:
        # Longer than a client lives that never answers a ping.
        await asyncio.sleep(1.5)
        return "still here"

    async with connected(io, transport) as (client, _):
        assert await client.call("wait") == "still here"
