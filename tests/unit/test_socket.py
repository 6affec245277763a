"""`Socket`: what it is, its data, rooms and listeners, and its end."""

import asyncio
import gc
import weakref
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.client import joined

from socketio_rs import Server, Socket


def watched(io: Server[Any]) -> "asyncio.Queue[Socket[Any]]":
    """Gets each socket that connects."""
    sockets: asyncio.Queue[Socket[Any]] = asyncio.Queue()
    io.on("connection", sockets.put_nowait)
    return sockets


# What it is


@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_request_tells_the_version_of_http(version: str) -> None:
    io: Server = Server()
    io.on("version", lambda socket: socket.request.http_version)
    async with io.serving() as listener, joined(listener, version=version) as client:
        assert await client.ask("version") == [version]


async def test_socket_has_id_namespace_connection_and_request_of_its_client() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with (
        io.serving() as listener,
        joined(listener, auth={"token": "t"}, origin="o") as client,
    ):
        socket = await sockets.get()
        assert socket.id == client.sid
        assert socket.nsp is io.sockets
        assert socket.connected and not socket.disconnected
        assert (socket.request.method, socket.request.path) == ("GET", "/socket.io/")
        assert socket.request.query == {"EIO": "4", "transport": "websocket"}
        assert socket.request.headers["origin"] == "o"
        assert socket.request is socket.request
        assert socket.handshake is socket.handshake
        assert socket.handshake.auth == {"token": "t"}
        assert socket.handshake.address == "127.0.0.1"
        assert socket.handshake.xdomain
        assert abs(socket.handshake.time - datetime.now(UTC)) < timedelta(seconds=10)


async def test_sockets_of_one_client_share_its_connection() -> None:
    io: Server = Server()
    chat = io.of("/chat")
    sockets = watched(io)
    chat.on("connection", sockets.put_nowait)
    async with io.serving() as listener, joined(listener) as client:
        main = await sockets.get()
        assert await client.enter("/chat", {"a": [1, None, "ü"]}) != client.sid
        other = await sockets.get()
        assert (main.nsp, other.nsp) == (io.sockets, chat)
        assert main.conn is other.conn
        assert main.handshake.auth == {}
        assert other.handshake.auth == {"a": [1, None, "ü"]}
        assert main.conn.id not in (main.id, other.id)


async def test_socket_is_one_object_while_it_is_held() -> None:
    io: Server = Server()
    sockets = watched(io)
    seen: list[Socket] = []

    @io.event
    def see(socket: Socket) -> bool:
        seen.append(socket)
        return True

    async with io.serving() as listener, joined(listener) as client:
        seen.append(await sockets.get())
        await client.ask("see")
        await client.ask("see")
    assert seen[0] is seen[1] is seen[2]


async def test_no_object_is_kept_for_an_idle_socket_that_nobody_holds() -> None:
    io: Server = Server()
    references: list[weakref.ref[Socket]] = []

    @io.event
    def see(socket: Socket) -> bool:
        references.append(weakref.ref(socket))
        return socket.connected

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("see") == [True]
        await asyncio.sleep(0)
        assert references[0]() is None
        assert await client.ask("see") == [True]


@pytest.mark.parametrize("keep", ["data", "listener"])
async def test_object_of_a_socket_with_data_or_listeners_is_kept_to_its_end(keep: str) -> None:
    io: Server = Server()
    references: list[weakref.ref[Socket]] = []
    left = asyncio.Event()
    io.on("disconnect", lambda *_: left.set())

    @io.event
    def see(socket: Socket) -> bool:
        references.append(weakref.ref(socket))
        if keep == "data":
            socket.data["me"] = socket
        else:
            socket.on("x", lambda: socket)
        return True

    async with io.serving() as listener:
        async with joined(listener) as client:
            await client.ask("see")
            gc.collect()
            assert references[0]() is not None
        await left.wait()
        # The pass that ran `disconnect` lets go of it.
        await asyncio.sleep(0)
        gc.collect()
        assert references[0]() is None


# data


async def test_data_is_a_dict_of_the_socket_by_default_and_can_be_replaced() -> None:
    io: Server = Server()

    @io.event
    def remember(socket: Socket, value: Any) -> None:
        socket.data["value"] = value

    @io.event
    def recall(socket: Socket) -> Any:
        return socket.data["value"]

    @io.event
    def replace(socket: Socket) -> Any:
        socket.data = {"value": "other"}
        return socket.data

    async with io.serving() as listener, joined(listener) as one, joined(listener) as two:
        one.emit("remember", 1)
        two.emit("remember", 2)
        assert (await one.ask("recall"), await two.ask("recall")) == ([1], [2])
        assert await one.ask("replace") == [{"value": "other"}]
        assert await one.ask("recall") == ["other"]


async def test_unknown_attribute_cannot_be_set_and_the_error_points_to_data() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket: Any = await sockets.get()
        with pytest.raises(AttributeError, match=r"'user'.*'data'"):
            socket.user = 1
        with pytest.raises(AttributeError, match=r"'user'.*'data'"):
            _ = socket.user
        with pytest.raises(AttributeError, match="'id' can't be set"):
            socket.id = 1
        with pytest.raises(AttributeError, match="'data'"):
            del socket.data


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("sid", "id"),
        ("environ", "request"),
        ("namespace", "nsp"),
        ("enter_room", "join"),
        ("leave_room", "leave"),
    ],
)
async def test_attribute_of_other_servers_is_told_by_its_name_here(name: str, own: str) -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        assert hasattr(socket, own)
        with pytest.raises(AttributeError, match=f"'{name}': did you mean '{own}'"):
            getattr(socket, name)


# Rooms


async def test_rooms_are_those_joined_and_the_sockets_own() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        assert socket.rooms == frozenset({socket.id})
        socket.join("a", ["b", "c"], {"d"})
        socket.leave("a", ("c",))
        assert socket.rooms == {socket.id, "b", "d"}


@pytest.mark.parametrize("room", [1, None, b"room", ["a", 1]])
async def test_room_that_is_no_string_is_refused(room: Any) -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()
        for method in (socket.join, socket.leave, socket.to, socket.except_, io.to, io.except_):
            with pytest.raises(TypeError, match="a room must be a str"):
                method(room)
        assert socket.rooms == {socket.id}


async def test_socket_in_place_of_a_room_is_refused_with_what_to_give() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket: Any = await sockets.get()
        for rooms in (socket, [socket]):
            with pytest.raises(TypeError, match=f"found <Socket {socket.id}>: use its id"):
                io.to(rooms)


async def test_rooms_can_be_read_while_disconnecting_and_are_gone_afterwards() -> None:
    io: Server = Server()
    seen: list[tuple[str, frozenset[str], bool]] = []
    left = asyncio.Event()

    @io.event
    def join(socket: Socket) -> None:
        socket.join("room")

    @io.event
    async def disconnecting(socket: Socket) -> None:
        await asyncio.sleep(0)
        seen.append(("disconnecting", socket.rooms - {socket.id}, socket.connected))

    @io.event
    def disconnect(socket: Socket) -> None:
        seen.append(("disconnect", socket.rooms, socket.connected))
        left.set()

    async with io.serving() as listener:
        async with joined(listener) as client:
            assert await client.ask("join") == []
        await left.wait()
    assert seen == [
        ("disconnecting", frozenset({"room"}), True),
        ("disconnect", frozenset(), False),
    ]


# Listeners


async def test_listener_gets_the_arguments_and_the_socket_if_it_says_so() -> None:
    io: Server = Server()
    seen: list[Any] = []

    @io.event
    def connection(socket: Socket) -> None:
        @socket.on("a")
        def plain(*args: Any) -> None:
            seen.append(args)

        @socket.on("a")
        def annotated(other: Socket, *args: Any) -> bool:
            seen.append((other is socket, *args))
            return True

    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("a", 1, "x") == [True]
    assert seen == [(1, "x"), (True, 1, "x")]


async def test_listener_by_once_runs_once_and_off_removes() -> None:
    io: Server = Server()
    ran: list[str] = []

    def always() -> None:
        ran.append("always")

    @io.event
    def connection(socket: Socket) -> None:
        socket.on("a", always)
        socket.once("a", lambda: ran.append("once"))
        socket.on("a", lambda: ran.append("other"))

    @io.event
    def off(socket: Socket, which: str) -> bool:
        removed = {
            "one": lambda: socket.off("a", always),
            "event": lambda: socket.off("a"),
            "unknown": lambda: socket.off("b", always).off("b"),
            "all": socket.off,
        }[which]()
        return removed is socket

    async with io.serving() as listener, joined(listener) as client:

        async def heard() -> list[str]:
            ran.clear()
            client.emit("a")
            await client.ask("off", "unknown")
            return ran.copy()

        assert await heard() == ["always", "once", "other"]
        assert await heard() == ["always", "other"]
        assert await client.ask("off", "one") == [True]
        assert await heard() == ["other"]
        assert await client.ask("off", "event") == [True]
        assert await heard() == []
        await client.ask("off", "all")


async def test_listener_of_a_socket_runs_behind_those_of_its_namespace() -> None:
    io: Server = Server()
    ran: list[str] = []

    @io.event
    def connection(socket: Socket) -> None:
        @socket.on("a")
        def own() -> bool:
            ran.append("socket")
            return True

    io.on("a", lambda socket: ran.append("first"))
    io.on("a", lambda socket: ran.append("second"))
    async with io.serving() as listener, joined(listener) as client:
        assert await client.ask("a") == [True]
    assert ran == ["first", "second", "socket"]


async def test_decorators_return_the_function_unchanged_and_stack() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener):
        socket = await sockets.get()

        def function() -> None: ...

        assert socket.on("a")(socket.once("b")(socket.on("c", function))) is function
        nameless: Any = 3
        with pytest.raises(TypeError, match="name"):
            socket.on(nameless)


async def test_listener_of_disconnect_gets_the_reason() -> None:
    io: Server = Server()
    seen: list[Any] = []
    left = asyncio.Event()
    io.on("disconnect", lambda *_: left.set())

    @io.event
    def connection(socket: Socket) -> None:
        socket.on("disconnecting", lambda reason: seen.append(("disconnecting", reason)))
        socket.on("disconnect", lambda reason: seen.append(("disconnect", reason)))

    async with io.serving() as listener:
        async with joined(listener):
            pass
        await left.wait()
        await asyncio.sleep(0)
    assert seen == [("disconnecting", "transport close"), ("disconnect", "transport close")]


# Its end


async def test_disconnect_ends_the_socket_and_leaves_the_connection() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        socket = await sockets.get()
        assert socket.disconnect() is socket
        assert socket.disconnected and not socket.connected
        assert await client.receive() == "41"
        assert await client.enter("/") != client.sid


async def test_disconnect_with_close_ends_all_sockets_of_the_client() -> None:
    io: Server = Server()
    reasons: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    io.on("disconnect", lambda _, reason: reasons.put_nowait(("/", reason)))
    io.of("/b").on("disconnect", lambda _, reason: reasons.put_nowait(("/b", reason)))
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        await client.enter("/b")
        (await sockets.get()).disconnect(close=True)
        assert await client.closed() == ["41", "41/b,"]
        ended = {await reasons.get(), await reasons.get()}
    assert {name for name, _ in ended} == {"/", "/b"}
    assert {reason for _, reason in ended} == {"server namespace disconnect"}


async def test_repr_shows_the_id() -> None:
    io: Server = Server()
    sockets = watched(io)
    async with io.serving() as listener, joined(listener) as client:
        assert repr(await sockets.get()) == f"<Socket {client.sid}>"
