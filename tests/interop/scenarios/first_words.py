def server(io, log):
    @io.use
    def early(socket):
        socket.emit("early", "before it is connected")
        socket.join("early birds")

    @io.on("connection")
    def greet(socket):
        socket.emit("hello", 1, b"\x01")
        socket.join("room")
        io.to("room").emit("hello", 2)
        io.to("early birds").emit("hello", 3)
        io.emit("hello", 4)
        socket.broadcast.emit("newcomer")

    @io.on("connection")
    async def ask(socket):
        log("answer", await socket.emit_with_ack("question"))
        socket.emit("end")
