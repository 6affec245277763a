def server(io, log):
    for name in ("/", "/admin", "/a b"):
        serve(io.of(name), log)


def serve(nsp, log):
    @nsp.on("connection")
    def connected(socket):
        query = dict(socket.handshake.query)
        version = query.pop("EIO")
        transport = query.pop("transport")
        query.pop("t", None)
        same = socket.request.url == socket.handshake.url
        kind = "string" if isinstance(transport, str) else "other"
        log("query", nsp.name, query, version, kind, same)
