def server(io, log):
    @io.event
    def text(socket, text):
        # Lengths are counted in UTF-16 units, as JavaScript does.
        log("text", len(text.encode("utf-16-le")) // 2)
        return text + text

    @io.on("bytes")
    def bytes_(socket, data):
        log("bytes", len(data))
        socket.emit("bytes", data + data, data)
        return data

    @io.event
    def many(socket, items):
        return len(items), items
