import asyncio

ENOUGH = 200


def server(io, log):
    received = []
    stopped = asyncio.Event()
    sent = 0

    @io.event
    async def begin(socket):
        nonlocal sent
        while not stopped.is_set():
            for _ in range(3):
                data = f"text {sent}" if sent % 7 else f"bytes {sent}".encode()
                (io if sent % 2 else socket).emit("n", sent, data)
                sent += 1
            await asyncio.sleep(0.001)

    @io.event
    def n(socket, number, data):
        received.append((number, data if isinstance(data, str) else data.decode()))

    @io.event
    def end(socket):
        stopped.set()
        in_order = received == [(number, f"data {number}") for number in range(len(received))]
        log("received", in_order, len(received) >= ENOUGH, socket.conn.transport.name)
        return sent
