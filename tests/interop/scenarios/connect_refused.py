import asyncio

from socketio_rs import ConnectError


def server(io, log):
    @io.use
    def first(socket):
        log("first", socket.handshake.auth, socket.connected)
        socket.data["user"] = socket.handshake.auth.get("user")

    @io.use
    async def second(socket):
        await asyncio.sleep(0)
        user = socket.data["user"]
        if user == "ann":
            return
        if user:
            raise ConnectError("not you", data={"user": user, "retry": [1, None, {"after": 2.5}]})
        raise ConnectError("not authorized")

    @io.on("connection")
    def connected(socket):
        log("in", socket.data["user"], socket.connected)
