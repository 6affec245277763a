from socketio_rs import ConnectError

HAS_ENGINE = True


def server(io, log, engine):
    @engine.on("connection")
    def handed_over(connection):
        connection.on("message", lambda message: log("message", message))
        connection.on("close", lambda reason: log("close", reason))
        io.onconnection(connection)

    two = io.of("/two")

    @two.use
    def guard(socket):
        if not socket.handshake.auth.get("ok"):
            raise ConnectError("not you")

    for namespace in (io, two):

        @namespace.on("connection")
        def connected(socket):
            conn = socket.conn
            log("is its own", engine.clients[conn.id] is conn, socket.client.conn is conn)
            log("request", socket.request.url.split("?")[0], socket.handshake.query["EIO"])

        @namespace.event
        def echo(socket, *args):
            return args

        @namespace.event
        def end(socket, how):
            if how == "socket":
                socket.disconnect()
            elif how == "client":
                socket.disconnect(close=True)
            else:
                socket.conn.close()
