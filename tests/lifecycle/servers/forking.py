"""A server that forks, and whose child tries what a child must not, then serves a server of its own."""

import asyncio
import json
import os
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

from socketio_rs import Listener, Server, Socket

io = Server()
untouched = Server()
sockets: list[Socket] = []
listeners: list[Listener] = []
io.on("connection", sockets.append)


def fork_quietly() -> int:
    """Python warns of forks where threads run, as the server's does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


@io.on("fork")
async def fork(socket: Socket) -> dict[str, object]:
    reader, writer = os.pipe()
    if (child := fork_quietly()) == 0:
        try:
            # In a thread of its own, as the loop of this one is the parent's.
            with ThreadPoolExecutor() as pool:
                result = pool.submit(in_child).result()
        except BaseException as error:  # noqa: BLE001 - the parent is told
            result = {"error": repr(error)}
        os.write(writer, json.dumps(result).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        told = await asyncio.to_thread(pipe.read)
    _, status = await asyncio.to_thread(os.waitpid, child, 0)
    return {**json.loads(told), "status": status}


def in_child() -> dict[str, object]:
    """What raises in a child, and what another server can do there."""
    attempts = {
        "emit": lambda: io.emit("x"),
        "socket": lambda: sockets[0].emit("x"),
        "rooms": lambda: sockets[0].rooms,
        "join": lambda: sockets[0].join("x"),
        "of": lambda: io.of("/new"),
        "listen": lambda: asyncio.run(io.listen(0)),
        "close": lambda: asyncio.run(io.close()),
        "close listener": lambda: asyncio.run(listeners[0].close()),
    }
    raised = {}
    for name, attempt in attempts.items():
        try:
            attempt()
        except RuntimeError as error:
            raised[name] = str(error)
    return {"raised": raised, "served": asyncio.run(serve(untouched))}


async def serve(server: Server) -> bool:
    async with server.serving() as listener:
        reader, writer = await asyncio.open_connection(*listener.address)
        writer.write(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n")
        line = await reader.readline()
        writer.close()
        return line.startswith(b"HTTP/1.1 200")


async def main() -> dict[str, object]:
    reader, writer = os.pipe()
    async with io.serving() as listener:
        listeners.append(listener)
        print(json.dumps({"address": listener.address}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        if (child := fork_quietly()) == 0:
            # It holds every descriptor of its parent, and lives on.
            os.close(writer)
            os.read(reader, 1)
            os._exit(0)
    async with untouched.serving(listener.address[1]) as again:
        same = again.address == listener.address
    os.close(writer)
    await asyncio.to_thread(os.waitpid, child, 0)
    return {"same port": same}


print(json.dumps(asyncio.run(main())), flush=True)
