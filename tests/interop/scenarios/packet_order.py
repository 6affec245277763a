def server(io, log):
    @io.on("connection")
    def connected(socket):
        @socket.use
        async def wait(event, args):
            if event == "slow":
                await socket.emit_with_ack("who")

        socket.on("slow", lambda: log("handled", "slow"))
        socket.on("fast", lambda: log("handled", "fast"))
