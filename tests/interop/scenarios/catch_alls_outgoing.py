def server(io, log):
    @io.on("connection")
    def connected(socket):
        @socket.on("watch")
        def watch():
            socket.join("room")
            socket.on_any_outgoing(lambda event, *values: log("sent", event, *values))

            @socket.prepend_any_outgoing
            def first(event):
                log("first", event)
                if event == "two":
                    socket.emit("before two")

            log("watched", len(socket.listeners_any_outgoing()))
            return "an ack"

        @socket.on("send")
        def send():
            socket.emit("one", 1, {"a": [True]})
            socket.emit("two")
            socket.send("three")
            socket.timeout(10).emit("asks", ack=lambda *answers: None)
            socket.broadcast.emit("not to itself")
            io.emit("all", 1)
            io.to("room").emit("room")
            io.except_("room").emit("not to the room")
            io.to("elsewhere").emit("not there")

        @socket.on("stop")
        def stop():
            socket.off_any_outgoing()
            socket.emit("unseen")
