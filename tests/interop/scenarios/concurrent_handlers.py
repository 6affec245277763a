import asyncio


def server(io, log):
    gate = asyncio.Event()

    @io.event
    async def slow(socket, n):
        log("slow begins", n)
        await gate.wait()
        log("slow ends", n)
        return f"slow {n}"

    @io.event
    def fast(socket):
        log("fast")
        return "fast"

    @io.event
    def release(socket):
        gate.set()
