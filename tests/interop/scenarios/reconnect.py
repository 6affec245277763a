def server(io, log):
    @io.on("connection")
    def connected(socket):
        log("here", socket.handshake.auth)

    @io.event
    def kept(socket, n):
        log("kept", n)

    @io.event
    def ask(socket):
        return "fine"
