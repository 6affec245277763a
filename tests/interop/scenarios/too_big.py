OPTIONS = {"max_http_buffer_size": 2000}


def server(io, log):
    @io.event
    def text(socket, text):
        return len(text)
