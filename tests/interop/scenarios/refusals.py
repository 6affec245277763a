from socketio_rs import ConnectError

NOTHING = object()
DATA = [NOTHING, None, 0, "", "text", False, [], {}, [1, [None]], {"deep": {"é👩": [True]}}]


def server(io, log):
    nsp = io.of("/guarded")

    @nsp.use
    def refuse(socket):
        auth = socket.handshake.auth
        data = DATA[auth["index"]] if "index" in auth else NOTHING
        if data is NOTHING:
            raise ConnectError(auth["message"])
        raise ConnectError(auth["message"], data=data)

    @nsp.on("connection")
    def connected(socket):
        log("never")

    @io.event
    def ask(socket):
        return "fine"
