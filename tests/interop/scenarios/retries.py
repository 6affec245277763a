from socketio_rs import Ack


def server(io, log):
    seen = set()

    @io.event
    def n(socket, number, ack: Ack):
        again = number in seen
        log("n", number, again)
        seen.add(number)
        # The first time it forgets to answer even numbers.
        if again or number % 2:
            ack(f"took {number}")
