import asyncio

from socketio_rs import ConnectError


def server(io, log):
    def add(nsp, name):
        @nsp.use
        async def middleware(socket):
            await asyncio.sleep(0)
            socket.data["passed"] = [*socket.data.get("passed", []), name]
            rooms = len(socket.rooms)
            log("middleware", nsp.name, name, len(socket.id), socket.connected, rooms)
            socket.disconnect()  # Nothing to end yet.
            if socket.handshake.auth.get("stop") == name:
                raise ConnectError(f"stopped by {name}")

    def serve(nsp):
        @nsp.on("connection")
        def connected(socket):
            log("in", nsp.name, socket.data["passed"])

        @nsp.on("add")
        def add_one(socket, name):
            add(nsp, name)
            # A list is an ack of one value, as it stands.
            return socket.data["passed"]

    admin = io.of("/admin")
    for name in ("one", "two", "three"):
        add(io.sockets, name)
    add(admin, "admin")
    serve(io.sockets)
    serve(admin)
