def server(io, log):
    @io.event
    def ask(socket):
        log("asked")

    @io.event
    def out(socket):
        socket.disconnect()
