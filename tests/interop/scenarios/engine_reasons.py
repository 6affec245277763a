def server(io, log):
    @io.event
    def ask(socket):
        pass
