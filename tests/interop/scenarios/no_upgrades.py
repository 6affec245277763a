OPTIONS = {"allow_upgrades": False}


def server(io, log):
    @io.event
    def ask(socket, n):
        return n, socket.conn.transport.name
