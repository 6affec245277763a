OPTIONS = {"connection_state_recovery": True}


def server(io, log):
    @io.on("connection")
    def connected(socket):
        log("recovered", socket.recovered, socket.data.get("name"))
        socket.data["name"] = "ann"

    @io.event
    def say(socket):
        socket.emit("news", "hello")

    @io.event
    async def whisper(socket):
        socket.volatile.emit("news", "volatile")
        log("answered", await socket.emit_with_ack("news", "with an ack"))
