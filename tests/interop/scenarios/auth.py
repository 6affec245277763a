def server(io, log):
    nsp = io.of("/auth")

    @nsp.use
    def show(socket):
        log("auth", socket.handshake.auth)

    @nsp.on("connection")
    def connected(socket):
        log("still", socket.handshake.auth, list(socket.handshake.auth))
        socket.emit("auth", socket.handshake.auth)
