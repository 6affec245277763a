import asyncio

from socketio_rs import AckTimeout


def server(io, log):
    @io.event
    async def start(socket):
        log("one", await socket.emit_with_ack("one", 1))
        log("first", await socket.emit_with_ack("several"))
        log("none", await socket.emit_with_ack("none"))
        log("in time", await socket.timeout(10).emit_with_ack("one", 2))
        answers = asyncio.Queue()
        socket.emit("several", ack=lambda *values: answers.put_nowait(values))
        log("callback", await answers.get())
        socket.timeout(10).emit("one", 3, ack=lambda *values: answers.put_nowait(values))
        error, *values = await answers.get()
        log("callback", error, values)

    @io.on("start late")
    async def start_late(socket):
        try:
            await socket.timeout(0.05).emit_with_ack("late")
        except AckTimeout:
            log("too late")

        def answered(error, *values):
            log("too late too", isinstance(error, AckTimeout), values)

        socket.timeout(0.05).emit("late", ack=answered)

    @io.event
    def end(socket):
        pass
