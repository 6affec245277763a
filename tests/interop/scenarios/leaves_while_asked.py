import asyncio


def server(io, log):
    waiting = []
    slow = io.of("/slow")

    @slow.use
    async def think(socket):
        n = socket.handshake.auth["n"]
        socket.join("candidates")
        log("asked", n)
        decided = asyncio.Event()
        waiting.append(decided)
        await decided.wait()
        log("decided", n, socket.connected)

    @slow.on("connection")
    def connected(socket):
        log("joined", socket.handshake.auth["n"])
        slow.to("candidates").emit("welcome", socket.handshake.auth["n"])

    @slow.event
    def disconnect(socket):
        log("left", socket.handshake.auth["n"])

    @io.event
    def decide(socket):
        for decided in waiting:
            decided.set()
        waiting.clear()
