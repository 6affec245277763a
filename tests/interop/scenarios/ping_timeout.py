OPTIONS = {"ping_interval": 0.4, "ping_timeout": 0.3}


def server(io, log):
    @io.event
    def disconnecting(socket, reason):
        log("leaving", reason)
