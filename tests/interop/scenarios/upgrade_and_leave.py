def server(io, log):
    @io.on("connection")
    def connected(socket):
        end = socket.handshake.auth["end"]
        socket.emit("hello", end)
        if end == "server at once":
            socket.disconnect()

    @io.event
    def end(socket):
        socket.disconnect(socket.handshake.auth["end"] == "server closes")
