"""Many sockets at once: the examples that the Server API page shows of that.

```js
const [ada, bob, eve, max] = ["", "", "", "admin"].map((name) => io(`http://127.0.0.1:3000/${name}`));
await Promise.all([ada, bob, eve, max].map((socket) => socket.emitWithAck("here")));
const left = (socket) => new Promise((resolve) => socket.once("disconnect", resolve));

console.log(await ada.emitWithAck("join")); // [ 'room1 room2 room3 room4', 'room1 room2 room3', 'room1 room2 room3' ]
console.log(await ada.emitWithAck("leave")); // [ 'room4', '', '' ]
console.log(await max.emitWithAck("join")); // [ 'room1 room2' ]
console.log(await max.emitWithAck("leave")); // [ 'room1' ]
console.log(await ada.emitWithAck("fetch")); // [ 3, 1, 1 ]
const heard = new Promise((resolve) => bob.once("hey", resolve));
const guest = io("http://127.0.0.1:3000/", { auth: { guest: true } });
await guest.emitWithAck("here");
const guestLeft = left(guest);
await ada.emitWithAck("each");
console.log(await heard, await guestLeft); // you io server disconnect
console.log(await ada.emitWithAck("ids", bob.id)); // [ 3, 1, 1, 1 ]

max.emit("disconnect room");
console.log(await left(max)); // io server disconnect
ada.emit("disconnect all");
console.log((await Promise.all([ada, bob, eve].map(left)))[2]); // io server disconnect
```
"""

from socketio_rs import Namespace, Server, Socket

io = Server(cors="*")
admin = io.of("/admin")


@admin.event
@io.event
def here(socket: Socket) -> None:
    """Tells the client that it is here."""


async def rooms_of(namespace: Namespace) -> list[str]:
    """The rooms of each socket, beside its own."""
    return sorted(
        (" ".join(sorted(each.rooms - {each.id})) for each in await namespace.fetch_sockets()),
        reverse=True,
    )


@io.event
async def join(socket: Socket) -> list[str]:
    """Sockets of the main namespace enter rooms."""
    # The page's Server: server.socketsJoin(rooms)
    io.sockets_join("room1")
    io.in_("room1").sockets_join(["room2", "room3"])
    io.in_(socket.id).sockets_join("room4")
    return await rooms_of(io.sockets)


@io.event
async def leave(socket: Socket) -> list[str]:
    """Sockets of the main namespace leave rooms."""
    # The page's Server: server.socketsLeave(rooms)
    io.in_("room1").sockets_leave(["room2", "room3"])
    io.sockets_leave("room1")
    io.in_(socket.id).sockets_leave("room2")
    return await rooms_of(io.sockets)


@admin.on("join")
async def join_as_admin(socket: Socket) -> list[str]:
    """Sockets of another namespace enter rooms."""
    # The page's Namespace: namespace.socketsJoin(rooms)
    admin.sockets_join("room1")
    admin.in_("room1").sockets_join("room2")
    return await rooms_of(admin)


@admin.on("leave")
async def leave_as_admin(socket: Socket) -> list[str]:
    """Sockets of another namespace leave rooms."""
    # The page's Namespace: namespace.socketsLeave(rooms)
    admin.in_("room1").sockets_leave("room2")
    return await rooms_of(admin)


@io.event
async def fetch(socket: Socket) -> list[int]:
    """Counts sockets."""
    # The page's Server: server.fetchSockets()
    everyone = await io.fetch_sockets()
    in_room = await io.in_("room4").fetch_sockets()
    # The page's Namespace: namespace.fetchSockets()
    admins = await io.of("/admin").in_("room1").fetch_sockets()
    assert [each.id for each in await io.in_(socket.id).fetch_sockets()] == [socket.id]
    return [len(everyone), len(in_room), len(admins)]


@io.event
async def each(socket: Socket) -> None:
    """Does something with each socket."""
    # The page's Namespace: namespace.fetchSockets()
    for one in await io.fetch_sockets():
        assert one.id in one.rooms
        assert one.handshake.query["EIO"] == "4"
        assert one.data == {}
        one.emit("hey", "you")
        one.join("room5")
        one.leave("room5")
        if "guest" in one.handshake.auth:
            one.disconnect()


@io.event
async def ids(socket: Socket, other: str) -> list[int]:
    """Gets ids, here and on all servers."""
    # The page's Namespace: namespace.sockets
    assert admin.sockets.keys() == await admin.all_sockets()
    socket_count = len(admin.sockets)
    # The page's Namespace: namespace.allSockets()
    everyone = await io.all_sockets()
    in_room = await io.in_(other).all_sockets()
    in_namespace = await io.of("/admin").in_("room1").all_sockets()
    # The page's Socket: socket.compress(value)
    socket.compress(False).emit("uncompressed", "that's rough")
    return [len(everyone), len(in_room), len(in_namespace), socket_count]


@admin.on("disconnect room")
def disconnect_room(socket: Socket) -> None:
    """Puts the members of a room out."""
    # The page's Namespace: namespace.disconnectSockets([close])
    io.of("/admin").in_("room1").disconnect_sockets()


@io.on("disconnect all")
def disconnect_all(socket: Socket) -> None:
    """Puts everybody out, and closes their connections."""
    # The page's Server: server.disconnectSockets([close])
    io.in_("room4").disconnect_sockets(True)
    io.disconnect_sockets()


if __name__ == "__main__":
    io.run(port=3000)
