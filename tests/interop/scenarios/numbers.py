def server(io, log):
    @io.event
    def n(socket, number):
        log("n", number)

    @io.event
    def same(socket, n, m):
        log("same", n == m, "number" if isinstance(n, int | float) else "other")

    @io.event
    def echo(socket, n):
        socket.emit("echo", n)

    @io.event
    def ask(socket):
        pass
