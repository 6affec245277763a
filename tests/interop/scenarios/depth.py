def server(io, log):
    @io.event
    def deep(socket, value):
        depth = 0
        each = value
        while isinstance(each, list):
            depth += 1
            each = each[0]
        socket.emit("deep", depth, value)

    @io.event
    def ask(socket):
        pass
