def server(io, log):
    @io.event
    def join(socket, room):
        socket.join(room)

    @io.event
    def say(socket):
        def say(of, what):
            of.emit("news", what)

        say(io.compress(False), "io, compress")
        say(io.local, "io, local")
        say(io.timeout(0.1), "io, timeout")
        everything = io.of("/").compress(True).local.timeout(0.1)
        say(everything.to("room"), "namespace, all of them, to")
        say(io.to("room").compress(False).timeout(0.1).local.except_("none"), "to, all of them")
        say(io.local.in_("room", "other").compress(True), "local, in")
        say(socket.compress(False), "socket, compress")
        say(socket.timeout(0.1), "socket, timeout")
        say(socket.compress(True).timeout(0.1), "socket, both")
        say(socket.timeout(0.1).to("room"), "socket, timeout, to")
        say(socket.compress(True).broadcast, "socket, compress, broadcast")
        say(socket.timeout(0.1).except_("room"), "socket, timeout, except")
        say(socket.to("room").timeout(0.1).compress(True).local, "socket, to, all of them")
        io.send("io, send")
        io.of("/").send("namespace, send")
        socket.send("socket, send")
        io.emit("news", "end")
