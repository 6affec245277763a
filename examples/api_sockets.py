"""One client: the examples that the Server API page shows of sockets, their events and answers.

```js
const socket = io("http://127.0.0.1:3000/", {
  query: { lang: "en" },
  auth: { name: "Ada" },
  extraHeaders: { cookie: "taste=sweet" },
});
const heard = (event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
socket.on("ferret", (name, answer) => answer("woot"));
const [event, hello, binary, ferret] = ["an event", "hello", "with-binary", "the ferret says"].map(heard);
console.log(...(await event)); // { some: 'data' }
console.log(...(await hello)); // world
console.log(...(await binary)); // 1 2 { '3': '4', '5': <Buffer 06> }
console.log(...(await ferret)); // woot

console.log(await socket.emitWithAck("who am I")); // [ 'Ada', 'en', 'sweet' ]
console.log(await socket.emitWithAck("news", "first", "second", "third")); // 3
console.log(await socket.emitWithAck("ask me")); // no answer
console.log(await socket.emitWithAck("emit", "disconnect")); // "disconnect" is a reserved event name

socket.emit("put me out");
console.log((await heard("disconnect"))[0]); // io server disconnect
const witness = io("http://127.0.0.1:3000/");
console.log(await witness.emitWithAck("who left")); // [ [ 'server namespace disconnect', true ] ]
```
"""

from socketio_rs import AckTimeout, ReservedEvent, Server, Socket

io = Server(cors="*")
left: list[tuple[str, bool]] = []


@io.use
def look(socket: Socket) -> None:
    """A middleware knows of the client what a handler knows."""
    # The page's Socket: socket.handshake
    assert socket.handshake.auth.get("name") in {"Ada", None}


@io.on("connection")
def greet(socket: Socket) -> None:
    """Sends all kinds of values."""
    # The page's Socket: socket.emit(eventName[, ...args][, ack])
    socket.emit("hello", "world")
    socket.emit("with-binary", 1, "2", {3: "4", 5: bytes([6])})


@io.on("connection")
async def ask(socket: Socket) -> None:
    """Sends a question, and waits for its answer."""
    # The page's Socket: socket.emit(eventName[, ...args][, ack])
    socket.emit("an event", {"some": "data"})
    answer = await socket.emit_with_ack("ferret", "tobi") if socket.handshake.auth else None
    socket.emit("the ferret says", answer)


# The page's Socket: socket.handshake
@io.on("who am I")
def who_am_i(socket: Socket) -> list[str]:
    """Tells what is known of the client since it connected."""
    handshake = socket.handshake
    known = handshake.to_dict()
    assert {"headers", "time", "address", "xdomain", "secure"} <= known.keys()
    assert {"issued", "url", "query", "auth"} <= known.keys()
    # The page's Socket: socket.request
    taste = socket.request.cookies["taste"]
    return [handshake.auth["name"], handshake.query["lang"], taste]


@io.on("connection")
def listen(socket: Socket) -> None:
    """Registers listeners of one socket alone."""

    # The page's Socket: socket.on(eventName, callback)
    @socket.on("news")
    def first(data: str) -> None:
        assert data == "first"

    @socket.on("news")
    def with_several_arguments_and_an_answer(*data: str) -> int:
        return len(data)


# The page's Socket: socket.timeout(value)
@io.on("ask me")
async def ask_me(socket: Socket) -> str:
    """Asks what no client answers."""
    try:
        await socket.timeout(0.01).emit_with_ack("my-event")
    except AckTimeout:  # the client did not acknowledge the event in the given delay
        return "no answer"
    return "an answer"


# The page's Socket: Event: 'disconnecting'
@io.event
def emit(socket: Socket, event: str) -> str:
    """Some names belong to the protocol."""
    try:
        socket.emit(event)
    except ReservedEvent as error:
        return str(error)
    return "sent"


@io.on("connection")
def watch(socket: Socket) -> None:
    """Sees the socket leave."""
    rooms: set[str] = set()

    # The page's Socket: Event: 'disconnecting'
    @socket.on("disconnecting")
    def disconnecting(reason: str) -> None:
        rooms.update(socket.rooms)

    # The page's Socket: Event: 'disconnect'
    @socket.on("disconnect")
    def disconnected(reason: str) -> None:
        left.append((reason, socket.id in rooms))


@io.on("put me out")
def put_me_out(socket: Socket) -> None:
    """Closes the client's connection."""
    # The page's Socket: socket.disconnect(close)
    socket.disconnect(True)


@io.on("who left")
def who_left(socket: Socket) -> list[tuple[str, bool]]:
    """Tells it to those who stay."""
    return left


if __name__ == "__main__":
    io.run(port=3000)
