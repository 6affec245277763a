def server(io, log):
    for name in ("/", "/two"):
        serve(io.of(name), log)


def serve(nsp, log):
    @nsp.event
    def data(socket, index, data):
        log("data", nsp.name, index, len(data))
        socket.emit("data", index, data)
        nsp.emit("to all", index, [data, len(data)])
