"""Typed events while the program runs: they stand wherever a name can."""

import copy
import pickle
from typing import Any

import pytest
from support.client import joined

from socketio_rs import Event, ReservedEvent, Server, Socket


class User:
    name = ""


chat = Event[str, str, int]("chat")
ping = Event[None]("ping")


def test_event_is_its_name() -> None:
    name: Any = chat
    assert name == "chat" and hash(name) == hash("chat") and isinstance(name, str)
    assert {"chat": 1}[name] == 1 and f"{name}" == "chat"
    assert (chat.name, type(chat.name), repr(chat)) == ("chat", str, "Event('chat')")
    assert Event("chat") == chat != ping
    for same in (copy.deepcopy(chat), pickle.loads(pickle.dumps(chat))):
        assert same == chat and type(same) is Event
    make: Any = Event
    for wrong in (1, b"chat", None):
        with pytest.raises(TypeError, match="the name of an event must be a str, found "):
            make(wrong)
    with pytest.raises(TypeError):
        make()


async def test_events_are_handled_and_emitted_by_them() -> None:
    io: Server = Server()
    once = Event[None, str]("once")
    got: list[object] = []

    @io.on(chat)
    async def on_chat(socket: Socket, text: str, number: int) -> str:
        socket.emit(chat, text, number)
        socket.volatile.emit(chat, "volatile", 1)
        io.emit(chat, "all", 2)
        io.sockets.emit(chat, "namespace", 3)
        io.to(socket.id).emit(chat, "room", 4)
        answer = await socket.emit_with_ack(chat, "asked", 5)
        timed = await socket.timeout(5).emit_with_ack(chat, "asked", 6)
        return answer + timed

    @io.on("connection")
    def connected(socket: Socket) -> None:
        @socket.on(ping)
        def on_ping() -> None:
            got.append("ping")
            socket.off(ping, on_ping)

    @io.once(once)
    def on_once(socket: Socket, text: str) -> None:
        got.append(text)

    @io.event(Event[int]("named"))
    def other_name(socket: Socket) -> int:
        io.off(chat, on_chat)
        return 7

    async with io.serving() as listener, joined(listener) as client:
        client.send('421["chat","a",0]')
        for expected in (["a", 0], ["volatile", 1], ["all", 2], ["namespace", 3], ["room", 4]):
            assert await client.event() == ["chat", *expected]
        assert await client.receive() == '420["chat","asked",5]'
        client.send('430["x"]')
        assert await client.receive() == '421["chat","asked",6]'
        client.send('431["y"]')
        assert await client.receive() == '431["xy"]'
        for event in ("ping", "once", "ping", "once"):
            client.emit(event, event)
        assert await client.ask("named") == [7]
        client.emit("chat", "b", 0)
        assert await client.ask("named") == [7]
    assert got == ["ping", "once"]


async def test_sockets_and_servers_say_what_their_data_is() -> None:
    io = Server[User](data=User)
    got: list[object] = []

    @io.event
    def named(socket: Socket[User], name: str) -> None:
        socket.data.name = name

        @socket.on("own")
        def own(socket: Socket[User], number: int) -> str:
            return f"{socket.data.name} {number}"

    async with io.serving() as listener, joined(listener) as client:
        client.emit("named", "ann")
        got += await client.ask("own", 1)
    assert got == ["ann 1"]


def test_reserved_names_are_refused_as_before() -> None:
    io: Server = Server()
    with pytest.raises(ReservedEvent):
        io.emit(Event[None]("connect"))
    with pytest.raises(ReservedEvent):
        io.on(Event[None]("error"))
