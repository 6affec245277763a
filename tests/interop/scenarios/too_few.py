def server(io, log):
    @io.event
    def two(socket, a, b):
        log("two", a, b)

    @io.on("two")
    def one(socket, a):
        log("one", a)

    @io.event
    def end(socket):
        pass
