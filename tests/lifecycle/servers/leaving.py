"""A server with all that a socket may have, and clients that come and go."""

import asyncio
import json
from contextlib import suppress

from socketio_rs import Disconnected, Server, Socket

io = Server()
chat = io.of("/chat")
joined = left = 0


@io.use
async def accept(socket: Socket) -> None:
    await asyncio.sleep(0)
    socket.data["user"] = socket.id


@io.on("connection")
async def connected(socket: Socket) -> None:
    global joined
    joined += 1
    socket.join("room", f"room {socket.id}")
    socket.on("own", lambda *args: None)
    socket.timeout(60).emit("asked", ack=lambda *args: None)
    with suppress(Disconnected):
        await socket.emit_with_ack("asked", timeout=60)


@chat.on("connection")
def chatting(socket: Socket) -> None:
    socket.emit("welcome", b"bytes")


@io.on("disconnect")
async def disconnected(socket: Socket, reason: str) -> None:
    global left
    left += 1
    io.to("room").emit("left", reason)


@io.on("count")
def count(socket: Socket) -> list[int]:
    return [joined, left]


async def main() -> None:
    async with io.serving() as listener:
        print(json.dumps({"address": listener.address}), flush=True)
        await asyncio.Event().wait()


asyncio.run(main())
