def server(io, log):
    @io.on("connection")
    def connected(socket):
        def twice():
            log("twice")

        socket.on("n", twice)
        socket.add_listener("n", lambda: log("last"))
        socket.prepend_listener("n", lambda: log("first"))
        socket.prepend_once_listener("n", lambda: log("once"))
        socket.on("n", twice)
        socket.on("count", lambda: (socket.listener_count("n"), len(socket.listeners("n"))))

        @socket.on("remove")
        def remove():
            socket.remove_listener("n", twice)

        @socket.on("remove all")
        def remove_all():
            socket.remove_all_listeners("n")

        socket.on("sync", lambda: None)
