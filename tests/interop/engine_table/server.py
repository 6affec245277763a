"""Engines of ours, as many as the tests ask for: `server.mjs` in our API.

Commands come as lines of JSON, and what engines see leaves as lines of JSON.
"""

import asyncio
import json
import sys
from typing import Any

from socketio_rs import ConnectError, Listener, Request
from socketio_rs.engine import Engine, EngineSocket, Transport

engines: dict[int, tuple[Engine, Listener]] = {}


def tell(*line: object) -> None:
    print(json.dumps(line), flush=True)


def allow(request: Request) -> None:
    if "x-refuse" in request.headers:
        raise ConnectError(request.headers["x-refuse"] or "Forbidden")


def make(behaviour: str, options: dict[str, Any]) -> Engine:
    if behaviour == "refuses":
        options["allow_request"] = allow
    engine = Engine(**options)

    @engine.on("connection")
    def connected(socket: EngineSocket) -> None:
        sid = socket.id
        if behaviour == "greets":
            socket.send("hello")
        elif behaviour == "leaves":
            socket.close()
        tell(sid, "connection", socket.transport.name)

        @socket.on("upgrade")
        def upgraded(transport: Transport) -> None:
            tell(sid, "upgrade", transport.name)

        @socket.on("close")
        def closed(reason: str) -> None:
            tell(sid, "close", reason)

        @socket.on("message")
        def heard(data: str | bytes) -> None:
            if behaviour == "listens":
                tell(sid, "message", data if isinstance(data, str) else data.decode())
            else:
                answer(engine, socket, data)

    return engine


def answer(engine: Engine, socket: EngineSocket, data: str | bytes) -> None:
    if data == "close me":
        socket.close()
    elif data == "bye":
        socket.send("bye")
        socket.close()
    elif data == "count":
        socket.send(str(engine.clients_count))
    else:
        socket.send(data)


async def obey(command: str, *arguments: Any) -> None:
    match command, *arguments:
        case "start", number, behaviour, options:
            engine = make(behaviour, options)
            listener = await engine.listen(0)
            engines[number] = engine, listener
            assert isinstance(listener.address, tuple)
            tell("done", listener.address[1])
        case "stop", number:
            await engines[number][0].close()
            tell("done")
        case "close", number, sid:
            for socket in found(number, sid):
                socket.close()
            tell("done")
        case "send", number, sid, *messages:
            for socket in found(number, sid):
                for message in messages:
                    socket.send(message)
            tell("done")


def found(number: int, sid: str) -> list[EngineSocket]:
    """The session, if it is still there."""
    clients = engines[number][0].clients
    return [clients[sid]] if sid in clients else []


async def main() -> None:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    async for line in reader:
        await obey(*json.loads(line))


asyncio.run(main())
