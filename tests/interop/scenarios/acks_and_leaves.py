from socketio_rs import Ack


def server(io, log):
    open_acks = []

    @io.event
    def hold(socket, n, ack: Ack):
        open_acks.append(ack)
        log("held", n)

    @io.on("ask me")
    def ask_me(socket):
        socket.emit("question", ack=lambda *values: log("this never comes"))

    @io.event
    def answer(socket):
        log("answering", len(open_acks))
        for ack in open_acks:
            ack("late")
        open_acks.clear()
