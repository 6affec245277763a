import asyncio

COUNT = 30


def server(io, log):
    for n in range(COUNT):
        serve(io.of(f"/{n}"), n)


def serve(nsp, n):
    @nsp.use
    async def wait(socket):
        await asyncio.sleep(0)

    @nsp.on("connection")
    def connected(socket):
        socket.emit("hello", n, bytes([n]))

    @nsp.event
    def ask(socket, data):
        return n, data
