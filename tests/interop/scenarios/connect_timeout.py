OPTIONS = {"connect_timeout": 2.0}


def server(io, log):
    @io.event
    def ask(socket):
        return "fine"
