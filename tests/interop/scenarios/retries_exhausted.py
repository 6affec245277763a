from collections import Counter

from socketio_rs import Ack


def server(io, log):
    tries = Counter()

    @io.event
    def n(socket, value, ack: Ack):
        name = value.decode() if isinstance(value, bytes) else value
        tries[name] += 1
        log("n", value, tries[name])
        if name == "lost" and tries[name] == 1:
            socket.disconnect(True)
        elif name != "never":
            ack(f"took {name}")
