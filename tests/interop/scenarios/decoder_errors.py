def server(io, log):
    io.of("/two")

    @io.event
    def ask(socket):
        return "fine"
