"""Who listens: to a socket, a namespace, the server; and waiting for one event."""

import asyncio
import gc
from typing import Any

import pytest
from support.client import joined

from socketio_rs import Client, Disconnected, Namespace, ReservedEvent, Server, Socket


async def one_socket(io: Server) -> "asyncio.Queue[Socket]":
    sockets: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    io.on("end", lambda socket: True)
    return sockets


# Of a socket


async def test_listeners_of_a_socket_are_told_put_in_front_and_removed() -> None:
    io: Server = Server()
    sockets = await one_socket(io)
    ran: list[str] = []

    def a() -> None:
        ran.append("a")

    def b() -> None:
        ran.append("b")

    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        assert (socket.event_names(), socket.listeners("chat")) == ([], [])
        assert socket.add_listener("chat", a) is a
        assert socket.prepend_listener("chat")(b) is b
        assert socket.prepend_once_listener("chat", a) is a
        socket.on("other", b)
        assert socket.listeners("chat") == [a, b, a]
        assert socket.listener_count("chat") == 3
        assert socket.listener_count("nothing") == 0
        assert socket.event_names() == ["chat", "other"]
        client.send('42["chat"]', '42["chat"]')
        await client.ask("end")
        assert ran == ["a", "b", "a", "b", "a"]
        assert socket.remove_listener("chat", a) is socket
        assert socket.listeners("chat") == [b]
        assert socket.remove_all_listeners("chat").event_names() == ["other"]
        socket.on_any(ran.append)
        assert socket.remove_all_listeners().event_names() == []
        # Catch-alls are no listeners of an event.
        assert socket.listeners_any() == [ran.append]


@pytest.mark.parametrize("name", ["connect", "connect_error", "newListener", "removeListener"])
async def test_event_that_no_socket_gets_is_refused_at_registration(name: str) -> None:
    io: Server = Server()
    sockets = await one_socket(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        for register in (socket.on, socket.once, socket.prepend_listener):
            with pytest.raises(ReservedEvent, match=f'"{name}" is a reserved event name'):
                register(name, lambda: None)
        with pytest.raises(TypeError, match="the name of an event must be a str"):
            socket.add_listener(1, print)  # type: ignore[call-overload]


# Of a namespace


@pytest.mark.parametrize("name", ["/", "/chat"])
def test_handlers_of_a_namespace_are_told_put_in_front_and_removed(name: str) -> None:
    io: Server = Server()
    namespaces: list[Server | Namespace] = [io.of(name), *([io] if name == "/" else [])]
    for nsp in namespaces:

        def a(socket: Socket) -> None: ...

        def b(socket: Socket) -> None: ...

        assert (nsp.event_names(), nsp.listeners("chat")) == ([], [])
        for event in ("chat", "connection", "disconnect", "disconnecting"):
            assert nsp.add_listener(event, a) is a
            assert nsp.prepend_listener(event)(b) is b
            assert nsp.prepend_once_listener(event, a) is a
            assert nsp.listeners(event) == [a, b, a]
            assert nsp.listener_count(event) == 3
            assert nsp.remove_listener(event, a) is nsp
            assert nsp.listeners(event) == [a, b]
        assert nsp.listeners("connect") == [a, b]
        names = ["chat", "connection", "disconnect", "disconnecting"]
        assert sorted(nsp.event_names()) == names
        assert nsp.remove_all_listeners("chat") is nsp
        assert sorted(nsp.event_names()) == names[1:]
        assert nsp.remove_all_listeners().event_names() == []
        for reserved in ("connect_error", "error", "newListener", "removeListener"):
            with pytest.raises(ReservedEvent):
                nsp.add_listener(reserved, a)
            with pytest.raises(ReservedEvent):
                nsp.prepend_once_listener(reserved)


def test_names_of_events_are_in_the_order_of_their_registration() -> None:
    io: Server = Server()
    names = ["one", "two", "three", "disconnect", "four", "five"]
    for name in [*names, *names]:
        io.on(name, lambda socket: None)
    assert io.event_names() == ["disconnect", "one", "two", "three", "four", "five"]
    io.remove_all_listeners("one").on("one", lambda socket: None)
    assert io.event_names() == ["disconnect", "two", "three", "four", "five", "one"]
    assert io.sockets.event_names() == io.event_names()


async def test_handlers_that_are_put_in_front_run_first() -> None:
    io: Server = Server()
    ran: list[str] = []
    for event in ("connect", "chat"):
        io.on(event, lambda socket, event=event: ran.append(f"last {event}"))
        io.prepend_listener(event, lambda socket, event=event: ran.append(f"first {event}"))
        io.prepend_once_listener(event, lambda socket, event=event: ran.append(f"once {event}"))
    io.on("end", lambda socket: True)
    async with io.serving() as listener, joined(listener) as client:
        client.send('42["chat"]', '42["chat"]')
        await client.ask("end")
    once = ["once connect", "first connect", "last connect", "once chat", "first chat", "last chat"]
    assert ran == [*once, "first chat", "last chat"]


def test_listeners_of_new_namespace_are_the_servers() -> None:
    io: Server = Server()
    ran: list[str] = []

    def a(namespace: Namespace) -> None:
        ran.append("a")

    def b(namespace: Namespace) -> None:
        ran.append("b")

    io.on("new_namespace", a)
    io.prepend_listener("new_namespace", b)
    assert io.listeners("new_namespace") == [b, a]
    assert io.event_names() == ["new_namespace"]
    io.of("/chat")
    assert ran == ["b", "a"]
    assert io.remove_all_listeners().listener_count("new_namespace") == 0
    with pytest.raises(ReservedEvent, match="reaches the server alone"):
        io.of("/chat").add_listener("new_namespace", a)


# Waiting for one


async def test_wait_for_gives_the_arguments_of_the_next_event() -> None:
    io: Server = Server()

    @io.event
    async def ask(socket: Socket) -> list[Any]:
        socket.emit("go on")
        first = await socket.wait_for("chat")
        # It listens from the call on.
        waits = socket.wait_for("chat", timeout=10)
        socket.emit("go on")
        await asyncio.sleep(0)
        second = await waits
        assert socket.event_names() == []
        return [first, second]

    async with io.serving() as listener, joined(listener) as client:
        client.send('420["ask"]')
        for packet in ('42["chat","hi",2]', '42["chat"]'):
            assert await client.event() == ["go on"]
            client.send(packet)
        assert await client.receive() == '430[[["hi",2],[]]]'


async def test_wait_for_ends_in_time_or_when_its_client_leaves() -> None:
    io: Server = Server()
    sockets = await one_socket(io)
    async with io.serving() as listener:
        async with joined(listener):
            socket = await sockets.get()
            with pytest.raises(TimeoutError):
                await socket.wait_for("chat", timeout=0.01)
            assert socket.event_names() == []
            waits = asyncio.ensure_future(socket.wait_for("chat"))
            reason = asyncio.ensure_future(socket.wait_for("disconnect"))
            rooms = socket.wait_for("disconnecting")
        with pytest.raises(Disconnected):
            await waits
        assert await reason == ("transport close", None)
        assert await rooms == ("transport close", None)
        for event in ("chat", "disconnecting", "disconnect"):
            with pytest.raises(Disconnected):
                await socket.wait_for(event)
        assert socket.event_names() == []
        with pytest.raises(ValueError, match="timeout must be seconds from 0"):
            socket.wait_for("chat", timeout=-1)
        with pytest.raises(ReservedEvent):
            socket.wait_for("connect")


async def test_wait_for_an_end_that_the_server_has_begun() -> None:
    io: Server = Server()
    seen: asyncio.Queue[Any] = asyncio.Queue()

    @io.event
    async def leave(socket: Socket) -> None:
        socket.disconnect()
        with pytest.raises(Disconnected):
            await socket.wait_for("chat")
        seen.put_nowait(await socket.wait_for("disconnect"))

    @io.event
    async def disconnecting(socket: Socket) -> None:
        # This one has begun already, and the next one is still to come.
        with pytest.raises(Disconnected):
            await socket.wait_for("disconnecting")
        waits = asyncio.ensure_future(socket.wait_for("chat"))
        waits.add_done_callback(lambda waits: seen.put_nowait(type(waits.exception())))

    @io.event
    async def disconnect(socket: Socket) -> None:
        with pytest.raises(Disconnected):
            await socket.wait_for("disconnect")
        seen.put_nowait("disconnect")

    async with io.serving() as listener, joined(listener) as client:
        client.emit("leave")
        found = [await seen.get() for _ in range(3)]
    assert sorted(found, key=str) == [
        ("server namespace disconnect", None),
        Disconnected,
        "disconnect",
    ]


async def test_wait_for_in_a_middleware_is_refused_before_anything_can_come() -> None:
    io: Server = Server()
    seen: list[type] = []

    @io.use
    async def ask(socket: Socket) -> None:
        for event in ("chat", "disconnect"):
            try:
                await socket.wait_for(event)
            except Disconnected as error:
                seen.append(type(error))

    async with io.serving() as listener, joined(listener):
        assert seen == [Disconnected] * 2


async def test_wait_for_that_is_given_up_before_it_has_begun_leaves_nothing() -> None:
    io: Server = Server()
    sockets = await one_socket(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        for event in ("chat", "disconnect"):
            socket.wait_for(event).close()
            assert socket.event_names() == []
            waits = asyncio.ensure_future(socket.wait_for(event))
            waits.cancel()
            await asyncio.wait([waits])
            # What it raised holds it so long.
            del waits
            gc.collect()
            assert socket.event_names() == []


async def test_wait_for_off_the_loop_is_refused() -> None:
    io: Server = Server()
    sockets = await one_socket(io)

    def wait(socket: Socket) -> None:
        with pytest.raises(RuntimeError, match="on the server's loop"):
            socket.wait_for("chat")

    async with io.serving() as listener, joined(listener):
        await asyncio.to_thread(wait, await sockets.get())


# Its client


async def test_sockets_of_one_client_have_the_same_client() -> None:
    io: Server = Server()
    io.of("/chat").on("connection", lambda socket: sockets.put_nowait(socket))
    sockets = await one_socket(io)
    async with io.serving() as listener, joined(listener) as a, joined(listener):
        one, other = await sockets.get(), await sockets.get()
        await a.enter("/chat")
        chat = await sockets.get()
        assert isinstance(one.client, Client)
        assert one.client.conn is one.conn
        assert one.client.request is one.request
        assert one.client != other.client
        same = next(each for each in (one, other) if each.conn is chat.conn)
        assert same.client == chat.client
        assert len({one.client, other.client, chat.client}) == 2
        assert one.recovered is False
