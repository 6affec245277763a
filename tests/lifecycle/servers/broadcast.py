"""A server that broadcasts 200 MB, at most 2 MB ahead of a member that says what it got."""

import asyncio
import json

from socketio_rs import Server, Socket

io = Server()
CHUNK = "x" * 100_000
TOTAL = 2_000
AHEAD = 20

reasons: list[str] = []
got = 0
paced = asyncio.Condition()


@io.on("join")
def join(socket: Socket) -> bool:
    socket.join("r")
    return True


@io.on("got")
async def acknowledge(socket: Socket, number: int) -> None:
    global got
    got = number
    async with paced:
        paced.notify_all()


@io.on("start")
async def start(socket: Socket) -> None:
    for number in range(1, TOTAL + 1):
        async with paced:
            await paced.wait_for(lambda number=number: number - got <= AHEAD)
        await io.to("r").emit("chunk", number, CHUNK)
    async with paced:
        await paced.wait_for(lambda: got == TOTAL)
    print(json.dumps({"reasons": reasons}), flush=True)


@io.on("disconnect")
def left(socket: Socket, reason: str) -> None:
    reasons.append(reason)


async def main() -> None:
    async with io.serving() as listener:
        print(json.dumps({"address": listener.address}), flush=True)
        await asyncio.Event().wait()


asyncio.run(main())
