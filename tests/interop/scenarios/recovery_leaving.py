OPTIONS = {"connection_state_recovery": True}


def server(io, log):
    @io.on("connection")
    def connected(socket):
        log("rooms", socket.recovered, sorted(socket.rooms - {socket.id}))
        log("data", socket.data)

    @io.event
    def enter(socket):
        socket.join("red", "green")
        socket.data["name"] = "ann"
        io.emit("news", "all")

    @io.event
    def say(socket):
        for room in ["red", "green", "blue"]:
            io.to(room).emit("news", room)

    @io.event
    def disconnecting(socket):
        socket.leave("red")
        socket.join("blue")
        socket.data["left"] = socket.data.get("left", 0) + 1

    @io.event
    def disconnect(socket):
        socket.join("yellow")
        socket.data["gone"] = True
