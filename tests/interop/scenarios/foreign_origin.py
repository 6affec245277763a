OPTIONS = {"cors": {"origins": ["https://app.example"]}}


def server(io, log):
    @io.on("connection")
    def connected(socket):
        log("here", socket.handshake.headers.get("origin"))
