"""A server whose interpreter can be held for seconds, with heartbeats faster than that."""

import asyncio
import ctypes
import json

from socketio_rs import Server, Socket

io = Server(ping_interval=1.0, ping_timeout=1.0)
hold = ctypes.PyDLL(None).sleep


@io.on("hold")
def held(socket: Socket, seconds: int) -> None:
    hold(seconds)


@io.on("mark")
async def mark(socket: Socket, number: int) -> int:
    """Answers how many marks of this socket came before."""
    marks = socket.data.setdefault("marks", [])
    marks.append(number)
    return marks.index(number)


@io.on("disconnect")
def left(socket: Socket, reason: str) -> None:
    print(json.dumps({"left": reason}), flush=True)


async def main() -> None:
    async with io.serving() as listener:
        print(json.dumps({"address": listener.address}), flush=True)
        await asyncio.Event().wait()


asyncio.run(main())
