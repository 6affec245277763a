"""The adapter in memory: what it knows, and what it tells of rooms."""

import asyncio
import threading
from typing import Any

import pytest
from support.client import opened
from support.entering import entered, until

from socketio_rs import (
    Adapter,
    ConnectError,
    Limits,
    Server,
    Socket,
)
from socketio_rs.adapter import BroadcastOptions, Packet

ROOM_EVENTS = ("create_room", "join_room", "leave_room", "delete_room")


def told(adapter: Adapter) -> list[tuple[str, ...]]:
    """Gets what becomes of rooms."""
    events: list[tuple[str, ...]] = []
    for event in ROOM_EVENTS:
        adapter.on(event, lambda *args, event=event: events.append((event, *args)))  # type: ignore[call-overload]
    return events


async def test_the_one_in_memory_knows_rooms_and_sockets() -> None:
    io = Server()
    adapter = io.sockets.adapter
    assert type(adapter) is Adapter
    assert adapter is io.sockets.adapter
    assert adapter is not io.of("/other").adapter
    assert adapter.nsp is io.sockets
    assert io.adapter is Adapter
    async with io.serving() as listener, entered(io, listener) as a, entered(io, listener) as b:
        io.to(a.sid).sockets_join("red", "blue")
        io.to(b.sid).sockets_join("red")
        assert dict(adapter.rooms) == {
            a.sid: {a.sid},
            b.sid: {b.sid},
            "red": {a.sid, b.sid},
            "blue": {a.sid},
        }
        assert len(adapter.rooms) == 4
        assert "green" not in adapter.rooms
        assert dict(adapter.sids) == {a.sid: {a.sid, "red", "blue"}, b.sid: {b.sid, "red"}}
        assert adapter.sockets(set()) == {a.sid, b.sid}
        assert adapter.sockets({"blue", "green"}) == {a.sid}
        one_name: Any = "blue"
        assert adapter.sockets(one_name) == {a.sid}
        assert adapter.socket_rooms(b.sid) == {b.sid, "red"}
        assert adapter.socket_rooms("nobody") is None
        assert await adapter.server_count() == 1
        assert await io.server_side_emit_with_ack("anybody?") == []
        adapter.add_all(b.sid, {"green"})
        adapter.delete(b.sid, "red")
        assert adapter.socket_rooms(b.sid) == {b.sid, "green"}
        adapter.delete_all(b.sid)
        assert adapter.socket_rooms(b.sid) == frozenset()
        adapter.add_all("nobody", {"green"})
        assert "green" not in adapter.rooms
        await adapter.broadcast(Packet(["only", 1]), BroadcastOptions(rooms=("blue",)))
        assert await a.receive() == '42["only",1]'
        found = await adapter.fetch_sockets(BroadcastOptions(except_=("blue",)))
        assert [each.id for each in found] == [b.sid]
    assert dict(adapter.rooms) == {}


async def test_rooms_have_whom_middlewares_have_put_there() -> None:
    io = Server()
    adapter = io.sockets.adapter
    events = told(adapter)
    ids: list[str] = []

    @io.use
    def middleware(socket: Socket) -> None:
        ids.append(socket.id)
        assert socket.id not in adapter.sids
        assert dict(adapter.sids) == {}
        socket.join("early")
        assert dict(adapter.rooms) == {"early": {socket.id}}
        assert list(adapter.rooms.items()) == [("early", {socket.id})]
        assert dict(adapter.sids) == {socket.id: {"early"}}
        assert repr(adapter.rooms) == f"{{'early': frozenset({{'{socket.id}'}})}}"
        # They are none of the namespace yet.
        assert adapter.sockets({"early"}) == adapter.sockets(set()) == set()
        if socket.handshake.auth.get("bad"):
            raise ConnectError("no")

    async with io.serving() as listener, opened(listener) as client:
        client.send('40{"bad":true}')
        assert await client.receive() == '44{"message":"no"}'
        assert dict(adapter.rooms) == dict(adapter.sids) == {}
        sid = await client.enter("/")
        await until(lambda: len(events) == 8)
        assert dict(adapter.rooms) == {"early": {sid}, sid: {sid}}
        assert adapter.sockets({"early"}) == {sid}
        assert events == [
            ("create_room", "early"),
            ("join_room", "early", ids[0]),
            ("leave_room", "early", ids[0]),
            ("delete_room", "early"),
            ("create_room", "early"),
            ("join_room", "early", sid),
            ("create_room", sid),
            ("join_room", sid, sid),
        ]


async def test_its_events_are_those_of_the_reference_in_their_order() -> None:
    io = Server()
    events = told(io.sockets.adapter)
    order: list[str] = []
    io.on("connection", lambda _: order.append(f"connection after {len(events)}"))
    io.on("disconnecting", lambda _: order.append(f"disconnecting after {len(events)}"))
    io.on("disconnect", lambda _: order.append(f"disconnect after {len(events)}"))
    gone = asyncio.Event()
    io.on("disconnect", lambda _: gone.set())
    async with io.serving() as listener, entered(io, listener) as client:
        sid = client.sid
        io.to(sid).sockets_join("red")
        io.to(sid).sockets_join("red")
        io.to(sid).sockets_leave("red", "blue")
        io.to(sid).sockets_join("blue")
        client.send("41")
        await gone.wait()
    assert events == [
        ("create_room", sid),
        ("join_room", sid, sid),
        ("create_room", "red"),
        ("join_room", "red", sid),
        ("leave_room", "red", sid),
        ("delete_room", "red"),
        ("create_room", "blue"),
        ("join_room", "blue", sid),
        ("leave_room", sid, sid),
        ("delete_room", sid),
        ("leave_room", "blue", sid),
        ("delete_room", "blue"),
    ]
    assert order == ["connection after 2", "disconnecting after 8", "disconnect after 12"]


async def test_listeners_are_called_once_removed_and_may_fail(caplog: Any) -> None:
    io = Server()
    adapter = io.sockets.adapter
    seen: list[str] = []

    @adapter.on("create_room")
    def fails(_: str) -> None:
        raise ValueError("no room for rooms")

    def note(room: str) -> None:
        seen.append(room)

    adapter.once("create_room", note)
    async with io.serving() as listener, entered(io, listener) as client:
        assert seen == [client.sid]
        adapter.on("create_room", note)
        io.sockets_join("red")
        adapter.off("create_room", note)
        io.sockets_join("blue")
        adapter.on("create_room", note)
        adapter.off("create_room")
        io.sockets_join("green")
    assert seen == [client.sid, "red"]
    assert caplog.text.count("a listener of 'create_room' of an adapter failed") == 3
    with pytest.raises(ValueError, match=r"an adapter's events are 'create_room', .*'created'"):
        adapter.on("created")  # type: ignore[call-overload]

    async def late(_: str) -> None: ...

    with pytest.raises(TypeError, match="must be a plain function"):
        adapter.on("create_room", late)
    with pytest.raises(TypeError, match="requires 2 arguments, 'create_room' has"):
        adapter.on("create_room", lambda room, id: None)  # noqa: A006 - the field's name
    adapter.on("join_room", lambda room: None)
    adapter.on("join_room", lambda: None)


async def test_rooms_of_another_thread_are_told_on_the_loop() -> None:
    io = Server()
    threads: list[Any] = []
    done = asyncio.Event()

    @io.sockets.adapter.on("join_room")
    def joins(room: str, _: str) -> None:
        threads.append((room, threading.current_thread()))
        if room == "red":
            done.set()

    async with io.serving() as listener, entered(io, listener):
        await asyncio.to_thread(io.sockets_join, "red")
        await done.wait()
    assert [thread for room, thread in threads if room == "red"] == [threading.main_thread()]


async def test_what_nobody_takes_of_rooms_is_bounded(caplog: Any) -> None:
    io = Server(limits=Limits(max_room_events=6))
    events = told(io.sockets.adapter)
    async with io.serving() as listener, entered(io, listener):
        before = len(events)

        def flood() -> None:
            for number in range(5):
                io.sockets_join(f"room {number}")

        thread = threading.Thread(target=flood)
        thread.start()
        thread.join()
        assert len(events) == before
        await until(lambda: len(events) == before + 6)
        assert io.stats()["limit.max_room_events"] == 1
        assert "dropped 4 events of rooms (max_room_events)" in caplog.text
        io.sockets_join("again")
        assert events[-1][:2] == ("join_room", "again")
