def server(io, log):
    for name in ("/", "/moves", "/stays"):
        serve(io.of(name), log)


def serve(nsp, log):
    @nsp.on("connection")
    def connected(socket):
        socket.join("room")

    @nsp.event
    def n(socket, number):
        nsp.to("room").emit("n", number)
        return len(socket.rooms)

    @nsp.event
    def out(socket):
        socket.disconnect()

    @nsp.event
    def disconnect(socket, reason):
        log("left", nsp.name, reason)
