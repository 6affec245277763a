def server(io, log):
    @io.event
    def out(socket):
        log("before")
        socket.disconnect()
        log("behind", socket.connected, len(socket.rooms))

    @io.event
    def disconnecting(socket):
        log("disconnecting", socket.connected, len(socket.rooms))

    @io.event
    def disconnect(socket):
        log("disconnect", socket.connected, len(socket.rooms))
