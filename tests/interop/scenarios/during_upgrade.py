def server(io, log):
    received = []

    @io.event
    def n(socket, number):
        received.append(number)
        socket.emit("n", number, bytes([number % 256]))

    @io.event
    def end(socket):
        log("received", received == list(range(len(received))))
