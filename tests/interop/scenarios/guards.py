from socketio_rs import ConnectError


def server(io, log):
    io.of("/static")
    orgs = io.of("/org/{org}/team/{team}")

    @io.use(namespaces="*")
    def guard(socket):
        log("guard", socket.nsp.name)
        token = socket.handshake.auth.get("token")
        if token != "secret":
            raise ConnectError("not authorized", data={"token": token})

    @orgs.use
    def behind(socket):
        log("behind", socket.nsp.name)

    @orgs.on("connection")
    def connection(socket):
        log("params", dict(socket.nsp.params))

    @io.event
    def make(socket):
        io.of("/late")
