def server(io, log):
    left = []

    for nsp in (io.sockets, io.of("/two")):

        @nsp.event
        def out(socket):
            socket.emit("last words")
            log("out", socket.connected)
            socket.disconnect()
            left.append(socket.connected)
            socket.disconnect()

        @nsp.event
        def ask(socket):
            log("was out", left.copy())
            left.clear()
            return socket.nsp.name
