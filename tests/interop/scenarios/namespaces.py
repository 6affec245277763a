def server(io, log):
    for name in ("/", "/chat", "/news/today"):
        serve(io.of(name), log)


def serve(nsp, log):
    @nsp.use
    def note(socket):
        socket.data["from"] = nsp.name

    @nsp.on("connection")
    def connected(socket):
        socket.join("room")
        log("joined", socket.nsp.name, socket.data["from"], socket.conn.id)

    @nsp.event
    def where(socket):
        nsp.to("room").emit("here", nsp.name)
        return socket.nsp.name, socket.data["from"]
