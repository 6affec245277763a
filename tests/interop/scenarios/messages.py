def server(io, log):
    @io.event
    def message(socket, *values):
        log("message", *values)
        socket.send("back", *values)
        return "got it"

    @io.on("all")
    def all_(socket):
        io.send("to all")
        socket.join("room")
        io.to("room").emit("message", "to the room", b"!")
        socket.emit("message", "as an event")
