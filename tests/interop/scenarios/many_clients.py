COUNT = 10
EACH = 6


def server(io, log):
    said = 0

    def kind(socket):
        return "odd" if socket.handshake.auth["n"] % 2 else "even"

    @io.on("connection")
    def connected(socket):
        socket.join(kind(socket))

    @io.event
    def say(socket, index, data):
        nonlocal said
        n = socket.handshake.auth["n"]
        io.emit("said", n, index, data)
        socket.to(kind(socket)).emit("said to kind", n, index)
        said += 1
        if said == COUNT * EACH:
            log("all said")

    @io.event
    def end(socket):
        pass
