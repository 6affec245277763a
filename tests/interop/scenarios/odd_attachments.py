def server(io, log):
    @io.event
    def x(socket, value):
        socket.emit("got", value.decode())

    @io.event
    def ask(socket):
        pass
