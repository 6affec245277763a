import asyncio

tasks = set()


def server(io, log):
    @io.event
    def close(socket):
        tasks.add(asyncio.create_task(io.close()))
