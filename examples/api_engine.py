"""A server whose clients are those of engines: the examples that the Server API page shows of that.

```js
const socket = io("http://127.0.0.1:3000", { path: "/engine.io" }); // server.bind(engine)
console.log(await socket.emitWithAck("count")); // [ 1, 1 ]
const other = io(await socket.emitWithAck("elsewhere"), { path: "/engine.io" }); // server.onconnection(socket)
console.log(await other.emitWithAck("count")); // [ 1, 2 ]
```
"""

import asyncio
import contextlib

from socketio_rs import Server, Socket
from socketio_rs.engine import Engine, EngineSocket

# The page's Server: server.bind(engine)
engine = Engine()
io = Server()

io.bind(engine)

# The page's Server: server.onconnection(socket)
other = Engine()


@other.on("connection")
def connected(socket: EngineSocket) -> None:
    """Hands each connection over; here some could be kept back."""
    io.onconnection(socket)


@io.event
def count(socket: Socket) -> list[int]:
    """How many connections the engine has, and how many sockets there are in `/`."""
    # The page's Engine: engine.clientsCount
    return [engine.clients_count, len(io.of("/").sockets)]


async def main() -> None:
    """Serves both engines, and the server with them."""
    listener = await engine.listen(3000)
    elsewhere = await other.listen(("127.0.0.1", 0))
    io.on("elsewhere", lambda: elsewhere.url)
    print(f"clients connect to {listener.url}, with the path /engine.io")
    try:
        await asyncio.Event().wait()
    finally:
        await io.close()
        await other.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
