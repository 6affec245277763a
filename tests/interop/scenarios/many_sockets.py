def server(io, log):
    def others(socket):
        return sorted(socket.rooms - {socket.id})

    async def fetched(of):
        sockets = await of.fetch_sockets()
        return sorted(
            [each.data["name"], others(each), each.handshake.auth["name"]] for each in sockets
        )

    @io.event
    def connection(socket):
        socket.data["name"] = socket.handshake.auth["name"]

    @io.event
    def change(socket):
        io.to("red").emit("news", "before")
        io.sockets_join("all")
        io.to("all").sockets_join("red", "blue")
        io.to("red").emit("news", "behind")
        socket.broadcast.sockets_leave("red")
        io.in_(socket.id).sockets_leave("blue")
        io.except_("blue").sockets_join("not blue")
        io.to("red").except_("red").sockets_join("nobody")
        io.to("red").emit("news", "red")
        io.to("blue").emit("news", "blue")
        io.emit("news", "end")

    @io.event
    async def fetch(socket):
        log("all", await fetched(io))
        log("namespace", await fetched(io.of("/")))
        log("red", await fetched(io.to("red")))
        log("red or blue", await fetched(io.in_("red", "blue")))
        log("not blue", await fetched(io.except_("blue")))
        log("others", await fetched(socket.broadcast))
        log("local", await fetched(io.local))
        log("nobody", await fetched(io.to("nobody")), await fetched(io.of("/other")))
        ids = [await of.all_sockets() for of in (io, io.in_("red"))]
        log("ids", len(await io.fetch_sockets()), *map(len, ids))
        sockets = io.sockets.sockets
        log("map", len(sockets), sockets.get(socket.id) is socket, "x" in sockets)

    @io.event
    async def each(socket):
        answers = []
        for found in await io.in_("blue").fetch_sockets():
            found.join("seen")
            found.leave("blue")
            found.emit("news", "to each")
            answers.append(await found.timeout(10).emit_with_ack("name?"))
        log("answers", sorted(answers))
        log("seen", await fetched(io.to("seen")), await fetched(io.to("blue")))

    @io.event
    def end(socket):
        io.emit("news", "before the end")
        io.to("not blue").disconnect_sockets()
        io.emit("news", f"{len(io.sockets.sockets)} are left")
        io.disconnect_sockets(close=True)

    @io.event
    def disconnect(socket, reason):
        log(f"{socket.data['name']} left", reason)
