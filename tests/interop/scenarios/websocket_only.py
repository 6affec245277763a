OPTIONS = {"transports": ["websocket"]}


def server(io, log):
    @io.on("connection")
    def connected(socket):
        log("here", socket.conn.transport.name)

    @io.event
    def ask(socket):
        return socket.conn.transport.name
