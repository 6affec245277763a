"""A server that broadcasts on SIGUSR1, and sends a client 100 packets from one handler."""

import asyncio
import json
import os
import signal

from socketio_rs import Server, Socket

io = Server()


@io.on("burst")
async def burst(socket: Socket) -> None:
    for number in range(100):
        socket.emit("packet", number)


@io.on("late burst")
async def late_burst(socket: Socket) -> None:
    await asyncio.sleep(0)
    await burst(socket)


async def main() -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, lambda: io.emit("news", "text"))
    async with io.serving() as listener:
        print(json.dumps({"address": listener.address, "pid": os.getpid()}), flush=True)
        await asyncio.Event().wait()


asyncio.run(main())
