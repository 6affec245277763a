from socketio_rs import Ack


def server(io, log):
    waiting = []

    @io.event
    def now(socket, n):
        return n

    @io.event
    def late(socket, n, ack: Ack):
        log("late", n)
        waiting.append((ack, n))

    @io.event
    def never(socket, n, ack: Ack):
        log("never", n)

    @io.event
    def answer(socket):
        log("answering", len(waiting))
        for ack, n in waiting:
            ack(n)
        waiting.clear()
