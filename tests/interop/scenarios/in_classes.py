from socketio_rs import ConnectError, Handlers, Router, event


class Chat(Handlers):
    def __init__(self, log):
        self.log = log
        self.count = 0

    def authorize(self, socket):
        if not socket.handshake.auth.get("name"):
            raise ConnectError("no name")

    def connection(self, socket):
        socket.emit("welcome", socket.handshake.auth["name"])

    @event
    async def say(self, socket, text):
        self.nsp.emit("said", text)
        self.count += 1
        return self.count

    @event("say twice")
    def say_twice(self, socket, text):
        for _ in range(2):
            self.nsp.emit("said", text)

    def disconnecting(self, socket, reason):
        self.log("disconnecting", reason)

    def disconnect(self, socket, reason):
        self.log("disconnect", reason)


def server(io, log):
    router = Router()

    @router.on("connection")
    def connection(socket):
        log("in", socket.nsp.name)

    @router.event("ping me")
    def ping_me(socket):
        return "pong", socket.nsp.name

    io.register("/chat", Chat(log))
    io.include(router)
    io.include(router, namespace="/chat")
