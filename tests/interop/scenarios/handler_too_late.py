import asyncio


def server(io, log):
    released = asyncio.Event()

    @io.on("connection")
    async def connected(socket):
        socket.on("early", lambda: log("early"))
        socket.on("release", released.set)
        log("waits")
        await released.wait()

        @socket.on("n")
        def n(number):
            log("n", number)
            return number

        log("ready")
        socket.emit("ready")
