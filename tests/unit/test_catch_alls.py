"""Catch-alls of a socket: of what its client sends, and of what it is sent."""

import asyncio
from typing import Any

import pytest
from support.client import joined

from socketio_rs import Ack, Server, Socket


async def test_catch_alls_see_every_event_before_its_handlers() -> None:
    io: Server = Server()
    ran: list[tuple[Any, ...]] = []

    @io.on("connection")
    def connected(socket: Socket) -> None:
        socket.on("chat", lambda *args: ran.append(("listener", *args)))
        socket.on_any(lambda event, *args: ran.append(("second", event, *args)))

        @socket.prepend_any
        def first(own: Socket, event: str) -> None:
            assert own is socket
            ran.append(("first", event))

        @socket.on_any
        async def waits(event: str) -> None:
            await asyncio.sleep(0)
            ran.append(("waited", event))

    io.on("chat", lambda socket, *args: ran.append(("handler", *args)))
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        client.emit("chat", "hi", 2)
        client.emit("error", "a client's")
        await client.ask("end")
    waited = [("waited", event) for event in ("chat", "error", "end")]
    assert [each for each in ran if each[0] == "waited"] == waited
    assert [each for each in ran if each[0] != "waited"] == [
        ("first", "chat"),
        ("second", "chat", "hi", 2),
        ("handler", "hi", 2),
        ("listener", "hi", 2),
        ("first", "error"),
        ("second", "error", "a client's"),
        ("first", "end"),
        ("second", "end"),
    ]


async def test_catch_alls_are_listed_and_removed_the_first_first() -> None:
    io: Server = Server()
    sockets: list[Socket] = []
    ran: list[str] = []
    io.on("connection", sockets.append)
    io.on("end", lambda socket: True)

    def a(event: str) -> None:
        ran.append("a")

    def b(event: str) -> None:
        ran.append("b")

    async with io.serving() as listener, joined(listener) as client:
        await client.ask("end")
        (socket,) = sockets
        for function in (a, b, a):
            assert socket.on_any(function) is function
        assert socket.listeners_any() == [a, b, a]
        assert socket.off_any(a) is socket
        assert socket.listeners_any() == [b, a]
        await client.ask("end")
        assert ran == ["b", "a"]
        assert socket.off_any(len).listeners_any() == [b, a]
        assert socket.off_any().listeners_any() == []
        await client.ask("end")
        assert ran == ["b", "a"]


async def test_ack_of_a_catch_all_answers_in_the_handlers_stead() -> None:
    io: Server = Server()
    requested: list[bool] = []
    io.on("ask", lambda socket: "handler")
    io.on("nobody", lambda socket: None)

    @io.on("connection")
    def connected(socket: Socket) -> None:
        @socket.on_any
        def spy(event: str, first: Any = None, *, ack: Ack) -> None:
            requested.append(ack.requested)
            if first == "spy":
                ack("spy")

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("ask", "spy") == ["spy"]
        # One that only looks on keeps nobody from answering.
        assert await client.ask("ask") == ["handler"]
        assert await client.ask("nobody") == []
        client.emit("ask")
        assert await client.ask("ask") == ["handler"]
    assert requested == [True, True, True, False, True]


async def test_failing_catch_all_is_logged_and_the_event_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    io.on("ask", lambda socket: "handler")

    @io.on("connection")
    def connected(socket: Socket) -> None:
        @socket.on_any
        def fails(event: str) -> None:
            raise ValueError(event)

        @socket.on_any
        def wants_more(event: str, one: str, two: str) -> None: ...

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("ask") == ["handler"]
        sid = client.sid
    assert caplog.messages[0] == f"a handler of 'ask' failed for socket {sid}"
    assert len(caplog.messages) == 2


async def test_event_that_is_kept_for_connection_handlers_is_seen_once() -> None:
    io: Server = Server()
    seen: list[str] = []
    may_go_on = asyncio.Event()

    @io.on("connection")
    async def connected(socket: Socket) -> None:
        @socket.on_any
        def see(event: str) -> None:
            seen.append(event)
            may_go_on.set()

        await may_go_on.wait()
        socket.on("late", lambda *args: list(args))

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("late", "kept") == [["kept"]]
    assert seen == ["late"]


# What is sent


async def test_outgoing_catch_alls_see_emits_and_the_broadcasts_that_reach_their_socket() -> None:
    io: Server = Server()
    sockets: dict[str, Socket] = {}
    seen: list[tuple[Any, ...]] = []

    @io.event
    def watch(socket: Socket, name: str) -> str:
        sockets[name] = socket
        socket.join(name)

        @socket.on_any_outgoing
        def second(event: str, *args: Any) -> None:
            seen.append((name, event, *args))

        @socket.prepend_any_outgoing
        def first(own: Socket, event: str) -> None:
            assert own is socket
            seen.append((name, "first"))

        assert socket.listeners_any_outgoing() == [first, second]
        socket.off_any_outgoing(first)
        return name

    async with (
        io.serving() as listener,
        joined(listener) as a,
        joined(listener) as b,
        joined(listener) as other,
    ):
        io.of("/other")
        await other.enter("/other")
        # The answers themselves are no events.
        assert await a.ask("watch", "a") == ["a"]
        assert await b.ask("watch", "b") == ["b"]
        assert seen == []
        sockets["a"].emit("one", 1, b"bytes")
        sockets["a"].volatile.emit("two")
        sockets["a"].send("three")
        asked = sockets["a"].emit_with_ack("four")
        io.emit("all")
        io.to("a").except_("b").emit("room")
        io.to("nowhere").emit("nobody")
        io.to([]).emit("nobody")
        io.except_("a", "b").emit("others")
        sockets["a"].broadcast.emit("but a")
        io.of("/other").emit("elsewhere")
        asked.close()
        assert seen == [
            ("a", "one", 1, b"bytes"),
            ("a", "two"),
            ("a", "message", "three"),
            ("a", "four"),
            ("a", "all"),
            ("b", "all"),
            ("a", "room"),
            ("b", "but a"),
        ]
        seen.clear()
        sockets["a"].off_any_outgoing()
        sockets["b"].disconnect()
        io.emit("all")
        sockets["a"].emit("one")
        assert seen == []


async def test_outgoing_catch_alls_run_before_the_event_is_sent() -> None:
    io: Server = Server()

    @io.event
    def go(socket: Socket) -> None:
        @socket.on_any_outgoing
        def see(event: str) -> None:
            if event == "second":
                socket.emit("first")

        socket.emit("second")

    async with io.serving() as listener, joined(listener) as client:
        client.emit("go")
        assert [await client.event(), await client.event()] == [["first"], ["second"]]


async def test_outgoing_catch_alls_of_an_emit_of_another_thread_run_on_the_loop() -> None:
    io: Server = Server()
    loop = asyncio.get_running_loop()
    seen: asyncio.Queue[tuple[str, bool]] = asyncio.Queue()

    @io.event
    async def go(socket: Socket) -> None:
        @socket.on_any_outgoing
        async def see(event: str) -> None:
            seen.put_nowait((event, asyncio.get_running_loop() is loop))

        def emit() -> None:
            socket.emit("one")
            io.emit("two")

        await asyncio.to_thread(emit)

    async with io.serving() as listener, joined(listener) as client:
        client.emit("go")
        assert [await seen.get(), await seen.get()] == [("one", True), ("two", True)]


async def test_failing_outgoing_catch_all_is_logged_and_the_event_is_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()

    @io.event
    def go(socket: Socket) -> None:
        @socket.on_any_outgoing
        def fails(event: str) -> None:
            raise ValueError

        @socket.on_any_outgoing
        async def fails_too(event: str) -> None:
            raise ValueError

        socket.emit("sent")

    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        client.emit("go")
        assert await client.event() == ["sent"]
        await client.ask("end")
        assert caplog.messages == [f"an outgoing listener of socket {client.sid} failed"] * 2


@pytest.mark.parametrize("to_all", [False, True])
async def test_outgoing_catch_all_that_emits_without_end_is_stopped(
    caplog: pytest.LogCaptureFixture, to_all: bool
) -> None:
    io: Server = Server()
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        sender: Any = io if to_all else socket
        depth = 0

        @socket.on_any_outgoing
        def again(event: str) -> None:
            nonlocal depth
            depth += 1
            sender.emit(f"{depth}")

        sender.emit("0")
        socket.off_any_outgoing()
        io.emit("end")
        heard = [(await client.event())[0] for _ in range(depth + 1)]
        # The innermost first; the last one was not sent.
        assert heard == [*map(str, reversed(range(depth))), "end"]
        assert caplog.messages == [f"an outgoing listener of socket {client.sid} failed"]
        assert "without end" in caplog.text


async def test_outgoing_catch_all_of_a_socket_that_has_left_is_never_called() -> None:
    io: Server = Server()
    left: asyncio.Queue[Socket] = asyncio.Queue()
    seen: list[str] = []
    io.on("disconnect", left.put_nowait)
    async with io.serving() as listener:
        async with joined(listener):
            pass
        socket = await left.get()
        await asyncio.sleep(0)
        socket.on_any_outgoing(seen.append)
        socket.emit("one")
        io.emit("two")
        assert seen == []


async def test_outgoing_catch_all_of_a_socket_that_was_put_out_is_not_called_any_more() -> None:
    io: Server = Server()
    seen: asyncio.Queue[list[str]] = asyncio.Queue()

    @io.event
    def out(socket: Socket) -> None:
        heard: list[str] = []
        socket.on_any_outgoing(heard.append)
        socket.emit("one")
        socket.disconnect()
        socket.emit("two")
        io.emit("three")
        seen.put_nowait(heard)

    async with io.serving() as listener, joined(listener) as client:
        client.emit("out")
        assert await seen.get() == ["one"]
        assert await client.event() == ["one"]
        assert await client.receive() == "41"


@pytest.mark.parametrize("method", ["on_any", "on_any_outgoing", "use"])
async def test_what_cannot_be_called_so_is_refused_at_registration(method: str) -> None:
    io: Server = Server()
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        register = getattr(socket, method)
        with pytest.raises(TypeError, match="must be callable"):
            register("chat")

        def keyword(event: str, args: Any, *, needed: int) -> None: ...

        with pytest.raises(TypeError, match="keyword 'needed'"):
            register(keyword)

        def acks(event: str, args: Any, ack: Ack) -> None: ...

        if method != "on_any":
            with pytest.raises(TypeError, match="acks"):
                register(acks)
