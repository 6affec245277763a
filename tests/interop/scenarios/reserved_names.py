from socketio_rs import ReservedEvent

RESERVED = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
]
FREE = ["error", "ping", "reconnect", "message", "connection", "new_namespace", "Connect"]


def server(io, log):
    @io.on("connection")
    def connected(socket):
        socket.join("room")
        for to in (socket, io, io.to("room")):
            log("refused", [name for name in RESERVED if refuses(to, name)])
        for name in FREE:
            socket.emit(name, name)


def refuses(to, name):
    try:
        to.emit(name, 1)
    except ReservedEvent as error:
        return str(error) == f'"{name}" is a reserved event name'
    return False
