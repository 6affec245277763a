def server(io, log):
    for name in ("/", "/two"):
        serve(io.of(name), log)


def serve(nsp, log):
    @nsp.event
    def x(socket, *values):
        log("event", nsp.name, *values)

    @nsp.event
    def ask(socket):
        pass
