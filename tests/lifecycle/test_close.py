"""`Server.close`: what was sent is handled, handlers get their time, and everything ends."""

import asyncio
import time
from typing import Any, Literal

import pytest
from support.client import joined, opened

from socketio_rs import Server, Socket


async def test_what_clients_sent_before_is_handled_and_every_disconnect_handler_runs() -> None:
    io: Server = Server()
    ran: list[Any] = []

    @io.event
    async def work(socket: Socket, number: int) -> None:
        ran.append(number)
        await asyncio.sleep(0)

    @io.event
    async def disconnecting(socket: Socket) -> None:
        ran.append("disconnecting")

    @io.event
    async def disconnect(socket: Socket, reason: str) -> None:
        ran.append(reason)

    async with io.serving() as listener, joined(listener) as client:
        client.send(*(f'42["work",{number}]' for number in range(200)))
        await client.sent()
        # All of it is on its way to the loop, which takes it only now.
        time.sleep(0.1)  # noqa: ASYNC251 - the loop is to be busy
        await io.close()
    assert ran == [*range(200), "disconnecting", "server shutting down"]


async def test_drain_waits_for_handlers_and_no_longer() -> None:
    io: Server = Server()
    ended: list[str] = []
    begun = asyncio.Event()

    @io.event
    async def work(socket: Socket) -> None:
        begun.set()
        await asyncio.sleep(0.05)
        ended.append("work")

    @io.event
    async def disconnect(socket: Socket) -> None:
        await asyncio.sleep(0.05)
        ended.append("disconnect")

    async with io.serving() as listener, joined(listener) as client:
        client.emit("work")
        await begun.wait()
        began = time.monotonic()
        await io.close(drain=20)
        assert time.monotonic() - began < 5
    assert sorted(ended) == ["disconnect", "work"]


async def test_handlers_are_cancelled_when_the_drain_is_over() -> None:
    io: Server = Server()
    ended: list[str] = []
    begun: asyncio.Queue[None] = asyncio.Queue()

    async def forever(socket: Socket) -> None:
        begun.put_nowait(None)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    io.on("work", forever)
    io.use(forever)
    async with io.serving() as listener, opened(listener) as client:
        client.send("40")
        await begun.get()
        await io.close(drain=0.05)
    assert ended == ["cancelled"]


@pytest.mark.parametrize("ordering", ["concurrent", "serial"])
async def test_handlers_that_begin_when_others_are_cancelled_are_cancelled_too(
    caplog: pytest.LogCaptureFixture, ordering: Literal["concurrent", "serial"]
) -> None:
    io: Server = Server(ordering=ordering)
    begun: asyncio.Queue[None] = asyncio.Queue()
    told: list[str] = []

    async def forever(name: str) -> None:
        told.append(f"{name} begins")
        begun.put_nowait(None)
        try:
            await asyncio.Event().wait()
        finally:
            told.append(f"{name} ends")

    io.on("work", lambda socket: forever("work"))
    io.on("disconnecting", lambda socket: forever("disconnecting"))

    @io.event
    async def disconnect(socket: Socket) -> None:
        await forever("disconnect")

    async with io.serving() as listener, joined(listener) as client:
        client.emit("work")
        client.emit("work")
        await begun.get()
        await io.close(drain=0.05)
    names = {"work", "disconnecting", "disconnect"}
    assert set(told) == {f"{name} {what}" for name in names for what in ("begins", "ends")}
    assert not any("go on although" in message for message in caplog.messages)


async def test_shorter_drain_of_a_second_close_counts() -> None:
    io: Server = Server()
    begun = asyncio.Event()

    @io.event
    async def work(socket: Socket) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with io.serving() as listener, joined(listener) as client:
        client.emit("work")
        await begun.wait()
        first = asyncio.create_task(io.close(drain=1000))
        await asyncio.sleep(0)
        await io.close()
        await first


async def test_cancelled_close_goes_on() -> None:
    io: Server = Server()
    gate, begun, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @io.event
    async def work(socket: Socket) -> None:
        begun.set()
        await gate.wait()
        ended.set()

    listener = await io.listen(0)
    async with joined(listener) as client:
        client.emit("work")
        await begun.wait()
        closing = asyncio.create_task(io.close(drain=20))
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        with pytest.raises(RuntimeError, match="just being closed"):
            await io.listen(0)
        gate.set()
        await io.close(drain=20)
        assert ended.is_set()
    await (await io.listen(0)).close()
    await io.close()


async def test_handler_may_close_the_server() -> None:
    io: Server = Server()
    closed = asyncio.Event()

    @io.event
    async def stop(socket: Socket) -> None:
        task = asyncio.ensure_future(io.close())
        task.add_done_callback(lambda _: closed.set())

    listener = await io.listen(0)
    async with joined(listener) as client:
        client.emit("stop")
        await closed.wait()
        assert await client.closed() == []


async def test_handler_that_does_not_end_when_cancelled_is_given_up_with_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server()
    gate, begun = asyncio.Event(), asyncio.Event()

    @io.event
    async def stubborn(socket: Socket) -> None:
        begun.set()
        while not gate.is_set():
            try:
                await gate.wait()
            except asyncio.CancelledError:
                continue

    async with io.serving() as listener, joined(listener) as client:
        client.emit("stubborn")
        await begun.wait()
        began = time.monotonic()
        await io.close()
        assert 4 < time.monotonic() - began < 10
    assert caplog.messages == ["1 handlers go on although they were cancelled"]
    gate.set()
    await asyncio.sleep(0)


async def test_clients_see_the_end_of_their_connections() -> None:
    io: Server = Server()
    io.of("/chat")
    async with io.serving() as listener, joined(listener) as client, opened(listener) as other:
        await client.enter("/chat")
        io.emit("last")
        await io.close()
        assert await client.closed() == ['42["last"]']
        assert await other.closed() == []
