def server(io, log):
    @io.event
    def ask(socket):
        socket.emit("answer", "a", ack=lambda: log("none"))
        socket.emit("answer", "b", ack=lambda first: log("first", first))
        socket.emit("answer", "c", ack=lambda *all_: log("all", all_))

        def several(first, second, *rest):
            log("first, second, rest", first, second, rest)

        socket.emit("answer", "d", ack=several)
        timed = socket.timeout(10)
        timed.emit("answer", "e", ack=lambda error: log("error", error))
        timed.emit("answer", "f", ack=lambda error, first: log("error, first", error, first))
        socket.timeout(0).emit("nothing", ack=lambda: log("late"))
        timed = io.timeout(10)
        timed.emit("answer", "g", ack=lambda error, all_: log("error, answers", error, all_))
        timed.emit("answer", "h", ack=lambda error: log("error alone", error))
        timed.emit("answer", "i", ack=lambda: log("neither"))
