from socketio_rs import ConnectionStateRecovery

OPTIONS = {"connection_state_recovery": ConnectionStateRecovery(max_disconnection_duration=0.001)}


def server(io, log):
    @io.on("connection")
    def connected(socket):
        log("recovered", socket.recovered, socket.data.get("name"))
        socket.data["name"] = "ann"

    @io.event
    def say(socket):
        socket.emit("news", "hello")
