"""A server whose handlers wait for a gate; what stands on its input decides when it opens."""

import asyncio
import json
import sys

from socketio_rs import Server, Socket

# The ping timeout is also the time after which a paused client that has hung up is given up.
io = Server(ping_interval=5.0, ping_timeout=5.0, max_running_handlers=100, max_pending_events=256)
gate = asyncio.Event()
started = 0
numbers: list[int] = []


@io.on("work")
async def work(socket: Socket, number: int, text: str) -> None:
    global started
    started += 1
    numbers.append(number)
    await gate.wait()


@io.on("disconnect")
def left(socket: Socket, reason: str) -> None:
    in_order = numbers == list(range(len(numbers)))
    line = {"left": reason, "started": started, "in_order": in_order}
    print(json.dumps(line), flush=True)


async def main() -> None:
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, lambda: (sys.stdin.readline(), gate.set()))
    async with io.serving() as listener:
        print(json.dumps({"address": listener.address}), flush=True)
        await asyncio.Event().wait()


asyncio.run(main())
