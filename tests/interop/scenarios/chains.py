def server(io, log):
    nsp = io.of("/chat")

    @nsp.on("connection")
    def connected(socket):
        socket.join(socket.handshake.auth["rooms"])

    @nsp.event
    def say(socket):
        nsp.emit("news", "all")
        nsp.to("a").in_("b").emit("news", "a or b")
        nsp.in_("a", "b").to("c").except_("b").emit("news", "a, b or c, not b")
        nsp.except_("a").to("b").emit("news", "b, not a")
        nsp.except_("a").except_(["b", "c"]).emit("news", "none of a, b, c")
        nsp.local.to("a").emit("news", "a here")
        nsp.to("c").local.except_("nobody").emit("news", "c here")
        socket.in_("a").emit("news", "others in a")
        socket.to("a", "b").to("c").except_("b").emit("news", "others in a, b or c, not b")
        socket.broadcast.in_("b").emit("news", "others in b")
        socket.broadcast.except_("a").except_("c").emit("news", "others, not in a or c")
        socket.except_("b").to("a").local.emit("news", "others in a, not b")
        kept = nsp.to("a")
        others = kept.except_(socket.id)
        for operator in (kept, others, kept.to("c"), kept):
            operator.emit("news", "kept")

    @nsp.event
    def mark(socket):
        pass
