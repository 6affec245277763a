def server(io, log):
    for name in ("/", "/two"):
        serve(io.of(name), log)
    io.of("/three")


def serve(nsp, log):
    def listen(event):
        @nsp.on(event)
        def heard(socket, *values):
            log("event", nsp.name, event, *values)

    for event in ("x", "7", "-1.5", ""):
        listen(event)

    @nsp.event
    def ask(socket):
        pass
