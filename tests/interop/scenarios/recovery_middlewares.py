from socketio_rs import ConnectionStateRecovery

OPTIONS = {"connection_state_recovery": ConnectionStateRecovery(skip_middlewares=False)}


def server(io, log):
    @io.use
    def ask(socket):
        log("asked", socket.recovered, socket.data.get("name"))

    @io.on("connection")
    def connected(socket):
        log("recovered", socket.recovered)
        socket.data["name"] = "ann"

    @io.event
    def say(socket):
        io.emit("news", "hello")
