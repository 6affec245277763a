def server(io, log):
    @io.on("connection")
    def connected(socket):
        conn = socket.conn
        log("at first", conn.transport.name)

        @conn.on("upgrade")
        def upgraded(transport):
            log("upgraded", transport.name, conn.transport.name)

    @io.event
    def ask(socket):
        return socket.conn.transport.name, socket.conn.id
