from socketio_rs import Ack


def server(io, log):
    left = []
    two = io.of("/two")

    @two.on("connection")
    def connected(socket):
        socket.join("room")

    @two.event
    def wait(socket, ack: Ack):
        left.append((socket, ack))
        log("waits")

    @two.event
    def out(socket, ack: Ack):
        left.append((socket, ack))
        socket.disconnect()

    @io.event
    def ask(socket):
        for each, ack in left:
            each.emit("late")
            two.to("room").to(each.id).emit("late")
            each.join("room")
            two.to("room").emit("late")
            ack("late")
        left.clear()
