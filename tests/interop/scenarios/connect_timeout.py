OPTIONS = {"connect_timeout": 0.6}


def server(io, log):
    @io.event
    def ask(socket):
        return "fine"
