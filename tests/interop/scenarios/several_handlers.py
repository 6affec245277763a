import asyncio


def server(io, log):
    @io.on("connection")
    def connected(socket):
        socket.on("one", lambda: log("first"))

        @socket.on("one")
        def second():
            log("second")
            return "second"

        @socket.on("one")
        def third():
            log("third")
            return "third"

        socket.once("once", lambda n: ("once", n))
        socket.on("once", lambda n: ("always", n))

        @socket.on("later")
        async def slow(n):
            await asyncio.sleep(0)
            return "slow", n

        socket.on("later", lambda n: ("fast", n))

        @socket.on("gone")
        def gone():
            socket.off("one")

        socket.on("end", lambda: "end")
