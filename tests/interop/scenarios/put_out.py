def server(io, log):
    sockets = {}

    @io.on("connection")
    def connected(socket):
        sockets[socket.id] = socket

    @io.on("put out")
    def put_out(socket, sid, close):
        sockets[sid].disconnect(close)

    @io.on("ask me")
    def ask_me(socket):
        def answered(answer):
            log("answer", answer)
            socket.disconnect()

        socket.emit("question", ack=answered)

    @io.event
    def twice(socket, close):
        socket.disconnect()
        socket.disconnect(close)

    @io.event
    def ask(socket):
        return "fine"

    @io.of("/two").on("ask")
    def ask_two(socket):
        return "fine in two"
