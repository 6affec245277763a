def server(io, log):
    @io.event
    def n(socket, number):
        log("n", number)

    @io.event
    def disconnect(socket, reason):
        log("left", reason)
