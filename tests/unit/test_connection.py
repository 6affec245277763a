"""A socket's beginning and end: middlewares, `connection`, `disconnecting`, `disconnect`, and the reasons."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.client import POLLING, Client, joined, opened, request

from socketio_rs import ConnectError, DisconnectReason, Server, Socket

# Middlewares


async def test_middlewares_run_one_after_the_other_before_the_client_is_accepted() -> None:
    io: Server = Server()
    ran: list[str] = []

    @io.use
    async def first(socket: Socket) -> None:
        await asyncio.sleep(0)
        ran.append("first")
        socket.data["user"] = "ann"
        assert not socket.connected

    @io.use
    def second(socket: Socket) -> None:
        ran.append("second")
        assert socket.handshake.auth == {"token": 1}
        socket.join("room")

    @io.event
    def connection(socket: Socket) -> None:
        ran.append(f"connection {socket.data['user']}")
        assert socket.connected
        assert socket.rooms == {socket.id, "room"}

    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener, auth={"token": 1}) as client:
        assert await client.ask("end") == [True]
    assert ran == ["first", "second", "connection ann"]


async def test_first_middleware_that_raises_refuses_and_the_rest_does_not_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    refused: list[str] = []
    errors: list[Exception] = [
        ConnectError("no"),
        ConnectError("no", data=[{"a": 1}]),
        ConnectionRefusedError("bad token"),
        ValueError("a secret"),
        ConnectError("no", data=object()),
    ]

    @io.use
    async def refuse(socket: Socket) -> None:
        refused.append(socket.id)
        raise errors.pop(0)

    @io.use
    def never(socket: Socket) -> None:
        raise AssertionError

    async with io.serving() as listener, opened(listener) as client:
        for answer in (
            '{"message":"no"}',
            '{"message":"no","data":[{"a":1}]}',
            '{"message":"bad token"}',
            '{"message":"internal error"}',
            '{"message":"internal error"}',
        ):
            client.send("40")
            assert await client.receive() == f"44{answer}"
    assert caplog.messages == [
        f"a connection middleware of / failed for socket {refused[3]}",
        "refusing a client failed",
    ]


async def test_middlewares_are_of_their_namespace_alone() -> None:
    io: Server = Server()
    chat = io.of("/chat")

    @chat.use
    def refuse(socket: Socket) -> None:
        raise ConnectError("no")

    async with io.serving() as listener, joined(listener) as client:
        client.send("40/chat,")
        assert await client.receive() == '44/chat,{"message":"no"}'


async def test_middleware_added_while_served_guards_the_next_sockets() -> None:
    io: Server = Server()
    async with io.serving() as listener, joined(listener), opened(listener) as second:

        @io.use
        def refuse(socket: Socket) -> None:
            raise ConnectError("no")

        second.send("40")
        assert await second.receive() == '44{"message":"no"}'


# Handlers


async def test_connection_handlers_of_both_names_run_for_each_socket_and_once_for_one() -> None:
    io: Server = Server()
    ran: list[str] = []
    io.on("connection", lambda socket: ran.append("connection"))
    io.on("connect", lambda socket: ran.append("connect"))
    io.once("connection", lambda socket: ran.append("once"))
    io.on("end", lambda socket: True)
    async with io.serving() as listener:
        for _ in range(2):
            async with joined(listener) as client:
                await client.ask("end")
    assert ran == ["connection", "connect", "once", "connection", "connect"]


async def test_namespace_has_handlers_of_its_own() -> None:
    io: Server = Server()
    ran: list[str] = []
    for name in ("/", "/chat"):
        nsp = io.of(name)
        for event in ("connection", "connect", "hi"):
            nsp.on(event, lambda socket, event=event: ran.append(f"{event} {socket.nsp.name}"))
        nsp.once("hi", lambda socket: ran.append("once"))
        nsp.on("end", lambda socket: True)
    async with io.serving() as listener, opened(listener) as client:
        await client.enter("/chat")
        client.send('42/chat,["hi"]', '42/chat,["hi"]', '42/chat,1["end"]')
        assert await client.receive() == "43/chat,1[true]"
    assert ran == ["connection /chat", "connect /chat", "hi /chat", "once", "hi /chat"]


@pytest.mark.parametrize("error", [None, ConnectError("no"), ConnectionRefusedError("no")])
async def test_connection_handler_that_refuses_is_told_that_it_comes_too_late(
    error: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    io: Server = Server()
    io.on("end", lambda socket: True)

    @io.event
    async def connection(socket: Socket) -> bool:
        if error is not None:
            raise error
        return False

    async with io.serving() as listener, opened(listener) as client:
        sid = await client.enter("/")
        assert await client.ask("end") == [True]
    assert caplog.messages == [
        f"a handler of 'connection' refuses socket {sid}: the socket is connected already; "
        "refuse it in a middleware (@io.use), or by allow_request"
    ]
    assert caplog.records[0].levelname == "ERROR"


async def test_connection_handler_that_is_refused_elsewhere_has_failed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    io.on("end", lambda socket: True)

    @io.event
    def connection(socket: Socket) -> None:
        raise ConnectionRefusedError(111, "the database")

    async with io.serving() as listener, opened(listener) as client:
        sid = await client.enter("/")
        assert await client.ask("end") == [True]
    assert caplog.messages == [f"a handler of 'connection' failed for socket {sid}"]


async def test_disconnect_handlers_take_as_much_as_they_want() -> None:
    io: Server = Server()
    got: list[tuple[Any, ...]] = []
    left = asyncio.Event()
    io.on("disconnect", lambda: got.append(()))
    io.on("disconnect", lambda socket: got.append((type(socket),)))
    io.on("disconnect", lambda socket, reason: got.append((reason,)))
    io.on("disconnect", lambda socket, reason, details: got.append((reason, details)))
    io.once("disconnecting", lambda *args: got.append(args[1:]))

    @io.event
    async def disconnect(socket: Socket, reason: DisconnectReason, details: object = 0) -> None:
        got.append((reason is DisconnectReason.CLIENT_NAMESPACE_DISCONNECT, details))
        left.set()

    async with io.serving() as listener, joined(listener) as client:
        client.send("41")
        await left.wait()
    reason = "client namespace disconnect"
    assert got == [
        (reason, None),
        (),
        (Socket,),
        (reason,),
        (reason, None),
        (True, None),
    ]


async def test_disconnect_waits_for_the_disconnecting_handlers_and_each_runs_once() -> None:
    io: Server = Server()
    begun, gate, left = asyncio.Event(), asyncio.Event(), asyncio.Event()
    ran: list[str] = []

    @io.event
    async def disconnecting(socket: Socket) -> None:
        ran.append("disconnecting")
        begun.set()
        await gate.wait()
        ran.append("disconnecting ends")

    @io.event
    async def disconnect(socket: Socket) -> None:
        ran.append("disconnect")
        left.set()

    async with io.serving() as listener:
        async with joined(listener):
            pass
        await begun.wait()
        assert ran == ["disconnecting"]
        gate.set()
        await left.wait()
    assert ran == ["disconnecting", "disconnecting ends", "disconnect"]


async def test_failing_disconnect_handler_is_logged_and_the_others_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    left = asyncio.Event()

    @io.on("disconnecting")
    async def first(socket: Socket) -> None:
        await asyncio.sleep(0)
        raise ValueError

    @io.on("disconnect")
    def second(socket: Socket) -> None:
        raise ValueError

    io.on("disconnect", lambda socket: left.set())
    async with io.serving() as listener:
        async with joined(listener) as client:
            sid = client.sid
        await left.wait()
    assert caplog.messages == [
        f"a handler of '{event}' failed for socket {sid}"
        for event in ("disconnecting", "disconnect")
    ]


# Reasons


@asynccontextmanager
async def reason_of_a_leave(
    **options: Any,
) -> AsyncIterator[tuple[Client, Socket, "asyncio.Queue[str]"]]:
    """A client, its socket, and where the reason of its end comes."""
    io: Server = Server(**options)
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    reasons: asyncio.Queue[str] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    io.on("disconnect", lambda socket, reason: reasons.put_nowait(reason))
    async with io.serving() as listener, joined(listener) as client:
        yield client, await sockets.get(), reasons
        assert reasons.empty()


def sends(*packets: str | bytes) -> Callable[[Client, Socket], Awaitable[None]]:
    async def send(client: Client, socket: Socket) -> None:
        client.send(*packets)

    return send


async def leaves(client: Client, socket: Socket) -> None:
    await client.leave()


async def is_disconnected(client: Client, socket: Socket) -> None:
    socket.disconnect()


async def is_closed(client: Client, socket: Socket) -> None:
    socket.disconnect(close=True)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (leaves, "transport close"),
        (sends("41"), "client namespace disconnect"),
        (is_disconnected, "server namespace disconnect"),
        (is_closed, "server namespace disconnect"),
        (sends("42/unknown,[1]"), "forced close"),
        (sends("40"), "forced close"),
        (sends("4x"), "forced close"),
        (sends("42{}"), "forced close"),
        (sends(b"unexpected"), "forced close"),
        (sends("x"), "parse error"),
    ],
)
async def test_reason_of_a_leave(
    act: Callable[[Client, Socket], Awaitable[None]], reason: str
) -> None:
    async with reason_of_a_leave() as (client, socket, reasons):
        await act(client, socket)
        assert await reasons.get() == reason
        assert reason in list(DisconnectReason)


async def test_reason_of_a_leave_by_a_frame_that_breaks_the_rules() -> None:
    async with reason_of_a_leave() as (client, _, reasons):
        client.send_raw(b"\xff\xff\xff")
        assert await reasons.get() == "transport error"


async def test_reason_of_a_leave_without_a_pong() -> None:
    async with reason_of_a_leave(ping_interval=0.05, ping_timeout=0.05) as (client, _, reasons):
        client.pause()
        assert await reasons.get() == "ping timeout"


async def test_reason_of_a_leave_by_close() -> None:
    io: Server = Server()
    reasons: list[str] = []
    io.on("disconnect", lambda socket, reason: reasons.append(reason))
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        await client.ask("end")
        await io.close()
        assert reasons == ["server shutting down"]


async def test_reason_of_a_leave_while_polling() -> None:
    io: Server = Server()
    reasons: asyncio.Queue[str] = asyncio.Queue()
    io.on("disconnect", lambda socket, reason: reasons.put_nowait(reason))
    async with io.serving() as listener:
        opening = await request(listener, "GET", POLLING)
        sid = opening.body.split('"')[3]
        target = f"{POLLING}&sid={sid}"
        assert (await request(listener, "POST", target, "40")).body == "ok"
        assert (await request(listener, "GET", target)).body.startswith("40{")
        assert (await request(listener, "POST", target, "1")).body == "ok"
        assert await reasons.get() == "transport close"


async def test_middleware_that_returns_false_refuses_and_is_told_how_to(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    io.use(lambda socket: False)

    async def later(socket: Socket) -> bool:
        return False

    io.of("/later").use(later)
    async with io.serving() as listener, opened(listener) as client:
        for namespace in ("", "/later,"):
            client.send(f"40{namespace}")
            assert await client.receive() == f'44{namespace}{{"message":"internal error"}}'
    assert caplog.text.count("TypeError: it returned False: a middleware raises ConnectError") == 2
