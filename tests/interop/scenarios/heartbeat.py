OPTIONS = {"ping_interval": 0.04, "ping_timeout": 5.0}


def server(io, log):
    @io.event
    def ask(socket):
        return "fine"
