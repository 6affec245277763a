def server(io, log):
    @io.event
    def echo(socket, *texts):
        socket.emit("echo", *texts)

    @io.event
    def ask(socket):
        pass
