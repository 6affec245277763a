COUNT = 1000


def server(io, log):
    received = []

    @io.event
    def n(socket, number):
        received.append(number)

    @io.event
    def go(socket):
        log("received", len(received), received == list(range(len(received))))
        for number in range(COUNT):
            to = socket if number % 3 else io
            to.emit("n", number, "text" if number % 50 else str(number).encode())
        return "sent"
