def server(io, log):
    def n(socket):
        return socket.handshake.auth["n"]

    @io.once("connection")
    def once(socket):
        log("once", n(socket))

    @io.on("connection")
    def second(socket):
        log("second", n(socket))

    @io.on("connection")
    def third(socket):
        log("third", n(socket))

    @io.event
    def off(socket):
        io.off("connection", third)

    @io.event
    def late(socket):
        io.on("connection", lambda other: log("late", n(other)))
        io.once("connection", lambda other: other.emit("once more", n(other)))
