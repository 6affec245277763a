from socketio_rs import Adapter

note = print


def shown(rooms):
    return ["its own" if len(room) == 20 else room for room in rooms]


class Own(Adapter):
    def broadcast(self, packet, options):
        flags = [options.flags.get(name, False) for name in ("volatile", "local")]
        note("broadcast", packet.data[0], shown(options.rooms), shown(options.except_), *flags)
        packet.data.append("through the adapter")
        return super().broadcast(packet, options)

    def add_all(self, sid, rooms):
        note("add_all", shown(rooms))
        super().add_all(sid, rooms)

    def delete(self, sid, room):
        note("delete", room)
        super().delete(sid, room)

    def delete_all(self, sid):
        note("delete_all")
        super().delete_all(sid)

    def add_sockets(self, options, rooms):
        note("add_sockets", list(options.rooms), list(rooms))
        super().add_sockets(options, rooms)

    def delete_sockets(self, options, rooms):
        note("delete_sockets", list(options.rooms), list(rooms))
        super().delete_sockets(options, rooms)

    def disconnect_sockets(self, options, close):
        note("disconnect_sockets", list(options.rooms), close)
        super().disconnect_sockets(options, close)


OPTIONS = {"adapter": Own}


def server(io, log):
    global note
    note = log

    @io.event
    def say(socket):
        socket.join("red")
        io.emit("all")
        io.to("red").except_("blue").emit("red, not blue")
        io.volatile.emit("volatile")
        io.local.emit("local")
        socket.broadcast.emit("others")
        socket.to("red").emit("others in red")
        socket.emit("itself")
        socket.leave("red")

    @io.event
    async def many(socket):
        io.sockets_join("a")
        io.in_("a").sockets_leave(["a"])
        count = len(await io.fetch_sockets())
        return count, sorted(await io.timeout(5).emit_with_ack("question"))

    @io.event
    def end(socket):
        io.disconnect_sockets()
