def server(io, log):
    @io.event
    def disconnecting(socket, reason):
        log("leaving", reason)
