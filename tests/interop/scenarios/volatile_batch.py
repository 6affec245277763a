def server(io, log):
    @io.event
    def go(socket):
        socket.emit("n", "not volatile")
        socket.volatile.emit("n", "volatile, behind it")
        io.volatile.emit("n", "volatile, to all")
