"""Namespaces and middlewares: the examples that the Server API page shows of them.

```js
const refused = io("http://127.0.0.1:3000/");
const error = await new Promise((resolve) => refused.once("connect_error", resolve));
console.log(error instanceof Error, error.message, error.data); // true not authorized { content: 'Please retry later' }

const admin = io("http://127.0.0.1:3000/admin");
console.log(await new Promise((resolve) => admin.once("welcome", resolve))); // admin
const chat = io("http://127.0.0.1:3000/chat");
console.log(await new Promise((resolve) => chat.once("welcome", resolve))); // chat
console.log(await admin.emitWithAck("namespaces")); // [ '/admin', '/chat' ]
console.log(await admin.emitWithAck("guarded")); // [ '/admin', '/chat' ]
```
"""

from socketio_rs import ConnectError, Namespace, Server, Socket

io = Server(cors="*")
made: list[str] = []
guarded: list[str] = []


def my_middleware(socket: Socket) -> None:
    """Sees every new socket of the namespaces that have it."""
    guarded.append(socket.nsp.name)


# The page's Server: Event: new_namespace
@io.on("new_namespace")
def new_namespace(namespace: Namespace) -> None:
    """Sees every namespace that is made."""
    made.append(namespace.name)


# The page's Server: Event: new_namespace
@io.on("new_namespace")
def guard(namespace: Namespace) -> None:
    """Attaches a shared middleware to each namespace."""
    namespace.use(my_middleware)


# The page's Server: server.of(nsp)
admin = io.of("/admin")


# The page's Namespace: namespace.use(fn)
@io.use
def refuse(socket: Socket) -> None:
    """Lets nobody into the main namespace; the client gets the error."""
    raise ConnectError("not authorized", data={"content": "Please retry later"})


@admin.on("connection")
def welcome_admin(socket: Socket) -> None:
    """Greets the sockets of one namespace."""
    socket.emit("welcome", "admin")


# The page's Namespace: Event: 'connection'
@io.of("/chat").on("connection")
def welcome(socket: Socket) -> None:
    """Registers without a name for the namespace."""
    socket.emit("welcome", "chat")


@admin.event
def namespaces(socket: Socket) -> list[str]:
    """Tells which there are beside the main one."""
    return made


@admin.on("guarded")
def tell_guarded(socket: Socket) -> list[str]:
    """Tells which sockets the shared middleware has seen."""
    return guarded


if __name__ == "__main__":
    io.run(port=3000)
