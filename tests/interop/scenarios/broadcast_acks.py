from socketio_rs import Ack, AckTimeout


def server(io, log):
    async def outcome(asked):
        try:
            return ["answers", ordered(await asked)]
        except AckTimeout as error:
            return ["missing", True, ordered(error.responses)]

    def ordered(answers):
        return sorted(answers, key=str)

    @io.event
    def join(socket, room):
        socket.join(room)

    @io.event
    async def ask(socket, whom, what):
        to = {
            "all": io,
            "namespace": io.of("/"),
            "room": io.to("room"),
            "not room": io.except_("room"),
            "nobody": io.to("nobody"),
            "others": socket.broadcast,
            "others in room": socket.to("room"),
        }
        return await outcome(to[whom].timeout(10).emit_with_ack("question", what))

    @io.on("ask shortly")
    async def ask_shortly(socket, whom):
        return await outcome(io.to(whom).timeout(1).emit_with_ack("question", "short"))

    @io.on("ask by callback")
    def ask_by_callback(socket, whom, ack: Ack):
        def done(error, answers):
            ack([error is None, isinstance(error, AckTimeout), ordered(answers)])

        io.to(whom).timeout(1).emit("question", "callback", 2, ack=done)

    @io.on("ask with bytes")
    async def ask_with_bytes(socket):
        return await io.timeout(10).emit_with_ack("question", b"bytes")
