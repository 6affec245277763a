import re

from socketio_rs import ConnectError

OPTIONS = {"cleanup_empty_child_namespaces": True}


def server(io, log):
    io.of("/static")

    @io.on("new_namespace")
    def new_namespace(nsp):
        log("new", nsp.name)

    @io.of(re.compile(r"/child-\d")).use
    def middleware(socket):
        if socket.handshake.auth.get("stop"):
            raise ConnectError("stopped")

    @io.of("/static").on("connection")
    def connection(socket):
        pass
