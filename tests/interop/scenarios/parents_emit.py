import re


def server(io, log):
    parent = io.of(re.compile(r"/org-\d+"))

    @parent.on("connection")
    def connected(socket):
        socket.join(socket.handshake.auth["room"])
        label = f"{socket.nsp.name} is sent"
        socket.on_any_outgoing(lambda event, *values: log(label, event, *values))

    @io.event
    def say(socket):
        parent.emit("all", 1)
        parent.to("red").emit("red", {"deep": [b"\x01"]})
        parent.except_("red").local.compress(False).emit("not red")
        parent.to("nobody").emit("nobody")
        parent.send("text")
        parent.volatile.emit("volatile")
        parent.emit("end")
