def server(io, log):
    @io.of("/known").event
    def hello(socket):
        return "from", socket.nsp.name
