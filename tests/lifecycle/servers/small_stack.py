"""A server on a loop whose thread has a stack of as many bytes as its argument says; it gives back what it gets."""

import asyncio
import json
import sys
import threading
from contextlib import suppress
from typing import Any

from socketio_rs import Disconnected, Server, Socket

io = Server(max_http_buffer_size=10_000_000)


@io.on("connection")
def connected(socket: Socket) -> None:
    socket.emit("auth", levels(socket.handshake.auth))


def levels(value: Any) -> int:
    count = 0
    while isinstance(value, list | dict):
        count += 1
        value = next(iter(value if isinstance(value, list) else value.values()), None)
    return count


@io.on("echo")
def echo(socket: Socket, value: Any) -> Any:
    return value


@io.on("ask")
async def ask(socket: Socket) -> None:
    with suppress(Disconnected):
        socket.emit("answer", await socket.emit_with_ack("question"))


async def main() -> None:
    async with io.serving() as listener:
        print(json.dumps({"address": listener.address}), flush=True)
        await asyncio.Event().wait()


threading.stack_size(int(sys.argv[1]))
thread = threading.Thread(target=asyncio.run, args=(main(),))
thread.start()
thread.join()
