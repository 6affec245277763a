"""A server with a `connection` handler and nothing else to do."""

import asyncio
import json

from socketio_rs import Server, Socket

io = Server()
joined = 0


@io.on("connection")
async def connected(socket: Socket) -> None:
    global joined
    joined += 1


@io.on("count")
def count(socket: Socket) -> int:
    return joined


async def main() -> None:
    async with io.serving() as listener:
        print(json.dumps({"address": listener.address}), flush=True)
        await asyncio.Event().wait()


asyncio.run(main())
