"""Servers among themselves: the examples that the Server API page shows of that.

Two servers stand in one process, joined by the adapter of `in_process_bus.py` in short.

```js
const socket = io("http://127.0.0.1:3000");
console.log(await socket.emitWithAck("hello")); // [ 'world', 1, '2', { '3': '4' } ]
console.log(await socket.emitWithAck("ping")); // [ 'pong' ]
console.log(await socket.emitWithAck("nobody answers")); // 0 of 1
console.log(await socket.emitWithAck("adapter")); // true
```
"""

import asyncio
from typing import Any

from socketio_rs import Adapter, Namespace, Server, ServerSideAckTimeout, Socket
from socketio_rs.adapter import Packet

adapters: list["Joined"] = []


class Joined(Adapter):
    """Hands events between servers to the others; their clients stay their own."""

    def __init__(self, namespace: Namespace) -> None:
        super().__init__(namespace)
        adapters.append(self)

    def server_side_emit(self, packet: Packet) -> None:
        for other in adapters:
            if other is not self and other.nsp.name == self.nsp.name:
                other.nsp.deliver_server_event(packet.data, packet.answer)

    async def server_count(self) -> int:
        return sum(each.nsp.name == self.nsp.name for each in adapters)


io = Server(adapter=Joined, cors="*")
server_b = Server(adapter=Joined)
heard: asyncio.Queue[list[Any]] = asyncio.Queue()


# The page's Namespace: namespace.serverSideEmit(eventName[, ...args][, ack])
@server_b.on_server_event("hello")
def hello(*args: Any) -> None:
    """On the receiving side."""
    heard.put_nowait(list(args))


@io.on("hello")
async def say_hello(socket: Socket) -> list[Any]:
    """Has the other server hear of it."""
    # In a cluster it would be served elsewhere.
    await server_b.listen(0)
    # The page's Namespace: namespace.serverSideEmit(eventName[, ...args][, ack])
    io.server_side_emit("hello", "world", 1, "2", {3: "4"})
    return await heard.get()


# The page's Namespace: namespace.serverSideEmit(eventName[, ...args][, ack])
@server_b.on_server_event("ping")
def pong() -> str:
    """What is returned is the answer."""
    return "pong"


@io.on("ping")
async def ask(socket: Socket) -> list[str]:
    """An answer of each other server."""
    # The page's Namespace: namespace.serverSideEmit(eventName[, ...args][, ack])
    return await io.server_side_emit_with_ack("ping")


@io.on("nobody answers")
async def ask_in_vain(socket: Socket) -> str:
    """Some servers may not respond in time."""
    # The page's Namespace: namespace.serverSideEmit(eventName[, ...args][, ack])
    try:
        await io.server_side_emit_with_ack("unknown", timeout=0.05)
    except ServerSideAckTimeout as error:
        return f"{len(error.responses)} of 1"
    return "all have answered"


@io.on("adapter")
def which(socket: Socket) -> bool:
    """Each namespace has its own."""
    # The page's Namespace: namespace.adapter
    adapter = io.of("/my-namespace").adapter
    return isinstance(adapter, Joined) and adapter is not io.sockets.adapter


if __name__ == "__main__":
    io.run(port=3000)
