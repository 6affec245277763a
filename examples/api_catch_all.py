"""Catch-all listeners and packet middlewares: the examples that the Server API page shows of them.

```js
const socket = io("http://127.0.0.1:3000");
console.log(await socket.emitWithAck("count")); // [ 'first count', 'got count' ]
console.log(await socket.emitWithAck("forget")); // 0
socket.emit("forbidden");
console.log(await new Promise((resolve) => socket.once("disconnect", resolve))); // io server disconnect
```
"""

from socketio_rs import Server, Socket

io = Server(cors="*")
heard: list[str] = []


@io.on("connection")
def connected(socket: Socket) -> None:
    """Registers what sees every event of the socket."""

    # The page's Socket: socket.onAny(callback)
    @socket.on_any
    def got(event: str, *args: object) -> None:
        heard.append(f"got {event}")

    # The page's Socket: socket.prependAny(callback)
    @socket.prepend_any
    def first(event: str, *args: object) -> None:
        heard.append(f"first {event}")

    # The page's Socket: socket.use(fn)
    @socket.use
    async def authorize(event: str, args: list[object]) -> None:
        if event == "forbidden":
            raise PermissionError("unauthorized event")

    @socket.on("error")
    def failed(error: Exception) -> None:
        if str(error) == "unauthorized event":
            socket.disconnect()


@io.event
def count(socket: Socket) -> list[str]:
    """Tells what was heard."""
    return heard


@io.event
def forget(socket: Socket) -> int:
    """Removes the listeners."""
    # The page's Socket: socket.listenersAny()
    listeners = socket.listeners_any()
    assert len(listeners) == 2
    # The page's Socket: socket.offAny([listener])
    socket.off_any(listeners[0])
    socket.off_any()
    return len(socket.listeners_any())


if __name__ == "__main__":
    io.run(port=3000)
