"""The load contract on python-socketio and uvicorn: `server.py websockets|websockets-sansio|wsproto` prints its port."""

import gc
import socket
import sys
from typing import Any

import socketio
import uvicorn

sio = socketio.AsyncServer(async_mode="asgi", http_compression=False)


@sio.event
async def connect(sid: str, environ: dict[str, Any]) -> None:
    """Lets everyone in."""


@sio.event
async def echo(sid: str, value: Any) -> Any:
    """Acks its argument."""
    return value


@sio.event
async def sink(sid: str, value: Any) -> None:
    """Does nothing."""


@sio.event
async def join(sid: str, room: str) -> None:
    """Joins the room."""
    await sio.enter_room(sid, room)


@sio.event
async def bcast(sid: str, value: Any) -> None:
    """Sends to everyone in the room."""
    await sio.emit("msg", value, room="r")


def main() -> None:
    """Serves until it is killed."""
    config = uvicorn.Config(
        socketio.ASGIApp(sio),
        loop="uvloop",
        http="httptools",
        ws=sys.argv[1],
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        access_log=False,
        log_level="error",
        backlog=4096,
    )
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(listener.getsockname()[1], flush=True)
    gc.freeze()
    uvicorn.Server(config).run(sockets=[listener])


main()
