"""Packet middlewares: `socket.use`."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from support.client import joined

from socketio_rs import Server, Socket


def used(*middlewares: Callable[..., Any]) -> Server:
    """A server whose sockets have these middlewares; `echo` returns what it gets, `end` ends."""
    io: Server = Server()

    @io.on("connection")
    def connected(socket: Socket) -> None:
        for middleware in middlewares:
            assert socket.use(middleware) is middleware

    io.on("echo", lambda socket, *args: args)
    io.on("end", lambda socket: True)
    return io


async def test_middlewares_run_one_after_the_other_between_catch_alls_and_handlers() -> None:
    ran: list[tuple[Any, ...]] = []

    async def waits(socket: Socket, event: str, args: list[Any]) -> None:
        ran.append(("waits", socket.connected, event, *args))
        await asyncio.sleep(0)
        ran.append(("has waited",))

    def plain(event: str, args: list[Any]) -> None:
        ran.append(("plain", event, *args))

    io = used(waits, plain)
    io.on("connection", lambda socket: socket.on_any(lambda event: ran.append(("any", event))))
    io.prepend_listener("echo", lambda socket: ran.append(("handler",)))
    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("echo", 1) == [1]
    assert ran == [
        ("any", "echo"),
        ("waits", True, "echo", 1),
        ("has waited",),
        ("plain", "echo", 1),
        ("handler",),
    ]


async def test_middleware_may_change_the_arguments_in_place_or_return_others() -> None:
    def in_place(event: str, args: list[Any]) -> None:
        args.append("in place")

    async def others(event: str, args: list[Any]) -> tuple[Any, ...]:
        return (*args, "returned")

    def sees(event: str, args: tuple[Any, ...]) -> None:
        assert args[-1] == "returned" or event == "end"

    async with used(in_place, others, sees).serving() as listener, joined(listener) as client:
        assert await client.ask("echo", 1) == [1, "in place", "returned"]


async def test_middleware_that_raises_stops_the_event_and_listeners_of_error_are_told() -> None:
    errors: list[tuple[str, bool]] = []
    ran: list[str] = []

    async def guard(event: str, args: list[Any]) -> None:
        if args == ["sync"]:
            raise PermissionError("sync")
        await asyncio.sleep(0)
        if args == ["async"]:
            raise PermissionError("async")

    def second(event: str, args: list[Any]) -> None:
        ran.append(event)

    io = used(guard, second)

    @io.on("connection")
    def connected(socket: Socket) -> None:
        @socket.on("error")
        def told(own: Socket, error: Exception) -> None:
            errors.append((str(error), own is socket))

        @socket.on("error")
        async def told_too() -> None:
            await asyncio.sleep(0)

    async with io.serving() as listener, joined(listener) as client:
        client.emit("echo", "sync")
        client.emit("echo", "async")
        client.emit("error", "a client's")
        assert await client.ask("echo", "neither") == ["neither"]
    assert errors == [("sync", True), ("async", True)]
    assert ran == ["error", "echo"]


async def test_error_that_nobody_listens_for_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def guard(event: str, args: list[Any]) -> Any:
        if event == "raises":
            raise PermissionError
        return 1 if event == "number" else None

    async with used(guard).serving() as listener, joined(listener) as client:
        client.emit("raises")
        client.emit("number")
        assert await client.ask("end") == [True]
        sid = client.sid
    assert caplog.messages == [
        f'a packet middleware of "{event}", for socket {sid}: failed'
        for event in ("raises", "number")
    ]
    records = [record.exc_info for record in caplog.records]
    assert [info and info[0] for info in records] == [PermissionError, TypeError]


async def test_events_of_the_socket_wait_in_their_order_and_those_of_others_do_not() -> None:
    ran: list[tuple[str, int]] = []
    gates = {"slow": asyncio.Event()}
    entered = asyncio.Event()

    async def gate(event: str, args: list[Any]) -> None:
        if event in gates:
            entered.set()
            await gates[event].wait()

    io = used(gate)
    io.on("n", lambda socket, who, n: ran.append((who, n)))
    io.on("slow", lambda socket, who, n: ran.append((who, n)))
    async with io.serving() as listener, joined(listener) as a, joined(listener) as b:
        a.send('42["slow","a",0]', '42["n","a",1]', '42["n","a",2]')
        await entered.wait()
        b.emit("n", "b", 1)
        await b.ask("end")
        assert ran == [("b", 1)]
        # An answer passes those that wait.
        gates["slow"].set()
        await a.ask("end")
    assert ran == [("b", 1), ("a", 0), ("a", 1), ("a", 2)]


async def test_events_that_wait_count_as_not_started() -> None:
    gate, entered = asyncio.Event(), asyncio.Event()

    async def wait(event: str, args: list[Any]) -> None:
        entered.set()
        await gate.wait()

    io = used(wait)
    async with io.serving() as listener, joined(listener) as client:
        client.send('42["echo"]', '42["echo"]', '42["echo"]')
        await entered.wait()
        while io.stats()["events_queued"] < 3:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0)
        assert io.stats()["events_queued"] == 3
        gate.set()
        await client.ask("end")
        assert io.stats()["events_queued"] == 0


async def test_answer_of_the_client_passes_a_middleware_that_waits_for_it() -> None:
    async def asks(socket: Socket, event: str, args: list[Any]) -> list[Any]:
        return [await socket.emit_with_ack("who")] if event == "echo" else args

    async with used(asks).serving() as listener, joined(listener) as client:
        client.send('420["echo"]')
        assert await client.receive() == '420["who"]'
        client.send('430["me"]')
        assert await client.receive() == '430["me"]'


async def test_event_is_dropped_when_its_client_leaves_while_middlewares_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gate, entered, passed = asyncio.Event(), asyncio.Event(), asyncio.Event()
    left: asyncio.Queue[str] = asyncio.Queue()
    ran: list[str] = []

    async def wait(event: str, args: list[Any]) -> None:
        entered.set()
        await gate.wait()
        passed.set()

    io = used(wait)
    io.on("echo", lambda socket: ran.append("echo"))
    io.on("disconnect", lambda socket: left.put_nowait(socket.id))
    async with io.serving() as listener:
        async with joined(listener) as client:
            client.send('42["echo"]', '42["echo"]')
            await entered.wait()
        sid = await left.get()
        gate.set()
        await passed.wait()
        await asyncio.sleep(0)
        assert io.stats()["events_queued"] == 0
    assert ran == []
    assert caplog.messages == [
        f"dropped 2 events of socket {sid}: it left while its packet middlewares ran"
    ]


async def test_event_goes_nowhere_when_a_middleware_disconnects_its_socket() -> None:
    ran: list[str] = []

    async def disconnects(socket: Socket, event: str, args: list[Any]) -> None:
        socket.disconnect()

    io = used(disconnects)
    io.on("echo", lambda socket: ran.append("echo"))
    async with io.serving() as listener, joined(listener) as client:
        client.emit("echo")
        assert await client.receive() == "41"
        await client.enter("/")
    assert ran == []


async def test_changed_arguments_reach_what_a_connection_handler_registers_late() -> None:
    io: Server = Server()
    may_go_on = asyncio.Event()

    @io.on("connection")
    async def connected(socket: Socket) -> None:
        @socket.use
        async def change(event: str, args: list[Any]) -> list[Any]:
            await asyncio.sleep(0)
            may_go_on.set()
            return ["changed"]

        await may_go_on.wait()
        socket.on("late", lambda *args: args)

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("late", "kept") == ["changed"]


async def test_what_is_no_packet_middleware_is_refused() -> None:
    io: Server = Server()
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        for function in (lambda: None, lambda event: None, lambda a, b, c: None):
            with pytest.raises(TypeError, match=r"takes \(event, args\)"):
                socket.use(function)
        socket.use(lambda *args: None)
