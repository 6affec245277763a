def units(text):
    """The length as JavaScript counts it."""
    return len(text.encode("utf-16-le")) // 2


def server(io, log):
    @io.event
    def text(socket, text):
        socket.emit("bytes", text.encode(), {text[:40]: text})
        return text, units(text)
