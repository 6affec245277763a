def rooms(socket):
    return sorted(socket.rooms - {socket.id})


def server(io, log):
    @io.on("connection")
    def connected(socket):
        socket.join("a", "b")

    @io.event
    def disconnecting(socket, reason):
        log("disconnecting", reason, rooms(socket), socket.id in socket.rooms, socket.connected)
        for room in rooms(socket):
            socket.to(room).emit("leaving", room)

    @io.event
    def disconnect(socket, reason):
        log("disconnect", reason, rooms(socket), len(socket.rooms), socket.connected)
        io.to("a").emit("left", reason)

    @io.event
    def out(socket):
        socket.disconnect()
