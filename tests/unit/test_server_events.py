"""Two servers on the bus of `examples/in_process_bus.py`: emits, acks and sockets of both, and events between them."""

import asyncio
import runpy
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.client import Client, joined

from socketio_rs import (
    Ack,
    AckTimeout,
    Adapter,
    Disconnected,
    ReservedEvent,
    Router,
    Server,
    ServerSideAckTimeout,
    Socket,
)

EXAMPLE = Path(__file__).parents[2] / "examples" / "in_process_bus.py"
Bus = runpy.run_path(str(EXAMPLE))["Bus"]


class Pair(NamedTuple):
    """Two servers, each with one client of whose socket its handlers have heard."""

    near: Server
    far: Server
    a: Client
    """Of `near`."""
    b: Client
    """Of `far`."""


@asynccontextmanager
async def pair(namespace: str = "/") -> AsyncIterator[Pair]:
    bus = Bus()
    servers = [Server(adapter=bus.adapter) for _ in range(2)]
    clients = []
    async with AsyncExitStack() as stack:
        for io in servers:
            there = asyncio.Event()
            io.on("connection", lambda _, there=there: there.set())
            listener = await stack.enter_async_context(io.serving())
            clients.append(await stack.enter_async_context(joined(listener)))
            await there.wait()
        yield Pair(*servers, *clients)
    assert list(bus) == []


async def answer(client: Client, *values: Any) -> None:
    """Answers the question that is the next packet."""
    packet = str(await client.receive())
    assert packet.startswith("42")
    number = packet[2:].partition("[")[0]
    client.send(f"43{number}{list(values)}".replace("'", '"'))


async def test_emits_reach_the_clients_of_both() -> None:
    async with pair() as (near, far, a, b):
        near.emit("all", {"n": 1}, b"bytes")
        for client in (a, b):
            assert await client.receive() == '451-["all",{"n":1},{"_placeholder":true,"num":0}]'
            assert await client.receive() == b"bytes"
        near.local.emit("near")
        near.sockets.local.emit("near")
        near.to(a.sid, b.sid).local.emit("near")
        far.to(a.sid).emit("one")
        far.except_(b.sid).emit("but one")
        near.to(a.sid, b.sid).emit("both")
        assert [await a.receive() for _ in range(6)] == [
            *['42["near"]'] * 3,
            '42["one"]',
            '42["but one"]',
            '42["both"]',
        ]
        assert await b.receive() == '42["both"]'


async def test_what_is_done_to_many_is_done_to_those_of_both() -> None:
    async with pair() as (near, far, a, b):
        near.sockets_join("red")
        near.local.sockets_join("blue")
        assert await far.to("red").all_sockets() == {a.sid, b.sid}
        assert await far.to("blue").all_sockets() == {a.sid}
        assert await far.local.all_sockets() == {b.sid}
        far.to(a.sid).sockets_leave("red")
        assert await near.to("red").all_sockets() == {b.sid}
        near.to("red").disconnect_sockets()
        assert await b.receive() == "41"
        assert await near.all_sockets() == {a.sid}


async def test_clients_of_both_answer() -> None:
    async with pair() as (near, _far, a, b):
        answers = asyncio.ensure_future(near.timeout(5).emit_with_ack("q"))
        await answer(b, "b")
        await answer(a, "a")
        assert sorted(await answers) == ["a", "b"]
        near.sockets_join("red")
        called: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        near.to("red").timeout(5).emit("q", ack=lambda *args: called.put_nowait(args))
        await answer(a, 1)
        await answer(b, 2)
        error, responses = await called.get()
        assert error is None
        assert sorted(responses) == [1, 2]
        assert await near.to("nobody").emit_with_ack("q") == []


async def test_those_that_do_not_answer_are_missing() -> None:
    async with pair() as (near, _, a, b):
        answers = asyncio.ensure_future(near.timeout(0.1).emit_with_ack("q"))
        await answer(a, "a")
        with pytest.raises(AckTimeout, match="1 of 2 clients did not answer") as raised:
            await answers
        assert raised.value.responses == ["a"]
        partial = asyncio.ensure_future(near.timeout(0.1).emit_with_ack("q", partial=True))
        await b.receive()
        await answer(b, "b")
        assert await partial == ["b"]
        # Where this server alone is asked, one that leaves is not waited for.
        alone = asyncio.ensure_future(near.local.timeout(30).emit_with_ack("q"))
        await a.receive()
        await a.receive()
        a.send("41")
        with pytest.raises(AckTimeout, match="1 of 1 clients did not answer"):
            await alone


async def test_a_socket_of_the_other_server_is_as_one_of_this() -> None:
    async with pair() as (near, far, _, b):
        sockets: list[Socket] = [far.sockets.sockets[b.sid]]
        sockets[0].data["name"] = "Bob"
        (found,) = await near.to(b.sid).fetch_sockets()
        assert (found.id, found.data) == (b.sid, {"name": "Bob"})
        assert found.rooms == {b.sid}
        handshake, own = found.handshake, sockets[0].handshake
        assert handshake.to_dict() == own.to_dict()
        assert handshake.headers["host"] == "x"
        assert handshake.query["EIO"] == "4"
        found.emit("hi", 1)
        assert await b.receive() == '42["hi",1]'
        found.send("text")
        assert await b.receive() == '42["message","text"]'
        asked = asyncio.ensure_future(found.timeout(5).emit_with_ack("q"))
        await answer(b, "first", "second")
        assert await asked == "first"
        called: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        found.emit("q", ack=lambda *args: called.put_nowait(args))
        await answer(b, 1)
        assert await called.get() == (1,)
        found.timeout(0.01).emit("q", ack=lambda *args: called.put_nowait(args))
        (error,) = await called.get()
        assert isinstance(error, AckTimeout)
        await b.receive()
        found.join("red", ["blue"])
        found.leave("blue")
        assert sockets[0].rooms == {b.sid, "red"}
        assert found.disconnect() is found
        assert await b.receive() == "41"
        with pytest.raises(Disconnected):
            await found.emit_with_ack("q")
        found.timeout(1).emit("q", ack=lambda *args: called.put_nowait(args))
        (error,) = await called.get()
        assert isinstance(error, Disconnected)


async def test_a_socket_of_the_other_server_is_asked_as_one_of_this() -> None:
    async with pair() as (near, _, a, b):
        called: asyncio.Queue[Any] = asyncio.Queue()
        for client in (a, b):
            (found,) = await near.to(client.sid).fetch_sockets()
            # It is sent at the call.
            question = found.emit_with_ack("q", timeout=5)
            await answer(client, "yes")
            assert await question == "yes"
            with pytest.raises(ReservedEvent):
                found.emit_with_ack("connect").close()
            with pytest.raises(ValueError, match="timeout must be seconds from 0"):
                found.emit_with_ack("q", timeout=-1).close()
            wrong: Any = 5
            with pytest.raises(TypeError, match="ack must be callable, found 5"):
                found.emit("q", ack=wrong)
            found.emit("q", ack=lambda: called.put_nowait("none"))
            await answer(client, 1)
            assert await called.get() == "none"
            found.timeout(5).emit("q", ack=lambda error: called.put_nowait(error))
            await answer(client, 1)
            assert await called.get() is None
        near.timeout(5).emit("q", ack=lambda error: called.put_nowait(error))
        for client in (a, b):
            await answer(client, 1)
        assert await called.get() is None


async def test_events_reach_the_other_server_alone() -> None:
    async with pair() as (near, far, a, _):
        heard: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()

        async def sync(*args: Any) -> None:
            heard.put_nowait(("sync", *args))

        def again(first: int) -> None:
            heard.put_nowait(("again", first))

        assert far.on_server_event("sync", sync) is sync
        far.on_server_event("sync")(again)
        near.on_server_event("sync", lambda *_: heard.put_nowait(("near",)))
        near.server_side_emit("sync", 1, {"two": [None, 2.5]})
        both = [await heard.get(), await heard.get()]
        assert sorted(both, key=str) == [("again", 1), ("sync", 1, {"two": [None, 2.5]})]
        # No client can.
        near.on("done", lambda _: "done")
        a.emit("sync", "from a client")
        assert await a.ask("done") == ["done"]
        far.off_server_event("sync", again)
        assert await near.server_side_emit_with_ack("sync", 3) == [None]
        assert await heard.get() == ("sync", 3)
        far.off_server_event("sync")
        with pytest.raises(ServerSideAckTimeout):
            await near.server_side_emit_with_ack("sync", 4, timeout=0.01)
        assert heard.empty()


async def test_the_first_listener_that_has_an_answer_answers() -> None:
    async with pair() as (near, far, _, __):
        last = asyncio.Event()

        @far.on_server_event("q")
        def none(number: int) -> None:
            pass

        @far.on_server_event("q")
        async def late(number: int) -> int:
            await last.wait()
            return -number

        @far.on_server_event("q")
        async def first(number: int) -> int:
            return number * 2

        assert await near.server_side_emit_with_ack("q", 21) == [42]
        last.set()
        far.off_server_event("q", first)
        assert await near.server_side_emit_with_ack("q", 21) == [-21]
        far.off_server_event("q", late)
        assert await near.server_side_emit_with_ack("q", 21) == [None]


async def test_answers_are_plain_values(caplog: Any) -> None:
    async with pair() as (near, far, _, __):
        far.on_server_event("tuple", lambda: (1, {2: Decimal(3)}))
        far.on_server_event("bytes", lambda: b"bytes")
        assert await near.server_side_emit_with_ack("tuple") == [[1, {"2": 3}]]
        with pytest.raises(ServerSideAckTimeout):
            await near.server_side_emit_with_ack("bytes", timeout=0.02)
        assert "answering server event 'bytes' failed" in caplog.text


async def test_servers_that_do_not_answer_are_missing(caplog: Any) -> None:
    async with pair() as (near, far, _, __):

        @far.on_server_event("fails")
        def fails() -> None:
            raise ValueError("on purpose")

        @far.on_server_event("fails later")
        async def fails_later() -> None:
            raise ValueError("on purpose, later")

        @far.on_server_event("wants")
        def wants(one: int, two: int) -> None: ...

        for event in ("fails", "fails later", "wants", "unknown"):
            with pytest.raises(
                ServerSideAckTimeout, match="0 of 1 other servers answered"
            ) as raised:
                await near.server_side_emit_with_ack(event, timeout=0.02)
            assert raised.value.responses == []
            assert isinstance(raised.value, TimeoutError)
        assert "a listener of server event 'fails' failed" in caplog.text
        assert "on purpose, later" in caplog.text
        assert "server event 'wants' requires 2 arguments, another server sent 0" in caplog.text


async def test_namespaces_parents_and_routers_have_them_too() -> None:
    router = Router()
    heard: asyncio.Queue[str] = asyncio.Queue()
    router.on_server_event("x", lambda: heard.put_nowait("router"))
    async with pair() as (near, far, _, __):
        far.include(router, namespace="/chat")
        router.on_server_event("y", lambda: heard.put_nowait("router, later"))
        near.of("/chat").server_side_emit("x")
        near.of("/chat").server_side_emit("y")
        near.server_side_emit("x")
        assert [await heard.get(), await heard.get()] == ["router", "router, later"]
        for io in (near, far):
            parent = io.of("/org/{org}")
            parent.on_server_event("z", lambda who: heard.put_nowait(who))
            io.of("/org/a")
            io.of("/org/b")
        near.of("/org/a").server_side_emit("z", "to the child")
        assert await heard.get() == "to the child"
        near.of("/org/{org}").server_side_emit("z", "to all children")
        assert [await heard.get(), await heard.get()] == ["to all children"] * 2
        assert heard.empty()


async def test_what_can_not_be_sent_or_heard_is_refused() -> None:
    async with pair() as (near, _, __, ___):
        for event in ("connect", "connection", "new_namespace"):
            with pytest.raises(ReservedEvent, match=f'"{event}" is a reserved event name'):
                near.server_side_emit(event)
            with pytest.raises(ReservedEvent, match=f'"{event}" is a reserved event name'):
                near.on_server_event(event)
        with pytest.raises(TypeError, match="bytes can't be sent to other servers"):
            near.server_side_emit("x", {"deep": [b"bytes"]})
        with pytest.raises(TypeError, match='event "x"'):
            near.server_side_emit("x", object())
        with pytest.raises(TypeError, match="must be a str"):
            near.server_side_emit(5)  # type: ignore[arg-type]

        def wants_ack(ack: Ack) -> None: ...

        with pytest.raises(TypeError, match=r"what it answers is returned: .*wants_ack"):
            near.on_server_event("x", wants_ack)
        with pytest.raises(TypeError, match="an event and its arguments are delivered"):
            near.sockets.deliver_server_event([])


async def test_servers_on_two_loops_are_one_cluster() -> None:
    bus = Bus()
    near = Server(adapter=bus.adapter)
    far = Server(adapter=bus.adapter)
    threads: list[threading.Thread] = []
    ready, stop = threading.Event(), threading.Event()
    port: list[Any] = []

    @far.on_server_event("q")
    async def q(number: int) -> int:
        threads.append(threading.current_thread())
        return number + 1

    async def serve() -> None:
        async with far.serving() as listener:
            port.append(listener)
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        await asyncio.to_thread(ready.wait)
        async with near.serving(), joined(port[0]) as client:
            assert await near.server_side_emit_with_ack("q", 1) == [2]
            assert threads == [thread]
            near.emit("hello")
            assert await client.receive() == '42["hello"]'
            asked = asyncio.ensure_future(near.timeout(5).emit_with_ack("q"))
            await answer(client, "yes")
            assert await asked == ["yes"]
            await asyncio.to_thread(near.server_side_emit, "q", 5)
    finally:
        stop.set()
        await asyncio.to_thread(thread.join)


async def test_in_memory_there_are_no_others() -> None:
    io = Server()
    assert type(io.sockets.adapter) is Adapter
    io.server_side_emit("x")
    assert await io.server_side_emit_with_ack("x") == []
    async with io.serving():
        io.on_server_event("x", lambda: pytest.fail("it was this server that emitted"))
        io.server_side_emit("x")
        assert await io.server_side_emit_with_ack("x") == []
