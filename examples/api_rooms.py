"""Who hears what: the examples that the Server API page shows of rooms and modifiers.

Ada is in the rooms 1 and 4, Bob in 2, Eve in 3; Max is in the namespace for admins. Ada calls.

```js
const [ada, bob, eve, max] = ["", "", "", "admin"].map((name) =>
  io(`http://127.0.0.1:3000/${name}`, { transports: ["websocket"] }),
);
await ada.emitWithAck("enter", ["room1", "room4"]);
await bob.emitWithAck("enter", ["room2"]);
await eve.emitWithAck("enter", ["room3"]);
await max.emitWithAck("enter", ["level1"]);

const heard = async (...call) => {
  const ends = [ada, bob, eve, max].map((socket) => {
    const events = [];
    socket.offAny().onAny((event) => events.push(event));
    return new Promise((resolve) => socket.once("end", () => resolve(events.slice(0, -1).join(", ") || "-")));
  });
  ada.emit(...call);
  return (await Promise.all(ends)).join(" | ");
};

console.log(await heard("server to rooms")); // a, b | a, b | - | level 1
console.log(await heard("server except rooms")); // b | a, b | a | -
console.log(await heard("server to all")); // all, volatile, local | all, volatile, local | all, volatile, local | admins
console.log(await heard("to rooms", eve.id)); // - | b, c | b, c, hey | -
console.log(await heard("except rooms")); // - | c | a, b | -
console.log(await heard("to all")); // perhaps | an event | an event | -
console.log(await heard("say to someone", bob.id, "psst")); // - | my message | - | -
console.log(await heard("come and go")); // a new user has joined the room | - | - | -
```
"""

from socketio_rs import Server, Socket

io = Server(cors="*")
admin = io.of("/admin")


@admin.event
@io.event
def enter(socket: Socket, rooms: list[str]) -> None:
    """Lets the client choose its rooms."""
    # The page's Socket: socket.rooms
    assert socket.rooms == {socket.id}
    socket.join(rooms)
    assert socket.rooms == {socket.id, *rooms}


def end() -> None:
    """Tells everybody that an example is over."""
    io.emit("end")
    admin.emit("end")


@io.on("server to rooms")
def server_to_rooms(socket: Socket) -> None:
    """The server addresses the members of rooms."""
    # The page's Namespace: namespace.to(room)
    admin.to("level1").emit("level 1", {"some": "data"})
    io.to("room1").to("room2").emit("a")
    io.to(["room1", "room2"]).emit("b")
    end()


@io.on("server except rooms")
def server_except_rooms(socket: Socket) -> None:
    """The server addresses all but the members of rooms."""
    # The page's Namespace: namespace.except(rooms)
    io.except_("room1").emit("a")
    io.to(["room1", "room2"]).except_("room3").emit("b")
    end()


@io.on("server to all")
def server_to_all(socket: Socket) -> None:
    """The server addresses everyone in a namespace."""
    # The page's Namespace: namespace.emit(eventName[, ...args])
    io.emit("all")
    admin.emit("admins")
    # The page's Namespace: Flag: 'volatile'
    io.volatile.emit("volatile", {"some": "data"})  # who can't take it at once never gets it
    # The page's Namespace: Flag: 'local'
    io.local.emit("local", {"some": "data"})  # on this server, when there are several
    end()


@io.on("to rooms")
def to_rooms(socket: Socket, other: str) -> None:
    """A socket addresses the members of rooms, itself left out."""
    # The page's Socket: socket.to(room)
    socket.to("room1").emit("a", {"some": "data"})
    socket.to("room2").to("room3").emit("b")
    socket.to(["room2", "room3"]).emit("c")
    socket.to(other).emit("hey")  # another socket's id
    end()


@io.on("except rooms")
def except_rooms(socket: Socket) -> None:
    """A socket addresses all but the members of rooms and itself."""
    # The page's Socket: socket.except(rooms)
    socket.broadcast.except_("room2").emit("a")
    socket.except_("room2").emit("b")  # the same
    socket.to(["room2", "room3"]).except_("room3").emit("c")
    end()


@io.on("to all")
def to_all(socket: Socket) -> None:
    """A socket addresses all but itself, or its own client."""
    # The page's Socket: Flag: 'broadcast'
    socket.broadcast.emit("an event", {"some": "data"})
    # The page's Socket: Flag: 'volatile'
    socket.volatile.emit("perhaps", {"some": "data"})
    end()


# The page's Socket: socket.join(room)
@io.on("say to someone")
def say_to_someone(socket: Socket, to: str, text: str) -> None:
    """Each socket is in a room of its own, which its id names."""
    socket.to(to).emit("my message", text)
    end()


@io.on("come and go")
def come_and_go(socket: Socket) -> None:
    """A socket enters rooms, and leaves them."""
    # The page's Socket: socket.join(room)
    socket.join("room 237")
    assert "room 237" in socket.rooms
    socket.join(["room 237", "room 238"])
    io.to("room 237").emit("a new user has joined the room")
    # The page's Socket: socket.leave(room)
    socket.leave("room 237")
    io.to("room 237").emit(f"user {socket.id} has left the room")  # nobody is there
    end()


if __name__ == "__main__":
    # The page's Server: new Server(port[, options])
    io.run(port=3000)
