def server(io, log):
    @io.on("connection")
    def connected(socket):
        socket.emit("welcome", "and goodbye")
        socket.disconnect(socket.handshake.auth["close"])
        log("put out", socket.connected)
