OPTIONS = {"max_http_buffer_size": 1000}


def server(io, log):
    @io.event
    def text(socket, text):
        socket.emit("got", len(text.encode("utf-16-le")) // 2)
