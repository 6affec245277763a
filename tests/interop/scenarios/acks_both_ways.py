import asyncio

from socketio_rs import Ack

COUNT = 20


def server(io, log):
    for name in ("/", "/two"):
        serve(io.of(name), log)


def serve(nsp, log):
    held = []

    @nsp.event
    def ask(socket, n, data, ack: Ack):
        held.append((ack, n, data))
        if len(held) % 2 == 0:
            for answer, number, values in reversed(held):
                answer({"n": number, "from": nsp.name}, values)
            held.clear()

    @nsp.event
    async def start(socket):
        asked = [socket.emit_with_ack("question", n, bytes([n])) for n in range(COUNT)]
        log("answers", nsp.name, await asyncio.gather(*asked))
