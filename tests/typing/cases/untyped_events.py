"""Events by plain names take any arguments, and decorators keep the function's type."""

import re
from typing import Any, assert_type

from socketio_rs import Ack, Namespace, ParentNamespace, Server, Socket

io: Server = Server()


@io.event
async def chat(socket: Socket, text: str) -> str:
    return text


@io.on("any name", thread=True)
def named(socket: Socket, *rest: Any, ack: Ack) -> None:
    ack(*rest)


@io.event("other")
def other(text: str) -> int:
    return len(text)


@io.use
async def guard(socket: Socket) -> None:
    socket.data["user"] = "ann"


async def kept(socket: Socket) -> None:
    assert_type(await chat(socket, "hi"), str)
    assert_type(other("hi"), int)
    await chat(socket)  # error
    other(1)  # error
    io.emit("chat", 1, {"a": None}, b"bytes")
    await io.to("a", ["b"]).except_(socket.id).emit("chat")
    io.emit("chat", room="a")  # error
    io.send("hi", ack=print)
    io.send("hi", room="a")  # error
    io.on("chat", namespace="/chat")  # error
    assert_type(io.of(re.compile("/a+")), ParentNamespace)
    assert_type(io.of("/a"), Namespace)
    io.on(1)  # error
    io.to(1)  # error
    socket.emit()  # error
    socket.nothing_like_it  # noqa: B018 - # error
