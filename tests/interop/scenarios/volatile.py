def server(io, log):
    @io.event
    def lost(socket):
        log("this never comes")

    @io.event
    def kept(socket, text):
        log("kept", text)

    @io.event
    def go(socket, kind):
        operators = {
            "socket": socket.volatile,
            "all": io.volatile,
            "room": io.to(socket.id).volatile,
        }
        operators[kind].emit("tick", kind, [1, 2])
