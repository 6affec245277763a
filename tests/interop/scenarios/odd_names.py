NAMES = [
    "1",
    "-1.5",
    "",
    " ",
    "toString",
    "constructor",
    "hasOwnProperty",
    "__proto__",
    "a,b",
    "[1]",
    '"quoted"',
    "connection",
    "new_namespace",
    "message",
]


def server(io, log):
    # Listeners of the socket: a client's `connection` never reaches the namespace's.
    @io.on("connection")
    def connected(socket):
        for name in NAMES:
            listen(socket, name)

    def listen(socket, name):
        @socket.on(name)
        def heard(value):
            log("event", name, value)
            socket.emit(name, value)
            return name

    @io.event
    def end(socket):
        pass
