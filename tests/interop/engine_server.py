"""The server of `engine_run.mjs`: prints its port, and then what it sees, as lines of JSON."""

import asyncio
import json

from socketio_rs import ConnectError, Request
from socketio_rs.engine import Engine, EngineSocket, Transport


def note(*line: object) -> None:
    print(json.dumps(line), flush=True)


def allow(request: Request) -> None:
    if "x-bad" in request.headers:
        raise ConnectError("not you")


engine = Engine(allow_request=allow)


@engine.on("connection")
def connected(socket: EngineSocket) -> None:
    note("connection", socket.transport.name)

    @socket.on("upgrade")
    def upgraded(transport: Transport) -> None:
        note("upgrade", transport.name)

    @socket.on("close")
    def closed(reason: str) -> None:
        note("close", reason)

    @socket.on("message")
    def echo(data: str | bytes) -> None:
        if data == "count":
            socket.send(str(engine.clients_count))
        elif data == "close me":
            socket.send("bye")
            socket.close()
        else:
            socket.send(data)


async def main() -> None:
    async with engine.serving() as listener:
        note("port", listener.address[1])
        await asyncio.Event().wait()


asyncio.run(main())
