def server(io, log):
    @io.on("connection")
    def connected(socket):
        socket.emit("own", bytes([0, 127, 128, 255]), {"deep": [{"er": bytearray(b"own")}], "n": 1})

    @io.on("bytes")
    def bytes_(socket, *values):
        log("bytes", *values)
        socket.emit("bytes", *values)

    @io.event
    def room(socket, data):
        socket.join("room")
        io.to("room").emit("room", data)
