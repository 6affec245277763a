"""`NamespaceCore.sessions`: what sockets may come back to, kept by an adapter in place of the server."""

import asyncio
import gc
import json
import weakref
from typing import Any

import pytest
from support.client import Client, opened
from support.sessions import OFFSET, PID, SID, Store, connect, core_of, lose

from socketio_rs import ConnectError, ConnectionStateRecovery, Namespace, Server, Socket


async def test_a_client_comes_back_to_what_the_sessions_kept() -> None:
    io = Server(connection_state_recovery=True)
    store = Store(io)
    io.on("disconnecting", lambda socket: socket.join("late"))
    async with io.serving() as listener:
        async with opened(listener) as client:
            first, _ = await connect(client)
            sid, pid = first["sid"], first["pid"]
            socket = await store.came.get()
            data = socket.data
            data["name"] = "ann"
            socket.join("room")
            # No offset is added.
            socket.emit("hello")
            assert await client.event() == ["hello"]
            io.emit("hello", "all")
            assert await client.event() == ["hello", "all"]
            await lose(store, client)
        assert store.told == [
            ("disconnecting", sid),
            ("persist", sid, pid, sorted([sid, "room", "late"]), {"name": "ann"}),
            ("disconnect", sid),
        ]
        store.missed += [["news", 1, "an offset"], ("bytes", b"\1")]
        async with opened(listener) as client:
            again, missed = await connect(client, pid)
            assert missed == [
                '42["news",1,"an offset"]',
                '451-["bytes",{"_placeholder":true,"num":0}]',
                b"\1",
            ]
            assert again == {"sid": sid, "pid": pid}
            assert store.told[3:] == [("restore", pid, OFFSET)]
            back = await store.came.get()
            assert back is not socket
            assert (back.id, back.recovered) == (sid, True)
            assert back.data is data
            assert back.rooms == {sid, "room", "late"}
            assert io.sockets.sockets[sid] is back
            for room in ("late", sid):
                io.to(room).emit("hello", room)
                assert await client.event() == ["hello", room]
            await lose(store, client)
        assert len(store.told) == 7
        async with opened(listener) as client:
            assert (await connect(client, pid))[0] == again


@pytest.mark.parametrize("skip", [True, False])
async def test_middlewares_are_skipped_unless_they_shall_not_be(skip: bool) -> None:
    recovery = ConnectionStateRecovery(skip_middlewares=skip)
    io = Server(connection_state_recovery=recovery)
    store = Store(io)
    store.missed.append(["news"])
    asked: list[tuple[bool, object]] = []

    @io.use
    def ask(socket: Socket) -> None:
        asked.append((socket.recovered, socket.data.get("name")))
        if socket.data.get("name") == "bob":
            raise ConnectError("not bob")

    async with io.serving() as listener:
        async with opened(listener) as client:
            pid = (await connect(client))[0]["pid"]
            (await store.came.get()).data["name"] = "ann"
            await lose(store, client)
        async with opened(listener) as client:
            again, missed = await connect(client, pid)
            assert (again["pid"], missed) == (pid, ['42["news"]'])
            assert (await store.came.get()).recovered
            assert asked == [(False, None)] + ([] if skip else [(True, "ann")])
            await lose(store, client)
        if not skip:
            sid, _, rooms, _, _ = store.kept[pid]
            store.kept[pid] = (sid, pid, rooms, {"name": "bob"}, [["news"]])
            async with opened(listener) as client:
                assert await connect(client, pid) == ({"message": "not bob"}, [])
            assert sid not in io.sockets.sockets
        # Who begins anew is asked about in any case.
        async with opened(listener) as client:
            asked.clear()
            assert (await connect(client, "x" * 20))[0]["pid"] != pid
            assert asked == [(False, None)]


async def test_only_the_socket_that_asks_is_held_back_and_may_leave_meanwhile() -> None:
    io = Server(connection_state_recovery=True)
    store = Store(io)
    asked, answer = asyncio.Event(), asyncio.Event()

    class Slow:
        persist = store.persist

        async def restore(self, pid: str, offset: str) -> Any:
            asked.set()
            await answer.wait()
            ended.set()
            return (SID, pid, ["room"], {"name": "ann"}, [["news"]])

    ended = asyncio.Event()
    core_of(io.sockets).sessions = Slow()
    io.of("/other")
    async with io.serving() as listener, opened(listener) as client, opened(listener) as other:
        client.send("40" + json.dumps({"pid": PID, "offset": OFFSET}))
        await asked.wait()
        await client.enter("/other")
        await connect(other)
        speaker = await store.came.get()
        assert set(io.sockets.sockets) == {speaker.id}
        await client.abort()
        # Its other socket's end tells that the server knows.
        gone = asyncio.Event()
        io.of("/other").on("disconnect", lambda _socket: gone.set())
        if io.of("/other").sockets:
            await gone.wait()
        answer.set()
        await ended.wait()
        assert await speaker_is_alone(other, speaker)
        # What it came back to is not lost with it.
        assert store.told == [("persist", SID, PID, ["room"], {"name": "ann"})]
        # The next one gets what that one did not take.
        async with opened(listener) as again:
            assert (await connect(again, PID))[0]["sid"] == SID


async def speaker_is_alone(client: Client, speaker: Socket) -> bool:
    speaker.emit("still here")
    is_here = await client.event() == ["still here"]
    return is_here and set(speaker.nsp.sockets) == {speaker.id}


async def test_nothing_changes_where_there_are_none() -> None:
    io = Server(connection_state_recovery=True)
    store = Store(io)
    other = io.of("/other")
    other.on("disconnect", store.left.put_nowait)
    core = core_of(io.sockets)
    assert core.sessions is store
    assert core_of(other).sessions is None
    came: asyncio.Queue[Socket] = asyncio.Queue()
    other.on("connection", came.put_nowait)
    async with io.serving() as listener:
        async with opened(listener) as client:
            client.send("40/other,")
            first = json.loads(str(await client.receive())[9:])
            (await came.get()).emit("hello")
            event = json.loads(str(await client.receive())[9:])
            assert len(event) == 2
            await lose(store, client)
        async with opened(listener) as client:
            wish = json.dumps({"pid": first["pid"], "offset": event[1]})
            client.send("40/other," + wish)
            assert json.loads(str(await client.receive())[9:]) == first
            assert (await came.get()).recovered
        assert store.told == []
        # Those that are taken away are not asked any more, and the server keeps what there is.
        core.sessions = None
        await store.left.get()
        async with opened(listener) as client:
            first = (await connect(client))[0]
            (await store.came.get()).emit("hello")
            offset = (await client.event())[1]
            await lose(store, client)
        async with opened(listener) as client:
            assert (await connect(client, first["pid"], offset))[0] == first
        assert [told[0] for told in store.told if told[0] in ("persist", "restore")] == []


async def test_without_the_option_they_are_never_called() -> None:
    io = Server()
    store = Store(io)
    async with io.serving() as listener, opened(listener) as client:
        assert (await connect(client, PID))[0].keys() == {"sid"}
        await lose(store, client)
    assert [told[0] for told in store.told] == ["disconnecting", "disconnect"]


async def test_a_dynamic_namespace_may_have_them() -> None:
    io = Server(connection_state_recovery=True)

    class Fixed:
        def persist(self, *args: Any) -> None: ...

        def restore(self, pid: str, offset: str) -> Any:
            return (SID, pid, [], {"name": "ann"}, [])

    @io.on("new_namespace")
    def made(namespace: Namespace) -> None:
        core_of(namespace).sessions = Fixed()

    came: asyncio.Queue[Socket] = asyncio.Queue()
    io.of("/org/{name}").on("connection", came.put_nowait)
    async with io.serving() as listener, opened(listener) as client:
        wish = json.dumps({"pid": PID, "offset": OFFSET})
        client.send("40/org/a," + wish)
        assert await client.receive() == f'40/org/a,{{"sid":"{SID}","pid":"{PID}"}}'
        socket = await came.get()
        assert (socket.recovered, socket.data, socket.nsp.name) == (True, {"name": "ann"}, "/org/a")


async def test_nothing_of_who_has_gone_is_held() -> None:
    class Data:
        pass

    class Fixed:
        def __init__(self) -> None:
            self.persisted: asyncio.Queue[None] = asyncio.Queue()

        def persist(self, *args: Any) -> None:
            self.persisted.put_nowait(None)

        async def restore(self, pid: str, offset: str) -> Any:
            data = Data()
            found.append(weakref.ref(data))
            return (SID, pid, [], data, [])

    io = Server(connection_state_recovery=True)
    sessions = Fixed()
    held = weakref.ref(sessions)
    found: list[weakref.ref[Data]] = []
    core_of(io.sockets).sessions = sessions
    left = asyncio.Event()
    io.on("disconnect", lambda _socket: left.set())
    async with io.serving() as listener:
        async with opened(listener) as client:
            assert (await connect(client, PID))[0]["sid"] == SID
            await client.abort()
            await sessions.persisted.get()
            await left.wait()
        async with opened(listener) as client:
            await connect(client)
        await asyncio.sleep(0)
        gc.collect()
        assert found[0]() is None
        core_of(io.sockets).sessions = None
        del sessions
        gc.collect()
        assert held() is None
