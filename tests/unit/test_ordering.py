"""`ordering`: whether a socket's next event waits for the end of the one before."""

import asyncio
from typing import Any, Literal

import pytest
from support.client import joined
from support.steps import Steps, leave

from socketio_rs import Server, Socket

Where = Literal["server", "namespace", "handler"]


def ordered(where: Where, steps: Steps) -> Server:
    io: Server = Server(ordering="serial") if where == "server" else Server()
    if where == "namespace":
        assert io.of("/", ordering="serial") is io.sockets

    async def step(socket: Socket, name: str) -> None:
        await steps.run(name)

    if where == "handler":
        io.on("step", step, ordering="serial")
    else:
        io.on("step", step)
    return io


@pytest.mark.parametrize("where", ["server", "namespace", "handler"])
async def test_serial_starts_the_next_event_of_a_socket_when_the_previous_has_ended(
    where: Where,
) -> None:
    steps = Steps()
    io = ordered(where, steps)
    io.on("plain", lambda socket: steps.ran.append("plain"))
    async with io.serving() as listener, joined(listener) as a, joined(listener) as b:
        a.send('42["step","1"]', '42["step","2"]', '42["plain"]')
        await steps.begun("1")
        # Other sockets do not wait.
        b.emit("step", "b")
        await steps.begun("b")
        assert steps.ran == ["begin 1", "begin b"]
        while io.stats()["events_queued"] < 2:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0)
        assert io.stats()["events_queued"] == 2
        steps.let_go("1")
        await steps.begun("2")
        assert "plain" not in steps.ran
        steps.let_go("2", "3", "b")
        await a.ask("step", "3")
    assert [each for each in steps.ran if not each.endswith("b")] == [
        *("begin 1", "end 1", "begin 2", "end 2", "plain", "begin 3", "end 3")
    ]


async def test_all_handlers_of_an_event_have_to_end_before_the_next() -> None:
    steps = Steps()
    io = ordered("server", steps)

    @io.on("step")
    async def second(socket: Socket, name: str) -> None:
        await steps.run(f"second {name}")

    async with io.serving() as listener, joined(listener) as client:
        client.send('42["step","1"]', '42["step","2"]')
        await steps.begun("1")
        await steps.begun("second 1")
        steps.let_go("1")
        while "end 1" not in steps.ran:  # noqa: ASYNC110 - the handler is about to end
            await asyncio.sleep(0)
        assert "begin 2" not in steps.ran
        steps.let_go("second 1")
        await steps.begun("2")
        await steps.begun("second 2")
        steps.let_go("2", "second 2")


async def test_handlers_say_otherwise_than_their_namespace() -> None:
    steps = Steps()
    io: Server = Server(ordering="serial")
    chat = io.of("/chat", ordering="concurrent")

    async def step(socket: Socket, name: str) -> None:
        await steps.run(name)

    io.on("free", step, ordering="concurrent")
    chat.on("step", step)
    chat.on("alone", step, ordering="serial")
    async with io.serving() as listener, joined(listener) as client:
        await client.enter("/chat")
        client.send('42["free","1"]', '42["free","2"]')
        await steps.begun("2")
        client.send('42/chat,["step","3"]', '42/chat,["step","4"]')
        await steps.begun("4")
        # It starts beside what runs already, and what comes behind it waits.
        client.send('42/chat,["alone","5"]', '42/chat,["step","6"]')
        await steps.begun("5")
        assert "begin 6" not in steps.ran
        steps.let_go("5")
        await steps.begun("6")
        steps.let_go("1", "2", "3", "4", "6")


async def test_serial_handler_in_a_thread_holds_the_next_event_back() -> None:
    io: Server = Server(ordering="serial")
    ran: list[str] = []
    loop = asyncio.get_running_loop()
    gate, begun = asyncio.Event(), asyncio.Event()

    @io.event(thread=True)
    def slow(socket: Socket) -> None:
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result()
        ran.append("slow")

    io.on("next", lambda socket: ran.append("next"))
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        client.send('42["slow"]', '42["next"]')
        await begun.wait()
        assert ran == []
        gate.set()
        await client.ask("end")
    assert ran == ["slow", "next"]


async def test_failing_and_cancelled_handlers_let_the_next_event_start() -> None:
    io: Server = Server(ordering="serial")

    @io.event
    async def fails(socket: Socket) -> None:
        await asyncio.sleep(0)
        raise ValueError

    @io.event
    async def cancelled(socket: Socket) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        client.send('42["fails"]', '42["cancelled"]', '42["fails"]')
        assert await client.ask("end") == [True]


@pytest.mark.parametrize(
    ("packet", "reason"), [("41", "client namespace disconnect"), (None, "transport close")]
)
async def test_events_that_wait_are_handled_before_their_client_leaves(
    packet: str | None, reason: str
) -> None:
    steps = Steps()
    io = ordered("server", steps)
    left = asyncio.Event()

    @io.event
    async def disconnecting(socket: Socket, why: str) -> None:
        steps.ran.append(f"{why}, in {len(socket.rooms)} rooms")
        await asyncio.sleep(0)

    @io.event
    def disconnect(socket: Socket) -> None:
        steps.ran.append("disconnect")
        left.set()

    async with io.serving() as listener, joined(listener) as client:
        client.send('42["step","1"]', '42["step","2"]', '42["step","3"]')
        await steps.begun("1")
        await leave(client, io, packet)
        steps.let_go("1", "2", "3")
        await left.wait()
        assert io.stats()["events_queued"] == 0
    assert steps.ran == [
        *(f"{what} {name}" for name in "123" for what in ("begin", "end")),
        f"{reason}, in 1 rooms",
        "disconnect",
    ]


async def test_middlewares_of_events_that_wait_run_before_their_client_leaves() -> None:
    steps = Steps()
    io = ordered("server", steps)
    left = asyncio.Event()
    io.on("disconnect", lambda socket: left.set())

    @io.event
    def connection(socket: Socket) -> None:
        @socket.use
        async def refuse_three(event: str, args: list[Any]) -> None:
            await asyncio.sleep(0)
            if args == ["3"]:
                raise ValueError(args)

    async with io.serving() as listener, joined(listener) as client:
        client.send('42["step","1"]', '42["step","2"]', '42["step","3"]')
        await steps.begun("1")
        await leave(client, io)
        steps.let_go("1", "2")
        await left.wait()
    assert steps.ran == ["begin 1", "end 1", "begin 2", "end 2"]


async def test_handler_that_ends_with_its_socket_is_cancelled_though_it_begins_behind_the_leave() -> (
    None
):
    steps = Steps()
    io: Server = Server(ordering="serial")
    left = asyncio.Event()
    io.on("disconnect", lambda socket: left.set())

    @io.event
    async def first(socket: Socket) -> None:
        await steps.run("first")

    @io.event(cancel_on_disconnect=True)
    async def second(socket: Socket) -> None:
        await steps.run("second")

    async with io.serving() as listener, joined(listener) as client:
        client.send('42["first"]', '42["second"]')
        await steps.begun("first")
        await leave(client, io)
        steps.let_go("first")
        await left.wait()
    assert steps.ran == ["begin first", "end first", "begin second"]


async def test_events_that_wait_are_dropped_when_the_server_disconnects_their_client(
    caplog: pytest.LogCaptureFixture,
) -> None:
    steps = Steps()
    io = ordered("server", steps)
    left = asyncio.Event()
    io.on("disconnect", lambda socket: left.set())
    async with io.serving() as listener, joined(listener) as client:
        client.send('42["step","1"]', '42["step","2"]')
        await steps.begun("1")
        io.disconnect_sockets()
        await left.wait()
        steps.let_go("1")
        assert io.stats()["events_queued"] == 0
    assert steps.ran == ["begin 1", "end 1"]
    assert caplog.messages == []


async def test_events_that_wait_are_dropped_when_the_server_closes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    steps = Steps()
    io = ordered("server", steps)
    left: asyncio.Queue[str] = asyncio.Queue()
    io.on("disconnect", lambda socket, reason: left.put_nowait(reason))
    async with io.serving() as listener, joined(listener) as gone, joined(listener) as here:
        gone.send('42["step","1"]', '42["step","2"]')
        here.send('42["step","a"]', '42["step","b"]')
        await steps.begun("1")
        await steps.begun("a")
        await leave(gone, io)
        await io.close()
    assert {left.get_nowait(), left.get_nowait()} == {
        "server shutting down",
        "client namespace disconnect",
    }
    assert sorted(steps.ran) == ["begin 1", "begin a"]
    assert len(caplog.messages) == 2
    assert all("a handler ran that runs alone (ordering)" in text for text in caplog.messages)


def test_orderings_are_two() -> None:
    io: Server = Server()
    options: dict[str, Any] = {"ordering": "parallel"}
    with pytest.raises(ValueError, match="ordering must be 'concurrent' or 'serial'"):
        Server(**options)
    with pytest.raises(ValueError, match="ordering must be 'concurrent' or 'serial'"):
        io.of("/chat", **options)
    with pytest.raises(ValueError, match="ordering must be 'concurrent' or 'serial'"):
        io.on("chat", len, **options)
    with pytest.raises(TypeError, match="ordering has no meaning for 'connection'"):
        io.on("connection", lambda socket: None, ordering="serial")
