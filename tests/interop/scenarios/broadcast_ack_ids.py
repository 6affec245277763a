def server(io, log):
    def answers(error, values):
        log("answers", values)

    @io.on("ask all")
    def ask_all(socket):
        io.timeout(10).emit("question", ack=answers)

    @io.on("ask me")
    def ask_me(socket):
        socket.emit("question", ack=lambda *values: log("answer", *values))

    @io.on("ask nobody")
    def ask_nobody(socket):
        io.to("nobody").timeout(10).emit("question", ack=answers)
