def server(io, log):
    io.of("/two")
    io.of("/other")

    @io.event
    def ask(socket):
        return "fine"
