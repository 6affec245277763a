def server(io, log):
    @io.on("connection")
    def connected(socket):
        def twice(event):
            log("twice", event)

        socket.on_any(lambda event, *values: log("any", event, *values))
        socket.on_any(twice)
        socket.prepend_any(lambda event: log("first", event))
        socket.on_any(twice)
        socket.on("chat", lambda value: log("listener", value))

        @socket.on("off")
        def off():
            socket.off_any(twice)
            log("left", len(socket.listeners_any()))

        @socket.on("none")
        def none():
            socket.off_any()
            log("left", len(socket.listeners_any()))
