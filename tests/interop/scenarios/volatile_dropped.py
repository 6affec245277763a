def server(io, log):
    @io.event
    def go(socket):
        socket.volatile.emit("volatile")
        io.volatile.emit("volatile broadcast")
        socket.emit("kept")
        log("gone")
