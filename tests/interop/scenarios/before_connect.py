def server(io, log):
    io.of("/two")

    @io.on("connection")
    def connected(socket):
        log("here")
