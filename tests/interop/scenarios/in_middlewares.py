def server(io, log):
    adapter, sockets = io.sockets.adapter, io.sockets.sockets

    @io.use
    async def look(socket):
        log("before", len(adapter.rooms), socket.id in adapter.sids, list(socket.rooms))
        socket.join("early")
        early = len(adapter.rooms["early"])
        log("early", early, list(adapter.sids[socket.id]), list(socket.rooms))
        log("reached", len(adapter.sockets({"early"})), socket.id in sockets, len(sockets))
        socket.disconnect()
        socket.disconnect(close=True)
        socket.leave("nowhere")
        log("still", socket.connected, socket.disconnected, list(socket.rooms))
        if socket.handshake.auth.get("bad"):
            raise ConnectionRefusedError("no")

    @io.on("connection")
    def joined(socket):
        early = len(adapter.rooms["early"])
        log("joined", len(adapter.rooms), early, socket.id in adapter.rooms, socket.id in sockets)
        log("in", len(adapter.sids[socket.id]), len(socket.rooms), len(sockets))
