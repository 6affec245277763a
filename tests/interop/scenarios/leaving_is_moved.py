def server(io, log):
    @io.on("connection")
    def connected(socket):
        socket.join("a")

    @io.on("disconnecting")
    def leaving(socket):
        io.to("a").sockets_join("b")
        io.sockets_leave("a")
        log("left", [room for room in ("a", "b") if room in socket.rooms])
