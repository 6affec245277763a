def server(io, log):
    @io.on("connection")
    def connected(socket):
        def first(n):
            log("first", n)

        socket.on("n", first)
        socket.on("n", lambda n: log("second", n))
        socket.once("n", lambda n: log("once", n))

        @socket.on("off")
        def off():
            socket.off("n", first)

        @socket.on("late")
        def late():
            socket.on("later", lambda n: log("later", n))

        @socket.on("sync")
        def sync():
            for n in (1, 2, 3):
                socket.emit("m", n)
