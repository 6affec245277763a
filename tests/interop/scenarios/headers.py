def server(io, log):
    def show(socket):
        headers = socket.handshake.headers
        own = sorted([name, value] for name, value in headers.items() if name.startswith("x-"))
        names = ("cookie", "authorization", "user-agent", "origin")
        log("headers", socket.nsp.name, own, *(headers.get(name) for name in names))
        same = headers["host"] == socket.request.headers["host"]
        log("request", socket.request.method, same, socket.handshake.xdomain)

    io.on("connection", show)
    io.of("/two").on("connection", show)
