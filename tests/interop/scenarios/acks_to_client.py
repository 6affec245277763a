import asyncio

from socketio_rs import Ack


def server(io, log):
    @io.event
    def nothing(socket):
        pass

    @io.event
    def null(socket):
        return (None,)

    @io.event
    def one(socket):
        return {"done": True}

    @io.on("list")
    def list_(socket):
        return [1, 2]

    @io.event
    def several(socket):
        return "a", None, [3]

    @io.event
    async def later(socket, text):
        await asyncio.sleep(0)
        return text

    @io.on("by hand")
    def by_hand(socket, a, ack: Ack):
        log("asked", ack.requested)
        ack(a, "first")
        ack(a, "second")

    @io.event
    def never(socket, ack: Ack):
        log("never")
