def server(io, log):
    def show(socket):
        handshake = socket.handshake
        query = handshake.query
        log(
            "handshake",
            socket.nsp.name,
            handshake.auth,
            query.get("token"),
            query["EIO"],
            query["transport"],
            handshake.headers.get("x-custom"),
        )
        log(
            "from",
            handshake.address,
            handshake.secure,
            handshake.xdomain,
            handshake.url.split("?")[0],
        )

    io.on("connection", show)
    io.of("/admin").on("connection", show)
