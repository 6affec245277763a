"""A server inside an asyncio program that has its own work: `await io.listen()`.

The program watches the load of the machine, clients or not. Clients follow it, and can change how often it looks:

```js
const socket = io("http://127.0.0.1:3000");
await new Promise((resolve) => socket.once("load", resolve));
console.log(await socket.emitWithAck("every", 0.1)); // 0.1
await new Promise((resolve) => socket.once("load", resolve));
```

Run it: `python examples/own_loop.py`, and stop it with Ctrl+C.
"""

import asyncio
import contextlib
import os
from dataclasses import dataclass

from socketio_rs import EventError, Server, Socket


@dataclass
class Watch:
    """The program's own work; it knows nothing of sockets."""

    seconds: float = 0.5
    load: float = 0.0

    async def next(self) -> float:
        """Waits for the next look at the machine."""
        await asyncio.sleep(self.seconds)
        self.load, _, _ = os.getloadavg()
        return self.load


io = Server(cors="*")
watch = Watch()


@io.on("connection")
def connected(socket: Socket) -> None:
    """Shows a newcomer what is known already."""
    socket.emit("load", watch.load)


@io.event
def every(socket: Socket, seconds: float) -> float:
    """Handlers run on the program's loop, so they may touch what is its own."""
    if not 0.1 <= seconds <= 60:
        raise EventError("between 0.1 and 60 seconds")
    watch.seconds = seconds
    return seconds


async def main() -> None:
    """Serves clients beside the program's work, and closes the server when that ends."""
    listener = await io.listen(3000)
    print(f"clients connect to {listener.url}")
    try:
        while True:
            # Volatile: who can't take it now gets the next one.
            io.volatile.emit("load", await watch.next())
    finally:
        await io.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
