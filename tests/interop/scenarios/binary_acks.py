def server(io, log):
    @io.event
    def ask(socket, data):
        return data, {"nested": [b"answer"]}

    @io.on("ask me")
    async def ask_me(socket):
        log("answer", await socket.emit_with_ack("question", b"?"))
        return b""
