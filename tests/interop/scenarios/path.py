OPTIONS = {"path": "/api/live/"}


def server(io, log):
    @io.on("connection")
    def connected(socket):
        log("here", socket.handshake.url.split("?")[0])

    @io.event
    def ask(socket):
        return "fine"
