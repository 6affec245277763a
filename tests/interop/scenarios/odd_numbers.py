def server(io, log):
    @io.event
    def echo(socket, n):
        socket.emit("echo", n)

    @io.event
    def ask(socket):
        pass
