"""Making a server and serving it: the examples that the Server API page shows of that.

```js
const socket = io("http://127.0.0.1:3000", { path: "/myownpath" }); // server.path([value])
const [hi, again] = ["hi", "again"].map((event) => new Promise((resolve) => socket.once(event, resolve)));
console.log(await hi, await again); // everyone everyone
console.log((await fetch(new URL("/myownpath/socket.io.js", socket.io.uri))).status); // 400
```
"""

import asyncio
import contextlib

from socketio_rs import Server, Socket

# The page's Server: new Server(options)
io = Server(cors="*")

# The page's Server: server.path([value])
io.path = "/myownpath"

# The page's Server: server.serveClient([value])
io.serve_client = False


# The page's Server: server.on(eventName, listener)
# The page's Server: Event: connection
@io.on("connection")
def connected(socket: Socket) -> None:
    """Tells all others when somebody comes."""
    # The page's Server: server.sockets
    io.sockets.emit("hi", "everyone")
    io.of("/").emit("again", "everyone")  # the same namespace


async def main() -> None:
    """Serves inside a program that has a loop, at two places."""
    # The page's Server: server.attach(port[, options])
    listener = await io.listen(3000)
    await io.listen(("127.0.0.1", 0))
    await restart()
    print(f"clients connect to {listener.url}")
    try:
        await asyncio.Event().wait()
    finally:
        await io.close()


async def restart() -> None:
    """Once a server is closed, its port is free to use, and the server may serve again."""
    # The page's Server: server.close([callback])
    other = Server()
    listener = await other.listen(("127.0.0.1", 0))
    await other.close()
    await other.listen(listener.address)
    await other.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
