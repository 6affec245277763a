def server(io, log):
    for nsp in (io.sockets, io.of("/two")):

        @nsp.event
        def out(socket):
            socket.emit("last words", b"bye")
            socket.disconnect(True)
