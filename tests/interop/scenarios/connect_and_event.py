def server(io, log):
    @io.event
    def n(socket, number):
        socket.emit("n", number)
