NAMES = ("create_room", "join_room", "leave_room", "delete_room")


def server(io, log):
    for name in NAMES:
        io.sockets.adapter.on(
            name,
            # Ids of sockets are rooms too.
            lambda room, *ids, name=name: log(
                name, "its own" if len(room) == 20 else room, len(ids)
            ),
        )

    @io.use
    def refuse(socket):
        if socket.handshake.auth.get("refused"):
            socket.join("refused")
            raise ConnectionRefusedError("no")

    @io.on("connection")
    def connected(socket):
        log("connection")

    @io.event
    def disconnecting(socket):
        log("disconnecting")

    @io.event
    def join(socket, rooms):
        socket.join(rooms)

    @io.event
    def leave(socket, room):
        socket.leave(room)

    @io.on("all")
    def all_of_them(socket):
        io.sockets_join("x", "y")
        io.in_("x").sockets_leave("y", "z")
        io.in_("blue").sockets_leave("x")
