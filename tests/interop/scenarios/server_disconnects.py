def server(io, log):
    for nsp in (io.sockets, io.of("/two")):

        @nsp.event
        def out(socket):
            socket.emit("last words")
            log("out", socket.connected)
            socket.disconnect()
            log("was out", socket.connected, len(socket.rooms))
            socket.disconnect()

        @nsp.event
        def ask(socket):
            return socket.nsp.name
