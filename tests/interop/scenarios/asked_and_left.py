import asyncio

from socketio_rs import Disconnected


def server(io, log):
    async def ask(question):
        try:
            await question
            log("answered")
        except Disconnected:
            log("failed")

    @io.on("ask me")
    async def ask_me(socket):
        await asyncio.gather(
            ask(socket.emit_with_ack("question", 1)),
            ask(socket.timeout(60).emit_with_ack("question", 2)),
        )

    @io.event
    async def disconnect(socket):
        await asyncio.sleep(0)
        log("left")
