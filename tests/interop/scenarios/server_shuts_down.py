import asyncio

tasks = set()


def server(io, log):
    io.of("/two")

    @io.event
    def disconnecting(socket, reason):
        log("leaving", reason)

    @io.event
    def close(socket):
        log("closing")
        tasks.add(asyncio.create_task(io.close()))
