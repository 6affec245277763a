"""What is done to many sockets at once, and who is there."""

import asyncio
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from support.client import joined, opened

from socketio_rs import Adapter, BroadcastOperator, Namespace, RemoteSocket, Server, Socket


def watched(io: Server[Any], namespace: str = "/") -> "asyncio.Queue[Socket[Any]]":
    """Gets each socket that connects."""
    sockets: asyncio.Queue[Socket[Any]] = asyncio.Queue()
    io.of(namespace).on("connection", sockets.put_nowait)
    return sockets


def own_rooms(socket: Socket[Any]) -> set[str]:
    return set(socket.rooms) - {socket.id}


# Rooms and ends


async def test_sockets_join_and_leave_at_once_and_in_the_order_of_emits() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as first, joined(listener) as second:
        one, two = [await sockets.get() for _ in range(2)]
        io.to("a").emit("nobody yet")
        io.sockets_join("a", ["b", "c"])
        assert own_rooms(one) == own_rooms(two) == {"a", "b", "c"}
        io.to("a").emit("both")
        io.in_(one.id).sockets_leave("a", ["b"], "unknown")
        assert (own_rooms(one), own_rooms(two)) == ({"c"}, {"a", "b", "c"})
        io.to("a").emit("second")
        io.to("a").sockets_join("d")
        io.to("d").except_("e").sockets_join("e")
        io.except_("e").sockets_join("f")
        one.broadcast.sockets_join("g")
        io.of("/").to([]).sockets_join("h")
        assert (own_rooms(one), own_rooms(two)) == (
            {"c", "f"},
            {"a", "b", "c", "d", "e", "g"},
        )
        io.of("/").sockets_leave(["c"])
        assert own_rooms(one) == {"f"}
        io.emit("end")
        assert [await first.event() for _ in range(2)] == [["both"], ["end"]]
        assert [await second.event() for _ in range(3)] == [["both"], ["second"], ["end"]]


@pytest.mark.parametrize("adapter", [None, Adapter])
async def test_a_socket_that_leaves_is_put_into_rooms_and_taken_out_while_it_is_there(
    adapter: type[Adapter] | None,
) -> None:
    io: Server = Server(adapter=adapter)
    sockets = watched(io)
    seen: asyncio.Queue[set[str]] = asyncio.Queue()

    @io.event
    def disconnecting(socket: Socket) -> None:
        io.to("a").sockets_join("b")
        io.sockets_leave("a")
        seen.put_nowait(own_rooms(socket))

    async with io.serving() as listener, joined(listener) as client:
        (await sockets.get()).join("a")
        client.send("41")
        assert await seen.get() == {"b"}


async def test_disconnect_sockets_ends_them_behind_what_was_emitted() -> None:
    io: Server = Server()
    sockets = watched(io)
    reasons: asyncio.Queue[str] = asyncio.Queue()
    io.on("disconnect", lambda socket, reason: reasons.put_nowait(reason))
    async with io.serving() as listener, joined(listener) as first, joined(listener) as second:
        one, two = [await sockets.get() for _ in range(2)]
        io.emit("before")
        io.except_(two.id).disconnect_sockets()
        assert (one.connected, two.connected) == (False, True)
        io.emit("behind")
        assert [await first.receive() for _ in range(2)] == ['42["before"]', "41"]
        assert [await second.event() for _ in range(2)] == [["before"], ["behind"]]
        assert await reasons.get() == "server namespace disconnect"
        # Its connection is open still.
        await first.enter("/")
        await sockets.get()
        io.disconnect_sockets(close=True)
        assert [await first.closed(), await second.closed()] == [["41"], ["41"]]


async def test_namespaces_sockets_are_its_own() -> None:
    io: Server = Server()
    chat = io.of("/chat")
    mains, chats = watched(io), watched(io, "/chat")
    async with io.serving() as listener, joined(listener) as client:
        main = await mains.get()
        await client.enter("/chat")
        other = await chats.get()
        chat.sockets_join("room")
        assert (own_rooms(main), own_rooms(other)) == (set(), {"room"})
        assert await io.all_sockets() == {main.id}
        assert await chat.all_sockets() == {other.id}
        chat.disconnect_sockets()
        assert await client.receive() == "41/chat,"
        assert main.connected


async def test_rooms_of_many_are_what_to_takes() -> None:
    io: Server = Server()
    for given in (io, io.of("/"), io.local):
        for change in (given.sockets_join, given.sockets_leave):
            change()
            with pytest.raises(TypeError, match="a room must be a str"):
                change(5)  # type: ignore[arg-type]


async def test_many_may_be_changed_from_any_thread() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        done = threading.Event()

        def elsewhere() -> None:
            io.sockets_join("a", "b")
            io.sockets_leave("b")
            assert socket.rooms == {socket.id, "a"}
            io.to("a").emit("a")
            assert list(io.sockets.sockets) == [socket.id]
            assert asyncio.run(fetched(io.to("a"))) == {socket.id}
            io.disconnect_sockets()
            assert asyncio.run(fetched(io.to("a"))) == set()
            done.set()

        await asyncio.to_thread(elsewhere)
        assert done.is_set()
        assert [await client.receive() for _ in range(2)] == ['42["a"]', "41"]


async def fetched(given: Server[Any] | Namespace | BroadcastOperator) -> set[str]:
    sockets = await given.fetch_sockets()
    ids = {socket.id for socket in sockets}
    assert len(ids) == len(sockets), "each once"
    assert ids == await given.all_sockets()
    return ids


# Who is there


async def test_sockets_are_fetched_by_rooms() -> None:
    io: Server = Server()
    sockets = watched(io)
    assert await fetched(io) == set()
    async with io.serving() as listener, joined(listener), joined(listener), joined(listener):
        one, two, three = [await sockets.get() for _ in range(3)]
        one.join("a", "b")
        two.join("b")
        everyone = {one.id, two.id, three.id}
        assert await fetched(io) == await fetched(io.of("/")) == await fetched(io.local) == everyone
        assert await fetched(io.to("a")) == {one.id}
        assert await fetched(io.to("a", "b", one.id)) == {one.id, two.id}
        assert await fetched(io.to("b").except_("a")) == {two.id}
        assert await fetched(io.except_("a", two.id)) == {three.id}
        assert await fetched(io.to([])) == await fetched(io.to("unknown")) == set()
        assert await fetched(one.broadcast) == {two.id, three.id}
        assert await fetched(one.to("b")) == {two.id}
    assert await fetched(io) == set()


async def test_fetched_socket_shows_what_the_socket_is() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener, auth={"token": 1}):
        socket = await sockets.get()
        socket.join("room")
        socket.data["name"] = "ann"
        (found,) = await io.fetch_sockets()
        assert type(found) is RemoteSocket
        assert found.id == socket.id
        assert found.rooms == {socket.id, "room"}
        assert found.data == {"name": "ann"}
        assert found.handshake.auth == {"token": 1}
        socket.leave("room")
        assert found.rooms == {socket.id, "room"}, "as it was when it was fetched"
        assert repr(found) == f"<RemoteSocket {socket.id}>"


async def test_fetched_socket_does_what_a_socket_does() -> None:
    io: Server = Server()
    sockets = watched(io)
    told: asyncio.Queue[Any] = asyncio.Queue()
    async with io.serving() as listener, joined(listener) as client, joined(listener) as other:
        socket = await sockets.get()
        (found,) = await io.to(client.sid).fetch_sockets()
        await found.emit("event", 1)
        found.send("text")
        assert [await client.event() for _ in range(2)] == [["event", 1], ["message", "text"]]
        for one in (found, found.timeout(30)):
            answer = asyncio.ensure_future(one.emit_with_ack("question"))
            packet = str(await client.receive())
            client.send(f'43{packet[2 : packet.index("[")]}["answer","more"]')
            assert await answer == "answer"
        for one in (found.timeout(0.05), found):
            with pytest.raises(TimeoutError):
                await one.emit_with_ack("question", timeout=0.05 if one is found else None)
            await client.receive()
        found.timeout(30).emit("question", ack=lambda *args: told.put_nowait(args))
        packet = str(await client.receive())
        client.send(f'43{packet[2 : packet.index("[")]}["answer"]')
        assert await told.get() == (None, "answer")
        found.join("a", ["b"])
        found.leave("a")
        (again,) = await io.to("b").fetch_sockets()
        assert again.rooms == {client.sid, "b"}
        assert found.disconnect() is found
        assert await client.receive() == "41"
        await found.emit("nobody")
        (found,) = await io.fetch_sockets()
        found.disconnect(close=True)
        assert await other.closed() == ["41"]
        assert socket is not None


# Namespace.sockets


async def test_sockets_of_a_namespace_are_a_live_mapping() -> None:
    io: Server = Server()
    sockets = watched(io)
    view = io.sockets.sockets
    assert isinstance(view, Mapping)
    assert (len(view), dict(view)) == (0, {})
    async with io.serving() as listener, joined(listener) as first, joined(listener) as second:
        one, two = [await sockets.get() for _ in range(2)]
        assert len(view) == 2
        assert dict(view) == {one.id: one, two.id: two}
        assert view[one.id] is one
        assert one.id in view
        assert "unknown" not in view
        assert 5 not in view
        assert view.get("unknown") is None
        with pytest.raises(KeyError, match="unknown"):
            view["unknown"]
        with pytest.raises(TypeError):
            view[one.id] = two  # type: ignore[index]
        assert len(io.of("/other").sockets) == 0
        assert repr(view) == "<sockets of /: 2>"
        for sid in view:
            view[sid].disconnect()
        assert len(view) == 0
        assert [await first.receive(), await second.receive()] == ["41", "41"]
        await first.enter("/")
        again = await sockets.get()
        assert list(view) == [again.id]


async def test_who_leaves_while_the_mapping_is_gone_over_is_left_out() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener), joined(listener), joined(listener):
        there = [await sockets.get() for _ in range(3)]
        view = io.sockets.sockets
        assert set(view.values()) == set(there)
        assert set(view.items()) == {(socket.id, socket) for socket in there}
        assert (len(view.items()), len(view.values())) == (3, 3)
        assert there[0] in view.values()
        assert (there[0].id, there[0]) in view.items()
        for seen, (sid, socket) in enumerate(view.items()):
            assert (seen, socket.id) == (0, sid)
            io.disconnect_sockets()
        assert list(view.values()) == []


async def test_socket_is_in_the_mapping_while_it_is_connected() -> None:
    io: Server = Server()
    view = io.sockets.sockets
    seen: list[tuple[str, bool]] = []
    gone = asyncio.Event()

    def note(step: str, socket: Socket) -> None:
        seen.append((step, view.get(socket.id) is socket))
        assert (socket.id in view) == (socket.id in list(view)) == socket.connected

    @io.use
    async def middleware(socket: Socket) -> None:
        note("middleware", socket)
        await asyncio.sleep(0)
        note("middleware", socket)

    io.on("connection", lambda socket: note("connection", socket))
    io.on("disconnecting", lambda socket: note("disconnecting", socket))

    @io.on("disconnect")
    def left(socket: Socket) -> None:
        note("disconnect", socket)
        gone.set()

    async with io.serving() as listener, opened(listener) as client:
        await client.enter("/")
        client.send("41")
        await gone.wait()
        assert seen == [
            ("middleware", False),
            ("middleware", False),
            ("connection", True),
            ("disconnecting", True),
            ("disconnect", False),
        ]


async def test_sockets_that_leave_are_fetched_while_they_show_as_connected() -> None:
    io: Server = Server()
    sockets = watched(io)
    seen: asyncio.Queue[Any] = asyncio.Queue()

    async def note(socket: Socket) -> None:
        ids = [await fetched(given) for given in (io, io.to("room"), io.to(socket.id), io.local)]
        (found, *_) = [*await io.to("room").fetch_sockets(), None]
        found_rooms = found and found.rooms - {socket.id}
        seen.put_nowait((socket.connected, [socket.id in each for each in ids], found_rooms))

    @io.event
    async def disconnecting(socket: Socket) -> None:
        await note(socket)
        await asyncio.sleep(0)
        await note(socket)

    io.on("disconnect", note)
    async with io.serving() as listener:
        for how in ("client", "server", "connection"):
            async with joined(listener) as client:
                socket = await sockets.get()
                socket.join("room")
                if how == "client":
                    client.send("41")
                elif how == "server":
                    socket.disconnect()
                    assert await fetched(io.to("room")) == set(), "it is not connected any more"
                else:
                    await client.abort()
                for _ in range(2):
                    assert await seen.get() == (True, [True] * 4, {"room"}), how
                assert await seen.get() == (False, [False] * 4, None), how


async def test_all_sockets_are_not_those_in_middlewares() -> None:
    io: Server = Server()
    entered, gate = asyncio.Event(), asyncio.Event()

    @io.use
    async def wait(socket: Socket) -> None:
        socket.join("room")
        entered.set()
        await gate.wait()

    sockets = watched(io)
    async with io.serving() as listener, opened(listener) as client:
        client.send("40")
        await entered.wait()
        assert await fetched(io) == await fetched(io.to("room")) == set()
        assert len(io.sockets.sockets) == 0
        gate.set()
        socket = await sockets.get()
        assert await fetched(io) == await fetched(io.to("room")) == {socket.id}


async def test_an_await_that_was_forgotten_is_told() -> None:
    io = Server()
    async with io.serving():
        for forgotten in (io.fetch_sockets(), io.all_sockets(), io.emit("x")):
            with pytest.raises(TypeError, match="has to be awaited first"):
                list(forgotten)  # type: ignore[call-overload]
            with pytest.raises(TypeError, match="has to be awaited first"):
                assert "x" in forgotten  # type: ignore[operator]
            await forgotten
