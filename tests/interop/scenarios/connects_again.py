import asyncio


def server(io, log):
    decided = asyncio.Event()
    slow = io.of("/slow")

    @slow.use
    async def think(socket):
        log("asked")
        await decided.wait()

    @slow.on("connection")
    def connected(socket):
        log("joined")
        socket.on("hello", lambda: "hello")

    @io.event
    def decide(socket):
        decided.set()
