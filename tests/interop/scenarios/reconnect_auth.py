from socketio_rs import ConnectError


def server(io, log):
    @io.use
    def check(socket):
        auth = socket.handshake.auth
        log("auth", auth["attempt"], auth["token"])
        if auth["token"] == "old":
            raise ConnectError("expired")

    @io.event
    def ask(socket):
        return socket.handshake.auth["attempt"]
