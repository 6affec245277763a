OPTIONS = {"ping_interval": 0.05, "ping_timeout": 0.1}


def server(io, log):
    @io.event
    def disconnecting(socket, reason):
        log("leaving", reason)
