def server(io, log):
    @io.event
    def few(socket, a):
        log("few", a)

    @io.event
    def none(socket):
        log("none")

    @io.on("any")
    def any_(socket, *values):
        log("any", values)

    @io.event
    def default(socket, a, b="b"):
        log("default", a, b)

    @io.event
    def end(socket):
        pass
