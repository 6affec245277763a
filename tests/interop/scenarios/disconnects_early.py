def server(io, log):
    @io.on("connection")
    def connected(socket):
        log("here", socket.handshake.auth["n"])

    @io.event
    def n(socket, number):
        log("n", number)
        return number

    @io.event
    def disconnect(socket, reason):
        log("left", socket.handshake.auth["n"], reason)
