from socketio_rs import ConnectError


def server(io, log):
    @io.use
    def wait(socket):
        socket.join("waiting")
        socket.data["tries"] = [*socket.handshake.auth.get("tries", []), "one"]

    @io.use
    def check(socket):
        if not socket.handshake.auth.get("ok"):
            raise ConnectError("no")

    @io.on("connection")
    def connected(socket):
        io.to("waiting").emit("in the room", socket.data["tries"])

    @io.event
    def disconnect(socket):
        log("this one had joined")
