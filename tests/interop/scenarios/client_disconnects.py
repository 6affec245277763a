def server(io, log):
    for nsp in (io.sockets, io.of("/two")):

        @nsp.on("disconnect")
        def left(socket, reason):
            log("left", socket.nsp.name, reason, socket.connected, socket.disconnected)
