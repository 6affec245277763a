import asyncio

tasks = set()


def server(io, log):
    async def restart_on(port):
        await io.close()
        await io.listen(port)
        log("serving again")

    @io.on("connection")
    def connected(socket):
        log("here", len(socket.rooms))
        socket.join("room")

    @io.event
    def restart(socket):
        port = int(socket.handshake.headers["host"].split(":")[1])
        # Not in the handler itself, which the close would wait for.
        tasks.add(asyncio.create_task(restart_on(port)))

    @io.event
    def n(socket, number):
        io.to("room").emit("n", number)
        return number
