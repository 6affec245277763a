def server(io, log):
    @io.event
    def value(socket, value):
        log("value", value)
        socket.emit("value", value)
        # An ack of one value: None alone would be an ack without any, a list is one as it stands.
        return (value,)

    @io.event
    def many(socket, *values):
        log("many", len(values))
        socket.emit("many", *values)
        return values

    @io.on("connection")
    def connected(socket):
        socket.emit("own", None, True, False, 0, -7, 0.1, 1e300, "é", [1, [2]], {"k": {"l": []}})
