import asyncio

from socketio_rs import ConnectError

HAS_ENGINE = True


def server(io, log, engine):  # noqa: C901 - a scenario in one piece
    closes = []
    told = asyncio.Condition()

    @engine.on("connection")
    def handed_over(connection):
        connection.on("message", lambda message: log("message", message))

        @connection.on("close")
        async def closed(reason):
            async with told:
                closes.append(reason)
                told.notify_all()

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

        @namespace.on("closes")
        async def tell_closes(socket, count):
            async with told:
                await told.wait_for(lambda: len(closes) >= count)
            return (closes,)

        @namespace.event
        def end(socket, how):
            if how == "socket":
                socket.disconnect()
            elif how == "client":
                socket.disconnect(close=True)
            else:
                socket.conn.close()
