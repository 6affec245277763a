"""What a socket has and gives."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, assert_type

from socketio_rs import (
    BroadcastOperator,
    Client,
    DisconnectReason,
    Handshake,
    Namespace,
    RemoteSocket,
    Request,
    Server,
    Socket,
    SocketOperator,
)
from socketio_rs.engine import EngineSocket


class User:
    name = ""


io = Server(data=User)


def has(socket: Socket[User]) -> None:
    assert_type(socket.id, str)
    assert_type(socket.nsp, Namespace)
    assert_type(socket.client, Client)
    assert_type(socket.conn, EngineSocket)
    assert_type(socket.request, Request)
    assert_type(socket.rooms, frozenset[str])
    assert_type(socket.connected or socket.disconnected or socket.recovered, bool)
    socket.id = "other"  # error
    socket.connected = False  # error
    socket.rooms.add("room")  # error
    socket.name = "ann"  # error


def shakes_hands(handshake: Handshake) -> None:
    headers: Mapping[str, str] = handshake.headers
    assert_type(handshake.query, Mapping[str, str])
    assert_type(handshake.time, datetime)
    assert_type(handshake.issued, float)
    assert_type(handshake.address + handshake.url + headers["host"], str)
    assert_type(handshake.xdomain or handshake.secure, bool)
    assert_type(handshake.to_dict(), dict[str, Any])
    handshake.url = "/"  # error
    handshake.headers["cookie"] = ""  # error


async def narrows(socket: Socket[User]) -> None:
    assert_type(socket.volatile.local.compress(True).timeout(5), SocketOperator)
    assert_type(socket.to("a", ["b"]).in_("c").except_("d"), BroadcastOperator)
    assert_type(socket.volatile.broadcast, BroadcastOperator)
    assert_type(socket.target(volatile=True), SocketOperator)
    assert_type(socket.target(to="a"), BroadcastOperator)
    assert_type(io.to("a").volatile.local, BroadcastOperator)
    assert_type(await socket.emit("any", 1, b"x"), None)
    assert_type(await socket.send("hi", ack=print), None)
    assert_type(await socket.timeout(5).emit_with_ack("any", all_args=True), Any)
    assert_type(await io.to("a").emit_with_ack("any"), list[Any])
    socket.broadcast.broadcast  # noqa: B018 - # error
    io.broadcast  # noqa: B018 - # error
    socket.to("a").emit_with_ack("any", all_args=True)  # error
    socket.emit_with_ack("any", partial=True)  # error
    socket.timeout("5")  # error
    socket.to(5)  # error
    socket.join(5)  # error


async def finds() -> None:
    assert_type(io.sockets.sockets, Mapping[str, Socket[Any]])
    name: str = io.sockets.sockets["id"].data.name
    assert_type(await io.to("a").fetch_sockets(), list[RemoteSocket])
    assert_type(await io.all_sockets(), set[str])
    io.sockets.sockets["id"].emit(name)
    del io.sockets.sockets["id"]  # error


@io.on("disconnect")
def left(socket: Socket[User], reason: DisconnectReason, details: object) -> None:
    text: str = reason
    reason = "gone"  # error
    print(text)


def listens(socket: Socket[User]) -> None:
    @socket.on_any
    def heard(event: str, *args: Any) -> None: ...

    @socket.use
    async def middleware(event: str, args: list[Any]) -> list[Any]:
        return args

    @socket.on("error")
    def failed(error: Exception) -> None: ...

    socket.off_any(heard).off_any_outgoing().off("error", failed).disconnect(close=True)
    assert_type(socket.listeners_any(), list[Callable[..., Any]])
    heard(1)  # error
