def server(io, log):
    # No listener of this name can be registered.
    @io.event
    def end(socket):
        pass
