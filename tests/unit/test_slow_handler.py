"""`slow_handler`: handlers that hold the loop are told of by name."""

import asyncio
import time
from typing import Any

import pytest
from support.client import joined

from socketio_rs import Server, Socket

SLOW = 0.05
"""Seconds that are long for the option, and for the clock that measures it."""


def serving_slow(held: float = SLOW, **options: Any) -> Server:
    io: Server = Server(**options)

    @io.event
    def plain(socket: Socket) -> None:
        time.sleep(held)

    @io.event
    async def at_first(socket: Socket) -> None:
        time.sleep(held)  # noqa: ASYNC251 - the loop is to be held

    @io.event
    async def later(socket: Socket) -> None:
        await asyncio.sleep(0)
        time.sleep(held)  # noqa: ASYNC251 - the same

    @io.event
    async def waits(socket: Socket) -> None:
        await asyncio.sleep(held)

    @io.event(thread=True)
    def in_thread(socket: Socket) -> None:
        time.sleep(held)

    io.on("end", lambda socket: True)
    return io


async def run_all(io: Server) -> None:
    async with io.serving() as listener, joined(listener) as client:
        for event in ("plain", "plain", "at_first", "later", "later", "waits", "in_thread"):
            await client.ask(event)


async def test_handler_that_holds_the_loop_is_told_of_once_by_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    await run_all(serving_slow(slow_handler=SLOW / 2))
    names = ("plain", "at_first", "later")
    assert [message.split()[2].split(".")[-1] for message in caplog.messages] == list(names)
    assert all("held the loop for 0.0" in message for message in caplog.messages)
    assert all("thread=True (slow_handler)" in message for message in caplog.messages)


async def test_middlewares_that_hold_the_loop_are_told_of_by_their_names(
    caplog: pytest.LogCaptureFixture,
) -> None:
    io: Server = Server(slow_handler=SLOW / 2)

    @io.use
    async def at_first(socket: Socket) -> None:
        time.sleep(SLOW)  # noqa: ASYNC251 - the loop is to be held
        await asyncio.sleep(0)

    @io.event
    def connection(socket: Socket) -> None:
        def plain(event: str, args: Any) -> None:
            time.sleep(SLOW)

        async def later(event: str, args: Any) -> None:
            await asyncio.sleep(0)
            time.sleep(SLOW)  # noqa: ASYNC251 - the same

        socket.use(plain)
        if socket.nsp.name == "/chat":
            socket.use(later)

    chat = io.of("/chat")
    chat.on("connection", connection)
    for namespace in (io.sockets, chat):
        namespace.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        await client.ask("end")
        await client.enter("/chat")
        client.send('42/chat,0["end"]')
        assert await client.receive() == "43/chat,0[true]"
    told = [message.split(" held ")[0].replace("the handler ", "") for message in caplog.messages]
    names = [[name.split(".")[-1] for name in names.split(", ")] for names in told]
    wanted = [["at_first"], ["plain"], ["plain", "later"]]
    # On a busy machine others may have been slow too.
    assert [name for name in names if name in wanted] == wanted


@pytest.mark.parametrize("option", [{}, {"slow_handler": None}, {"slow_handler": 0}])
async def test_short_times_and_all_without_the_option_are_not_told_of(
    option: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    # Far below the default, for a machine that is busy with others.
    await run_all(serving_slow(**option) if option else serving_slow(0.01))
    assert caplog.messages == []


def test_slow_handler_is_seconds() -> None:
    wrong: Any
    for wrong in (-1, "1", True):
        with pytest.raises((TypeError, ValueError), match="slow_handler must be"):
            Server(slow_handler=wrong)
