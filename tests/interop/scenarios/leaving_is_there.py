from functools import partial


def server(io, log):
    found = []

    async def count(label, socket, *_):
        of = [io, io.to("a"), io.to(socket.id), io.except_("b"), io.except_("a")]
        fetched = [len(await each.fetch_sockets()) for each in of]
        ids = [len(await each.all_sockets()) for each in of]
        found.append((label, fetched, ids[:3]))

    @io.event
    def tell(socket):
        for each in found:
            log(*each)
        found.clear()

    @io.on("connection")
    def connected(socket):
        if socket.handshake.auth.get("stays"):
            return
        socket.join("a")
        for event in ("disconnecting", "disconnect"):
            socket.on(event, partial(count, event, socket))
        socket.on("out", socket.disconnect)
