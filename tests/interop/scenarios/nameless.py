def server(io, log):
    @io.event
    def undefined(socket, *values):
        log("undefined", *values)

    @io.event
    def ask(socket):
        pass
