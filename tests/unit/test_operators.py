"""Modifiers: what each returns, that none changes what it is called on, and whom the keyword form reaches."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from support.client import Client, joined

from socketio_rs import BroadcastOperator, ReservedEvent, Server, Socket, SocketOperator

MODIFIERS: dict[str, Callable[[Any], Any]] = {
    "to": lambda given: given.to("a"),
    "in_": lambda given: given.in_("b"),
    "except_": lambda given: given.except_("c"),
    "compress": lambda given: given.compress(False),
    "volatile": lambda given: given.volatile,
    "local": lambda given: given.local,
    "timeout": lambda given: given.timeout(5),
    "target": lambda given: given.target(volatile=True),
}


def watched(io: Server[Any]) -> "asyncio.Queue[Socket[Any]]":
    """Gets each socket that connects."""
    sockets: asyncio.Queue[Socket[Any]] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    return sockets


async def names(client: Client) -> list[str]:
    """The names of the events that come before `end`."""
    found: list[str] = []
    while (event := (await client.event())[0]) != "end":
        found.append(event)
    return found


SHOWN = {
    "to": 'to=["a"]',
    "in_": 'to=["b"]',
    "except_": 'except=["c"]',
    "compress": "compress=False",
    "volatile": "volatile",
    "local": "local",
    "timeout": "timeout=5",
    "target": "volatile",
}


@pytest.mark.parametrize("name", MODIFIERS)
def test_modifier_of_a_server_and_a_namespace_gives_a_broadcast_operator(name: str) -> None:
    io: Server = Server()
    for given, path in ((io, "/"), (io.of("/chat"), "/chat")):
        once = MODIFIERS[name](given)
        assert type(once) is BroadcastOperator
        assert repr(once) == f"<BroadcastOperator {path} {SHOWN[name]}>"
        for again in MODIFIERS.values():
            before = repr(once)
            assert type(again(once)) is BroadcastOperator
            assert repr(once) == before


async def test_modifier_of_a_socket_addresses_it_until_there_are_rooms() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        everyone = {"to", "in_", "except_"}
        for name, modify in MODIFIERS.items():
            once = modify(socket)
            wanted = BroadcastOperator if name in everyone else SocketOperator
            assert type(once) is wanted, name
            before = repr(once)
            for other, again in MODIFIERS.items():
                wanted = BroadcastOperator if {name, other} & everyone else SocketOperator
                assert type(again(once)) is wanted, (name, other)
                assert repr(once) == before
        assert type(socket.broadcast) is BroadcastOperator
        assert type(socket.volatile.broadcast) is BroadcastOperator
        assert not hasattr(io, "broadcast")
        assert not hasattr(io.volatile, "broadcast")


async def test_modifiers_add_up() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        chain = io.of("/chat").to("a").in_(["b", "c"]).except_("d").volatile.local
        chain = chain.compress(True).timeout(1.5)
        assert repr(chain) == (
            '<BroadcastOperator /chat to=["a", "b", "c"] except=["d"] volatile local compress=True timeout=1.5>'
        )
        mine = socket.timeout(1).volatile.compress(True).local.timeout(2).compress(False)
        assert repr(mine) == (
            f"<SocketOperator {socket.id} volatile local compress=False timeout=2>"
        )
        assert repr(mine.to("a")) == (
            f'<BroadcastOperator / to=["a"] except=["{socket.id}"]'
            " volatile local compress=False timeout=2>"
        )
        assert repr(mine.broadcast) == repr(mine.to("a")).replace(' to=["a"]', "")


async def test_keyword_form_is_the_same_as_the_chain() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        for given in (io, io.of("/"), io.to("x"), socket.broadcast, socket.volatile.to("x")):
            chain = given.to("a", "b").except_("c").volatile.local.timeout(5).compress(False)
            assert repr(chain) == repr(
                given.target(
                    to=["a", "b"], except_="c", volatile=True, local=True, timeout=5, compress=False
                )
            )
            assert repr(given.volatile) == repr(given.volatile.target(to=None, volatile=None))
        assert repr(io.volatile.target(volatile=False)) == repr(io.target())
        for one in (socket, socket.local):
            timed = one.target(timeout=5)
            assert type(timed) is SocketOperator
            assert repr(timed) == repr(one.timeout(5))
            assert repr(one.target(except_=["a"])) == repr(one.except_("a"))
            assert repr(one.target(to="a", volatile=True)) == repr(one.volatile.to("a"))


async def test_keyword_form_reaches_whom_it_says() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as first, joined(listener) as second:
        one, two = [await sockets.get() for _ in range(2)]
        two.join("room")
        io.target(to="room").emit("room")
        io.target(except_=["room"]).emit("not room")
        io.target(to=[]).emit("nobody")
        io.target(to=[one.id, "room"], except_=None).emit("both")
        one.target(volatile=False).emit("me")
        one.target(to="room").emit("others in room")
        one.target(to=[]).emit("nobody")
        one.target(except_=[]).emit("others")
        io.emit("end")
        assert await names(first) == ["not room", "both", "me"]
        assert await names(second) == ["room", "both", "others in room", "others"]


def test_modifiers_say_what_is_wrong_with_what_they_get() -> None:
    io: Server = Server()
    for given in (io, io.of("/"), io.volatile):
        with pytest.raises(TypeError, match="timeout must be seconds as a number, found 'soon'"):
            given.timeout("soon")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="timeout must be seconds from 0, found -1"):
            given.timeout(-1)
        with pytest.raises(TypeError, match="a room must be a str"):
            given.target(to=5)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="a room must be a str"):
            given.target(except_=[1])  # type: ignore[list-item]
        for name in (b"room", bytearray(b"room")):
            with pytest.raises(TypeError, match=r"a room must be a str, .* found b"):
                given.to(name)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="unexpected keyword argument 'room'"):
            given.target(room="a")  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="compress must be True or False"):
            given.compress("yes")  # type: ignore[arg-type]


async def test_unknown_keyword_of_an_emit_is_named_and_nothing_is_sent() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        senders: list[Any] = [io, io.of("/"), io.local, socket, socket.local, socket.broadcast]
        for sender in senders:
            for method in ("emit", "emit_with_ack", "send"):
                with pytest.raises(TypeError, match=r"unexpected keyword argument 'room'"):
                    getattr(sender, method)("x", room="a")
        io.emit("end")
        assert await names(client) == []


async def test_names_of_the_protocol_are_refused_with_acks_too() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        senders: list[Any] = [io, io.of("/"), io.local, socket, socket.local, socket.broadcast]
        for sender in senders:
            with pytest.raises(ReservedEvent, match="disconnect"):
                sender.emit_with_ack("disconnect")
            with pytest.raises(ReservedEvent, match="connect"):
                sender.emit("connect", ack=print)
            with pytest.raises(TypeError, match="ack must be callable, found 5"):
                sender.emit("x", ack=5)
