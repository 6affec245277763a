"""Namespaces that are made when a client asks: the examples that the Server API page shows of them.

```js
const socket = io("http://127.0.0.1:3000/dynamic-101");
const hellos = new Promise((resolve) => {
  const heard = [];
  socket.on("hello", (from) => heard.push(from) === 2 && resolve(heard));
});
console.log(await hellos); // [ '/dynamic-101', 'all' ]

const letIn = io("http://127.0.0.1:3000/team", { auth: { token: "secret" } });
console.log(await letIn.emitWithAck("where")); // /team
const refused = io("http://127.0.0.1:3000/other", { auth: { token: "guess" } });
console.log((await new Promise((resolve) => refused.once("connect_error", resolve))).message); // Invalid namespace
console.log(await letIn.emitWithAck("made")); // [ '/dynamic-101', '/team' ]
```
"""

import re
from typing import Any

from socketio_rs import Namespace, Server, Socket

io = Server(cors="*")
names: list[str] = []


# The page's Server: Event: new_namespace
@io.on("new_namespace")
def new_namespace(namespace: Namespace) -> None:
    """Tracks the namespaces that are made dynamically."""
    names.append(namespace.name)


# The page's Server: server.of(nsp)
dynamic = io.of(re.compile(r"/dynamic-\d+"))


@dynamic.on("connection")
def connected(socket: Socket) -> None:
    """Gets the sockets of all of them."""
    socket.nsp.emit("hello", socket.nsp.name)  # to all clients in this one
    dynamic.emit("hello", "all")  # to all clients in each


@dynamic.use
def middleware(socket: Socket) -> None:
    """Guards each of them."""


def check_token(name: str, auth: dict[str, Any]) -> bool:
    """Whether the client may have this namespace."""
    return auth.get("token") == "secret"


# The page's Server: server.of(nsp)
teams = io.of(check_token)


@teams.event
def where(socket: Socket) -> str:
    """Tells which one it is."""
    return socket.nsp.name


@teams.event
def made(socket: Socket) -> list[str]:
    """Tells which there are by now."""
    return names


if __name__ == "__main__":
    io.run(port=3000)
