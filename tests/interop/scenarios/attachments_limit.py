def server(io, log):
    @io.event
    def buffers(socket, items):
        return len(items)
