OPTIONS = {"connection_state_recovery": True}


def server(io, log):
    for nsp in [io, io.of("/two")]:
        serve(nsp, log)


def serve(nsp, log):
    @nsp.use
    def ask(socket):
        log("asked")

    @nsp.on("connection")
    def connected(socket):
        log("recovered", socket.recovered, socket.data.get("name"), "red" in socket.rooms)

    @nsp.event
    def enter(socket, name):
        socket.data["name"] = name
        socket.join("red")
        nsp.to("red").emit("news", "entered")

    @nsp.event
    def say(socket):
        nsp.to("red").emit("news", "red")
        nsp.to("blue").emit("news", "blue")
        nsp.except_("red").emit("news", "all but red")
        nsp.volatile.emit("news", "volatile")
        nsp.local.emit("news", b"all")
        socket.broadcast.emit("news", "others")
        socket.to("red").emit("news", "others in red")
