def server(io, log):
    @io.event
    def go(socket):
        for _ in range(60):
            socket.emit("block", bytes(100_000))
        log("sent")

    @io.event
    def bye(socket):
        socket.disconnect()
