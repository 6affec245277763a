"""Typed events while the program runs: they stand wherever a name can."""

import asyncio
import copy
import pickle
from typing import Any

import pytest
from support.client import joined

from socketio_rs import (
    Adapter,
    Event,
    Handlers,
    ReservedEvent,
    Server,
    ServerSideAckTimeout,
    Socket,
    event,
)
from socketio_rs.adapter import Packet


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


async def test_they_stand_wherever_a_name_can() -> None:
    io: Server = Server()
    got: list[Any] = []
    ended = asyncio.Event()

    class Chat(Handlers):
        @event(chat)
        def said(self, socket: Socket, text: str, number: int) -> str:
            got.append("method")
            return text

    def first(socket: Socket, text: str, number: int) -> str:
        got.append("prepended")
        return text

    def own(text: str, number: int) -> str:
        got.append("own")
        return text

    io.register("/", Chat())
    io.add_listener(chat, first)
    assert io.listener_count(chat) == len(io.listeners(chat)) == 2
    io.remove_listener(chat, first)
    io.prepend_once_listener(chat, first)

    @io.on("connection")
    async def connected(socket: Socket) -> None:
        socket.add_listener(chat, own)
        socket.prepend_listener(chat, own)
        socket.remove_listener(chat, own)
        assert socket.listener_count(chat) == len(socket.listeners(chat)) == 1
        got.append(await socket.wait_for(chat))
        socket.remove_all_listeners(chat)
        io.remove_all_listeners(chat)
        [remote] = await io.fetch_sockets()
        await remote.emit(chat, "remote", 1)
        got.append(await remote.emit_with_ack(chat, "asked", 2))
        got.append(await io.emit_with_ack(chat, "all", 3))
        ended.set()

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("chat", "a", 0) == ["a"]
        assert await client.event() == ["chat", "remote", 1]
        assert await client.receive() == '420["chat","asked",2]'
        client.send('430["x"]')
        assert await client.receive() == '421["chat","all",3]'
        client.send('431["y"]')
        await ended.wait()
    assert got == ["prepended", "method", "own", ("a", 0), "x", ["y"]]


async def test_other_servers_events_may_be_typed() -> None:
    joined_servers: list[Any] = []

    class Joined(Adapter):
        def init(self) -> None:
            joined_servers.append(self)

        def server_side_emit(self, packet: Packet) -> None:
            for other in joined_servers:
                if other is not self:
                    other.nsp.deliver_server_event(packet.data, packet.answer)

        def server_count(self) -> Any:
            return asyncio.sleep(0, 2)

    io: Server = Server(adapter=Joined)
    other: Server = Server(adapter=Joined)

    @other.on_server_event(chat)
    def said(text: str, number: int) -> str:
        return text * number

    async with io.serving(), other.serving():
        io.server_side_emit(chat, "a", 1)
        assert await io.server_side_emit_with_ack(chat, "a", 2) == ["aa"]
        other.off_server_event(chat, said)
        with pytest.raises(ServerSideAckTimeout):
            await io.server_side_emit_with_ack(chat, "a", 2, timeout=0.001)


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
