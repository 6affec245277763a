"""Connection state recovery by an adapter of the user's own: it keeps sessions and packets, and gives them back."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from support.client import opened
from support.sessions import connect

from socketio_rs import Adapter, Namespace, Server, Socket
from socketio_rs.adapter import BroadcastOptions, Packet, Session


class Keeping(Adapter):
    """Keeps what was sent in a list; the offset is its place there."""

    def __init__(self, namespace: Namespace) -> None:
        super().__init__(namespace)
        self.sessions: dict[str, Session] = {}
        self.log: list[tuple[Packet, BroadcastOptions]] = []

    def broadcast(self, packet: Packet, options: BroadcastOptions) -> Awaitable[None]:
        if not options.flags.get("volatile"):
            packet.data.append(f"offset {len(self.log)}")
            self.log.append((packet, options))
        return super().broadcast(packet, options)

    def persist_session(self, session: Session) -> None:
        self.sessions[session.pid] = session

    async def restore_session(self, pid: str, offset: str) -> Session | None:
        session = self.sessions.pop(pid, None)
        if session is not None:
            rooms = set(session.rooms)
            session.missed_packets = [
                packet.data
                for packet, options in self.log[int(offset.split()[1]) + 1 :]
                if not options.rooms or rooms & set(options.rooms)
            ]
        return session


async def test_it_gives_back_what_it_kept() -> None:
    io = Server(adapter=Keeping, connection_state_recovery=True)
    adapter = io.sockets.adapter
    assert isinstance(adapter, Keeping)
    came: asyncio.Queue[Socket] = asyncio.Queue()
    left = asyncio.Event()
    io.on("connection", came.put_nowait)
    io.on("disconnect", lambda _: left.set())
    async with io.serving() as listener:
        async with opened(listener) as client:
            (first, _) = await connect(client)
            socket = await came.get()
            socket.join("red")
            socket.data["name"] = "ann"
            await socket.emit("one")
            assert await client.event() == ["one", "offset 0"]
            socket.volatile.emit("volatile")
            assert await client.event() == ["volatile"]
            io.emit("all")
            assert await client.event() == ["all", "offset 1"]
            await client.abort()
            await left.wait()
        (session,) = adapter.sessions.values()
        assert (session.sid, session.pid) == (first["sid"], first["pid"])
        assert set(session.rooms) == {session.sid, "red"}
        assert session.data == {"name": "ann"}
        io.to("red").emit("missed")
        io.to("blue").emit("not for it")
        socket.emit("missed too")
        io.volatile.emit("lost")
        async with opened(listener) as client:
            again, missed = await connect(client, first["pid"], "offset 1")
            assert again == first
            assert missed == ['42["missed","offset 2"]', '42["missed too","offset 4"]']
            back = await came.get()
            assert (back.id, back.recovered, back.data) == (first["sid"], True, {"name": "ann"})
            assert back.rooms == {first["sid"], "red"}
            io.to("red").emit("there")
            assert await client.event() == ["there", "offset 5"]
        async with opened(listener) as client:
            other, missed = await connect(client, "somebody else's", "offset 1")
            assert other["sid"] != first["sid"]
            assert missed == []
            assert (await came.get()).recovered is False


async def test_without_the_option_it_is_not_asked() -> None:
    io = Server(adapter=Keeping)
    adapter = io.sockets.adapter
    assert isinstance(adapter, Keeping)
    left = asyncio.Event()
    came: asyncio.Queue[Socket] = asyncio.Queue()
    io.on("connection", came.put_nowait)
    io.on("disconnect", lambda _: left.set())
    async with io.serving() as listener, opened(listener) as client:
        reply, _ = await connect(client)
        assert "pid" not in reply
        (await came.get()).emit("one")
        assert await client.event() == ["one"]
        await client.abort()
        await left.wait()
    assert adapter.sessions == {}


async def test_one_that_keeps_nothing_leaves_it_to_the_server() -> None:
    class Passing(Adapter):
        """Overrides something else."""

        async def broadcast(self, packet: Packet, options: BroadcastOptions) -> None:
            await super().broadcast(packet, options)

    io: Server[Any] = Server(adapter=Passing, connection_state_recovery=True)
    came: asyncio.Queue[Socket] = asyncio.Queue()
    left = asyncio.Event()
    io.on("connection", came.put_nowait)
    io.on("disconnect", lambda _: left.set())
    io.on("disconnecting", lambda socket: socket.join("blue"))
    async with io.serving() as listener:
        async with opened(listener) as client:
            first, _ = await connect(client)
            (await came.get()).join("red")
            await io.to("red").emit("one")
            _, offset = await client.event()
            await client.abort()
            await left.wait()
        await io.to("red").emit("two")
        await io.to("blue").emit("three")
        await io.to(first["sid"]).emit("four")
        async with opened(listener) as client:
            again, missed = await connect(client, first["pid"], offset)
            assert again == first
            assert [packet.split(",")[0] for packet in map(str, missed)] == [
                '42["two"',
                '42["three"',
                '42["four"',
            ]
            back = await came.get()
            assert back.recovered
            assert back.rooms == {first["sid"], "red", "blue"}
            assert back.nsp.adapter.socket_rooms(back.id) == back.rooms
