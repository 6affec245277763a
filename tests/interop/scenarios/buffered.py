def server(io, log):
    @io.on("connection")
    def connected(socket):
        log("here")

    @io.event
    def n(socket, number):
        log("n", number)
        return number
