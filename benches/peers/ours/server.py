"""The load contract on socketio_rs: `server.py event|on` prints its port.

With `event` the handlers are those of every socket, as in the README; with `on` each socket gets its own, as in JavaScript.
"""

import asyncio
import gc
import sys
from typing import Any

import uvloop

from socketio_rs import Server, Socket

io = Server()


def register_for_all() -> None:
    """Registers handlers once for every socket."""

    @io.on("connection")
    async def connected(socket: Socket) -> None:
        pass

    @io.event
    async def echo(socket: Socket, value: Any) -> Any:
        return value

    @io.event
    async def sink(socket: Socket, value: Any) -> None:
        pass

    @io.event
    async def join(socket: Socket, room: str) -> None:
        socket.join(room)

    @io.event
    async def bcast(socket: Socket, value: Any) -> None:
        io.to("r").emit("msg", value)


def register_for_each() -> None:
    """Registers handlers for each socket when it connects."""

    @io.on("connection")
    async def connected(socket: Socket) -> None:
        @socket.on("echo")
        async def echo(value: Any) -> Any:
            return value

        @socket.on("sink")
        async def sink(value: Any) -> None:
            pass

        @socket.on("join")
        async def join(room: str) -> None:
            socket.join(room)

        @socket.on("bcast")
        async def bcast(value: Any) -> None:
            io.to("r").emit("msg", value)


async def main() -> None:
    """Serves until it is killed."""
    {"event": register_for_all, "on": register_for_each}[sys.argv[1]]()
    listener = await io.listen(0)
    print(listener.url.rpartition(":")[2], flush=True)
    gc.freeze()
    await asyncio.Event().wait()


uvloop.run(main())
