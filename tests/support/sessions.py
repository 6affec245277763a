"""Sessions of a namespace that are not kept by the server, and clients that come back to them."""

import asyncio
import json
from typing import Any

from socketio_rs import Namespace, Server, Socket
from socketio_rs._core import NamespaceCore

from .client import Client

SID = "abcdefghijklmnopqrst"
PID = "ABCDEFGHIJKLMNOPQRST"
OFFSET = "1526919030474-55"


def core_of(namespace: Namespace) -> NamespaceCore:
    return namespace._core


async def connect(
    client: Client, pid: str | None = None, offset: str = OFFSET
) -> tuple[dict[str, Any], list[str | bytes]]:
    """Joins `/`: what the server says, and what it says before."""
    auth = {"pid": pid, "offset": offset, "token": "x"} if pid else {}
    client.send("40" + json.dumps(auth))
    missed: list[str | bytes] = []
    while True:
        packet = await client.receive()
        if isinstance(packet, str) and packet.startswith("4") and packet[1] in "04":
            return json.loads(packet[2:]), missed
        missed.append(packet)


class Store:
    """Keeps sessions in a dict; `told` is what happened, in order."""

    def __init__(self, io: Server) -> None:
        self.io = io
        self.told: list[tuple[Any, ...]] = []
        self.kept: dict[str, tuple[str, str, list[str], Any, list[Any]]] = {}
        self.missed: list[Any] = []
        self.came: asyncio.Queue[Socket] = asyncio.Queue()
        self.left: asyncio.Queue[Socket] = asyncio.Queue()
        core_of(io.sockets).sessions = self
        io.on("connection", self._came)
        io.on("disconnecting", lambda socket: self.told.append(("disconnecting", socket.id)))
        io.on("disconnect", self._left)

    def persist(self, sid: str, pid: str, rooms: list[str], data: Any) -> None:
        self.told.append(("persist", sid, pid, sorted(rooms), data))
        self.kept[pid] = (sid, pid, rooms, data, self.missed)

    async def restore(self, pid: str, offset: str) -> Any:
        self.told.append(("restore", pid, offset))
        await asyncio.sleep(0)
        return self.kept.pop(pid, None)

    def _came(self, socket: Socket) -> None:
        self.came.put_nowait(socket)

    def _left(self, socket: Socket) -> None:
        self.told.append(("disconnect", socket.id))
        self.left.put_nowait(socket)


async def lose(store: Store, client: Client) -> None:
    await client.abort()
    await store.left.get()
