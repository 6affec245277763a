"""Namespaces that other threads make while clients ask for them."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from support.client import joined
from support.entering import entered
from support.raw import TEXT, masked_frame

from socketio_rs import Adapter, ConnectError, Namespace, Server, Socket


class Gate:
    """Holds up a thread, and tells the loop that it has come."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._come = asyncio.Event()
        self._open = threading.Event()

    def hold(self) -> None:
        self._loop.call_soon_threadsafe(self._come.set)
        assert self._open.wait(30)

    async def come(self) -> None:
        await self._come.wait()

    def open(self) -> None:
        self._open.set()


def in_a_thread(function: Callable[[], Any]) -> "asyncio.Future[Any]":
    return asyncio.get_running_loop().run_in_executor(None, function)


def hold_up_until(condition: Callable[[], bool]) -> None:
    """Holds up the loop, too."""
    while not condition():
        time.sleep(0)


@pytest.mark.parametrize("parent", [None, "/{name}"])
async def test_nobody_gets_in_before_new_namespace_has_guarded_it(parent: str | None) -> None:
    io: Server = Server()
    gate = Gate()
    if parent is not None:
        io.of(parent)
    io.on("hello", lambda _: "hello")

    @io.on("new_namespace")
    def guard(namespace: Namespace) -> None:
        gate.hold()

        @namespace.use
        def refuse(socket: Socket) -> None:
            raise ConnectError("no entry")

    async with io.serving() as listener, joined(listener) as client, joined(listener) as other:
        made = in_a_thread(lambda: io.of("/secret"))
        await gate.come()
        client.send("40/secret,")
        other.send("40/secret,")
        # It waits, and nobody with it.
        assert await client.ask("hello") == ["hello"]
        assert await other.ask("hello") == ["hello"]
        await other.leave()
        gate.open()
        assert await client.receive() == '44/secret,{"message":"no entry"}'
        assert await made is io.of("/secret")
    assert io.stats()["sockets"] == 0


async def test_who_waits_gets_in_where_nothing_guards_it() -> None:
    io: Server = Server()
    gate = Gate()
    io.on("hello", lambda _: "hello")
    io.on("new_namespace", lambda _: gate.hold())
    async with io.serving() as listener, joined(listener) as client:
        made = in_a_thread(lambda: io.of("/open"))
        await gate.come()
        client.send("40/open,")
        assert await client.ask("hello") == ["hello"]
        gate.open()
        assert str(await client.receive()).startswith("40/open,{")
        await made


async def test_who_waits_for_one_that_can_not_be_made_is_refused() -> None:
    gate = Gate()
    broken = ["/secret"]

    def factory(namespace: Namespace) -> Adapter:
        if namespace.name in broken:
            broken.clear()
            gate.hold()
            raise ConnectionError("the broker is down for a moment")
        return Adapter(namespace)

    io = Server(adapter=factory)
    io.on("hello", lambda _: "hello")
    async with io.serving() as listener, joined(listener) as client:
        made = in_a_thread(lambda: io.of("/secret"))
        await gate.come()
        client.send("40/secret,")
        assert await client.ask("hello") == ["hello"]
        gate.open()
        assert await client.receive() == '44/secret,{"message":"internal error"}'
        with pytest.raises(ConnectionError, match="the broker is down"):
            await made
        client.send("40/secret,")
        assert await client.receive() == '44/secret,{"message":"Invalid namespace"}'
        io.of("/secret")
        await client.enter("/secret")


async def test_who_came_just_before_one_could_not_be_made_is_refused() -> None:
    gate = Gate()
    broken = ["/secret/1"]

    def factory(namespace: Namespace) -> Adapter:
        if namespace.name in broken:
            broken.clear()
            gate.hold()
            raise ConnectionError("the broker is down for a moment")
        return Adapter(namespace)

    io = Server(adapter=factory)
    io.of("/secret/{number}")
    with ThreadPoolExecutor(1) as pool:
        async with io.serving() as listener, entered(io, listener) as client:
            made = pool.submit(lambda: io.of("/secret/1"))
            await gate.come()
            assert io.stats()["events_queued"] == 0
            os.write(client.fileno(), masked_frame(TEXT, b"40/secret/1,"))
            # The loop is held up, so that it does not learn of the client before.
            hold_up_until(lambda: io.stats()["events_queued"] == 1)
            gate.open()
            with pytest.raises(ConnectionError, match="the broker is down"):
                made.result()
            assert await client.receive() == '44/secret/1,{"message":"internal error"}'
            # It is looked for anew.
            await client.enter("/secret/1")
    assert io.stats()["sockets"] == 0


async def test_server_stops_while_somebody_waits() -> None:
    io: Server = Server()
    gate = Gate()
    io.on("hello", lambda _: "hello")
    io.on("new_namespace", lambda _: gate.hold())
    async with io.serving() as listener, joined(listener) as client:
        made = in_a_thread(lambda: io.of("/late"))
        await gate.come()
        client.send("40/late,")
        assert await client.ask("hello") == ["hello"]
    gate.open()
    await made
    async with io.serving() as listener, joined(listener, "/late"):
        pass
    assert io.stats()["sockets"] == 0
