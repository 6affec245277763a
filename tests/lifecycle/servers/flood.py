"""A server whose handlers wait for a gate; a line on its input opens it.

Its argument says how many handlers may run.
"""

import asyncio
import json
import logging
import sys

from socketio_rs import Server, Socket

# The ping timeout is also the time after which a paused client that has hung up is given up.
io = Server(
    ping_interval=5.0,
    ping_timeout=5.0,
    max_running_handlers=int(sys.argv[1]),
    max_pending_events=256,
)
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


class Told(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        print(json.dumps({"log": record.getMessage()}), flush=True)


async def main() -> None:
    logging.getLogger("socketio_rs").addHandler(Told())
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, lambda: (sys.stdin.readline(), gate.set()))
    async with io.serving() as listener:
        print(json.dumps({"address": listener.address}), flush=True)
        await asyncio.Event().wait()


asyncio.run(main())
