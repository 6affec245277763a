from socketio_rs import ConnectError


def server(io, log):
    for name in ("/", "/two"):
        serve(io.of(name))


def serve(nsp):
    @nsp.use
    def check(socket):
        refuse = socket.handshake.auth.get("refuse")
        if refuse is True:
            raise ConnectError("no")
        if refuse:
            raise ConnectError("no", data=refuse)

    @nsp.on("connection")
    def connected(socket):
        socket.emit("hello")
        values = (None, True, -1, 2.5, 'é\u2028"\\/\n', [], {}, [[1], {"a": {"b c": 2}}])
        socket.emit("values", *values)
        socket.emit("ask", 1, ack=lambda: None)
        socket.emit("ask", b"\1", ack=lambda: None)
        nsp.emit("all", b"", {"deep": [b"ab", b"\xff"]})
        socket.send("message")

    @nsp.event
    def ask(socket, kind):
        if kind == "out":
            socket.disconnect()
        elif kind == "close":
            socket.disconnect(True)
        return {"null": (None,), "bytes": ("a", [b"bytes"])}.get(kind)
