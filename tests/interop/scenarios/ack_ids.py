from socketio_rs import Ack


def server(io, log):
    for name in ("/", "/two"):
        serve(io.of(name), log)


def serve(nsp, log):
    @nsp.event
    def ask(socket, value, ack: Ack):
        log("asked", value, ack.requested)
        ack(value)

    @nsp.on("ask me")
    def ask_me(socket):
        socket.emit("question", ack=lambda *values: log("answer", *values))
