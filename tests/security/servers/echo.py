"""A server of the options that it is given: it answers with what it was asked, and counts who comes and goes."""

import asyncio
import json
import resource
import sys
from typing import Any

from socketio_rs import Server, Socket

options: dict[str, Any] = json.loads(sys.argv[1])
if descriptors := options.pop("descriptors", None):
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

io: Server = Server(**options)
joined = left = 0


@io.on("connection")
def connected(socket: Socket) -> None:
    global joined
    joined += 1


@io.on("disconnect")
def disconnected(socket: Socket) -> None:
    global left
    left += 1


@io.on("echo")
def echo(socket: Socket, *args: Any) -> tuple[Any, ...]:
    return args


@io.on("count")
def count(socket: Socket) -> tuple[int, int]:
    """How many sockets have joined, and how many of them have left."""
    return joined, left


async def main() -> None:
    async with io.serving() as listener:
        print(json.dumps({"address": listener.address}), flush=True)
        await asyncio.Event().wait()


asyncio.run(main())
